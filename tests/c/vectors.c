/* Signs the shared vectors. They come on stdin, each field as a length of four bytes
 * (little-endian) and its bytes: name, ticket, nonce, timestamp (digits), url, signature, and
 * "vectors", "wrong" or "cards" (see vectors.py). */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wxsign.h>

struct field {
    char *bytes;
    size_t len;
};

static int read_field(struct field *field)
{
    unsigned char size[4];
    if (fread(size, 1, 4, stdin) != 4)
        return 0;
    field->len = size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16 | (size_t)size[3] << 24;
    /* A NUL behind each, for the fields that are read as C strings here. */
    field->bytes = calloc(1, field->len + 1);
    if (field->bytes == NULL || fread(field->bytes, 1, field->len, stdin) != field->len)
        exit(2);
    return 1;
}

/* The values of a card, each with a line end behind it. */
static void sign_card(const struct field *field, char signature[WXSIGN_SIGNATURE_SIZE])
{
    const char *values[16], *at = field->bytes, *end;
    size_t lens[16], count = 0;
    for (; (end = strchr(at, '\n')) != NULL && count < 16; at = end + 1) {
        values[count] = at;
        lens[count++] = (size_t)(end - at);
    }
    CHECK_EQUAL(wxsign_card_sign(values, lens, count, signature, NULL), WXSIGN_STATUS_OK);
}

static void every_vector_is_met(void)
{
    struct field f[7];
    int vectors = 0, wrong = 0, cards = 0, i;
    while (read_field(&f[0])) {
        char signature[WXSIGN_SIGNATURE_SIZE];
        unsigned long long timestamp;
        int same;
        for (i = 1; i < 7; i++)
            if (!read_field(&f[i]))
                exit(2);
        timestamp = strtoull(f[3].bytes, NULL, 10);
        if (strcmp(f[6].bytes, "cards") == 0)
            sign_card(&f[1], signature);
        else
            CHECK_EQUAL(wxsign_sign(f[1].bytes, f[1].len, f[2].bytes, f[2].len, timestamp, f[4].bytes, f[4].len,
                                    signature, NULL),
                        WXSIGN_STATUS_OK);
        CHECK_EQUAL(strlen(signature), 40);
        same = strcmp(signature, f[5].bytes) == 0;
        if (strcmp(f[6].bytes, "wrong") != 0) {
            vectors++;
            cards += strcmp(f[6].bytes, "cards") == 0;
            if (!same)
                CHECK_TEXT(f[0].bytes, NULL);
        } else {
            wrong++;
            if (same)
                CHECK_TEXT(f[0].bytes, NULL);
        }
        for (i = 0; i < 7; i++)
            free(f[i].bytes);
    }
    printf("  %d vectors, %d of them cards, %d wrong twins\n", vectors, cards, wrong);
    CHECK(vectors >= 1000 && wrong >= 4 && cards > 10);
}

CHECK_MAIN(TEST(every_vector_is_met))
