/* Reads a record of the file store, and makes it older. */
#define _POSIX_C_SOURCE 200809L
#include "record.h"

#include "check.h"
#include "sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

char *record_read(const char *path)
{
    char *text = calloc(1, 1 << 16);
    FILE *file = fopen(path, "r");
    if (text == NULL)
        exit(2);
    if (file == NULL || fread(text, 1, (1 << 16) - 1, file) == 0) {
        free(text);
        text = NULL;
    }
    if (file != NULL)
        fclose(file);
    return text;
}

/* Puts a value over the one after "name":, and spaces over what is left of that. */
static void put(char *json, const char *name, const char *value)
{
    char key[64], *at;
    size_t old;
    snprintf(key, sizeof key, "\"%s\":", name);
    at = strstr(json, key);
    old = at ? strcspn(at + strlen(key), ",}") : 0;
    if (at == NULL || old < strlen(value)) {
        CHECK_TEXT(json, name);
        return;
    }
    memset(at + strlen(key), ' ', old);
    memcpy(at + strlen(key), value, strlen(value));
}

void record_age(char *record, long left_ms)
{
    struct timespec now;
    long long life = json_number(record, "life"), seen;
    char text[32];
    clock_gettime(CLOCK_REALTIME, &now);
    seen = (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000 + left_ms - life;
    snprintf(text, sizeof text, "%lld", seen);
    put(record, "fetched_at", text);
    put(record, "first_seen", text);
    snprintf(text, sizeof text, "%lld", seen + life);
    put(record, "expires_at", text);
    put(record, "age_known", "true");
    put(record, "next_check", "0");
}
