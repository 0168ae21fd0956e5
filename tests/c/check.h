/* A test runner small enough to read: named tests, checks that go on after a failure, one line for
 * each test. */
#ifndef CHECK_H
#define CHECK_H

#include <stddef.h>

struct check_test {
    const char *name;
    void (*run)(void);
};

/* A failed check is printed with its place and fails the test that is running; it may be on any
 * thread. */
#define CHECK(condition) check_that((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
/* Two texts, or NULL; both are printed if they differ. */
#define CHECK_TEXT(got, want) check_text((got), (want), #got, __FILE__, __LINE__)
/* Two numbers. */
#define CHECK_EQUAL(got, want) check_equal((long long)(got), (long long)(want), #got, __FILE__, __LINE__)

void check_that(int condition, const char *what, const char *file, int line);
void check_text(const char *got, const char *want, const char *what, const char *file, int line);
void check_equal(long long got, long long want, const char *what, const char *file, int line);

/* Runs the tests that argv names, or all; with --list it prints their names. The last line is
 * "PASSED n FAILED n". */
int check_main(int argc, char **argv, const struct check_test *tests, size_t count);
/* A program of tests: CHECK_MAIN(TEST(one), TEST(other)). */
#define TEST(name) {#name, name}
#define CHECK_MAIN(...)                                                     \
    int main(int argc, char **argv)                                         \
    {                                                                       \
        static const struct check_test tests[] = {__VA_ARGS__};             \
        return check_main(argc, argv, tests, sizeof tests / sizeof *tests); \
    }

/* How many checks of the running test failed so far. */
int check_failures(void);

/* Milliseconds on a clock that does not jump. */
long long check_now_ms(void);
void check_sleep_ms(long ms);

#endif
