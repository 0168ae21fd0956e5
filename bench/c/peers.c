/* Signing with OpenSSL: with care (the text by hand, digits from a table), and as most programs do. */

#include "peers.h"
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE 512

const char ticket[] = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
const char *volatile url = "https://example.com/shop/item?id=1000&from=timeline&isappinstalled=0";

enum { TICKET_LENGTH = 86 };
static EVP_MD *fetched;
static EVP_MD_CTX *context;

void fail(const char *what)
{
    fprintf(stderr, "bench: %s failed\n", what);
    exit(1);
}

void peers_begin(void)
{
    fetched = EVP_MD_fetch(NULL, "SHA1", NULL);
    context = EVP_MD_CTX_new();
    if (!fetched || !context || strlen(ticket) != TICKET_LENGTH)
        fail("OpenSSL");
}

static char *put(char *to, const char *piece, size_t length)
{
    memcpy(to, piece, length);
    return to + length;
}

static void put_hex(char *to, const unsigned char *bytes, size_t count)
{
    static const char alphabet[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        *to++ = alphabet[bytes[i] >> 4];
        *to++ = alphabet[bytes[i] & 15];
    }
    *to = 0;
}

static size_t lay_out(char *text, const answer *from)
{
    char digits[20];
    char *digit = digits + sizeof digits, *to;
    unsigned long long left = from->timestamp;
    const char *page = url;
    size_t length = strcspn(page, "#");
    if (length > TEXT_SIZE / 2)
        fail("a long URL");
    to = put(text, "jsapi_ticket=", 13);
    to = put(to, ticket, TICKET_LENGTH);
    to = put(to, "&noncestr=", 10);
    to = put(to, from->nonce, 32);
    to = put(to, "&timestamp=", 11);
    do
        *--digit = (char)('0' + left % 10);
    while (left /= 10);
    to = put(to, digit, (size_t)(digits + sizeof digits - digit));
    to = put(to, "&url=", 5);
    return (size_t)(put(to, page, length) - text);
}

void sign_with_one_call(answer *to)
{
    char text[TEXT_SIZE];
    unsigned char digest[SHA_DIGEST_LENGTH];
    if (!SHA1((const unsigned char *)text, lay_out(text, to), digest))
        fail("SHA1");
    put_hex(to->signature, digest, sizeof digest);
}

void sign_with_fetched(answer *to)
{
    char text[TEXT_SIZE];
    unsigned char digest[SHA_DIGEST_LENGTH];
    size_t length = lay_out(text, to);
    if (!EVP_DigestInit_ex(context, fetched, NULL) || !EVP_DigestUpdate(context, text, length) ||
        !EVP_DigestFinal_ex(context, digest, NULL))
        fail("EVP_Digest");
    put_hex(to->signature, digest, sizeof digest);
}

/* Formats into memory that it allocates, makes a context for each hash, and prints each byte. */
void sign_as_usual(answer *to)
{
    static const char format[] = "jsapi_ticket=%s&noncestr=%s&timestamp=%llu&url=%.*s";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    const char *page = url;
    int page_length = (int)strcspn(page, "#");
    int size = snprintf(NULL, 0, format, ticket, to->nonce, to->timestamp, page_length, page);
    char *text = malloc((size_t)size + 1);
    EVP_MD_CTX *own = EVP_MD_CTX_new();
    if (!text || !own)
        fail("malloc");
    snprintf(text, (size_t)size + 1, format, ticket, to->nonce, to->timestamp, page_length, page);
    if (!EVP_DigestInit_ex(own, EVP_sha1(), NULL) || !EVP_DigestUpdate(own, text, strlen(text)) ||
        !EVP_DigestFinal_ex(own, digest, &length))
        fail("EVP_Digest");
    for (unsigned int i = 0; i < length; i++)
        sprintf(to->signature + 2 * i, "%02x", digest[i]);
    EVP_MD_CTX_free(own);
    free(text);
}

void nonce_from_pool(answer *to)
{
    static unsigned char pool[16 * 256];
    static size_t at = sizeof pool;
    if (at == sizeof pool) {
        if (RAND_bytes(pool, sizeof pool) != 1)
            fail("RAND_bytes");
        at = 0;
    }
    put_hex(to->nonce, pool + at, 16);
    at += 16;
}

void nonce_as_usual(answer *to)
{
    unsigned char bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        fail("RAND_bytes");
    for (int i = 0; i < 16; i++)
        sprintf(to->nonce + 2 * i, "%02x", bytes[i]);
}
