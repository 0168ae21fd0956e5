/* The runner of check.h. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int failures;

static void fail(const char *what, const char *file, int line)
{
    pthread_mutex_lock(&lock);
    failures++;
    printf("  %s:%d: %s\n", file, line, what);
    pthread_mutex_unlock(&lock);
}

void check_that(int condition, const char *what, const char *file, int line)
{
    if (!condition)
        fail(what, file, line);
}

void check_text(const char *got, const char *want, const char *what, const char *file, int line)
{
    char message[1024];
    if (got == want || (got != NULL && want != NULL && strcmp(got, want) == 0))
        return;
    snprintf(message, sizeof message, "%s is \"%s\", not \"%s\"", what, got ? got : "(NULL)", want ? want : "(NULL)");
    fail(message, file, line);
}

void check_equal(long long got, long long want, const char *what, const char *file, int line)
{
    char message[1024];
    if (got == want)
        return;
    snprintf(message, sizeof message, "%s is %lld, not %lld", what, got, want);
    fail(message, file, line);
}

int check_failures(void)
{
    return failures;
}

static int named(int argc, char **argv, const char *name)
{
    int i;
    for (i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return argc == 1;
}

int check_main(int argc, char **argv, const struct check_test *tests, size_t count)
{
    int passed = 0, failed = 0;
    size_t i;
    /* So that nothing is printed twice after a fork. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (i = 0; i < count; i++)
            puts(tests[i].name);
        return 0;
    }
    for (i = 0; i < count; i++) {
        long long begin = check_now_ms();
        if (!named(argc, argv, tests[i].name))
            continue;
        failures = 0;
        tests[i].run();
        printf("%s %s (%lld ms)\n", failures ? "FAIL" : "ok  ", tests[i].name, check_now_ms() - begin);
        if (failures)
            failed++;
        else
            passed++;
    }
    printf("PASSED %d FAILED %d\n", passed, failed);
    return failed ? 1 : 0;
}

long long check_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void check_sleep_ms(long ms)
{
    struct timespec time;
    time.tv_sec = ms / 1000;
    time.tv_nsec = ms % 1000 * 1000000;
    nanosleep(&time, NULL);
}
