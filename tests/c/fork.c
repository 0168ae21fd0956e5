/* After fork: signing works, clients of the parent's say FORKED without a lock, and new clients work. */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE 1
#include "fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

static int calls;
static const struct sandbox *hammered;

static void ignores(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    (void)context, (void)status, (void)config, (void)error;
}

static void on_config(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    CHECK(context == &calls && config == NULL && error != NULL);
    CHECK_EQUAL(status, WXSIGN_STATUS_FORKED);
    calls++;
}

/* What a child finds with its parent's client. */
static void in_child(const struct sandbox *sandbox, wxsign_client *client)
{
    wxsign_config config = WXSIGN_CONFIG_INIT;
    char signature[WXSIGN_SIGNATURE_SIZE], *text = NULL;
    bool dropped;
    CHECK_EQUAL(wxsign_sign(TEXT("t"), TEXT("n"), 1, TEXT("u"), signature, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(strlen(signature), 40);
    wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_FORKED));
    CHECK_EQUAL(wxsign_client_try_config(client, TEXT(PAGE), &config, NULL), WXSIGN_STATUS_FORKED);
    CHECK_EQUAL(wxsign_client_config_async(client, TEXT(PAGE), 0, on_config, &calls, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(calls, 1);
    CHECK_EQUAL(wxsign_client_ticket(client, 0, &text, NULL, NULL), WXSIGN_STATUS_FORKED);
    CHECK_EQUAL(wxsign_client_access_token(client, 0, &text, NULL, NULL), WXSIGN_STATUS_FORKED);
    CHECK_EQUAL(wxsign_client_config_if_fresh(client, TEXT(PAGE), &config, NULL), WXSIGN_STATUS_FORKED);
    CHECK_EQUAL(wxsign_client_invalidate(client, TEXT("x"), &dropped, NULL), WXSIGN_STATUS_FORKED);
    CHECK_EQUAL(wxsign_client_set_access_token(client, TEXT("x"), NULL), WXSIGN_STATUS_FORKED);
    CHECK_EQUAL(wxsign_client_state(client, &text, NULL, NULL), WXSIGN_STATUS_FORKED);
    CHECK_EQUAL(wxsign_client_close(client, NULL), WXSIGN_STATUS_FORKED);
    wxsign_client_free(client);
    client = sandbox_client(sandbox);
    config_verifies(sandbox, client, PAGE);
    wxsign_client_free(client);
}

/* Forks, and has the child say how many checks failed; a hang is ended by the alarm's signal. */
static void forks(const struct sandbox *sandbox, wxsign_client *client)
{
    int ended = -1;
    pid_t pid = fork();
    if (pid == 0) {
        alarm(30);
        in_child(sandbox, client);
        fflush(stdout);
        _exit(check_failures());
    }
    CHECK(waitpid(pid, &ended, 0) == pid);
    CHECK(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
}

static void an_idle_client(void)
{
    setup(NULL);
    forks(&sandbox, client);
    config_verifies(&sandbox, client, PAGE);
    forks(&sandbox, client);
    config_verifies(&sandbox, client, PAGE);
    teardown();
}

enum { ROUNDS = 100000 };
static int rounds, depth, deepest, refused;

/* Asks again until it was called often enough. */
static void asks_again(void *client, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    refused += status == WXSIGN_STATUS_FORKED && config == NULL && error != NULL;
    depth++;
    if (depth > deepest)
        deepest = depth;
    if (++rounds < ROUNDS)
        wxsign_client_config_async(client, TEXT(PAGE), 0, asks_again, client, NULL);
    depth--;
}

static void a_callback_that_asks_its_parents_client_again(void)
{
    int ended = -1;
    pid_t pid;
    setup(NULL);
    config_verifies(&sandbox, client, PAGE);
    pid = fork();
    if (pid == 0) {
        alarm(30);
        CHECK_EQUAL(wxsign_client_config_async(client, TEXT(PAGE), 0, asks_again, client, NULL), WXSIGN_STATUS_OK);
        CHECK_EQUAL(refused, ROUNDS);
        CHECK_EQUAL(deepest, 1);
        fflush(stdout);
        _exit(check_failures());
    }
    CHECK(waitpid(pid, &ended, 0) == pid);
    CHECK(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
    teardown();
}

static void a_closed_client(void)
{
    setup(NULL);
    config_verifies(&sandbox, client, PAGE);
    CHECK_EQUAL(wxsign_client_close(client, NULL), WXSIGN_STATUS_OK);
    forks(&sandbox, client);
    teardown();
}

static void *waits(void *client)
{
    wxsign_config config = WXSIGN_CONFIG_INIT;
    CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
    return NULL;
}

static void a_client_in_flight(void)
{
    pthread_t waiter;
    sandbox_start(&sandbox);
    /* The parent's request is slow; the child's are not. */
    sandbox_post(&sandbox, "fault", "{\"endpoint\":\"stable_token\",\"kind\":\"delay\",\"ms\":1500,\"times\":1}");
    client = sandbox_client(&sandbox);
    CHECK_EQUAL(pthread_create(&waiter, NULL, waits, client), 0);
    check_sleep_ms(200);
    forks(&sandbox, client);
    pthread_join(waiter, NULL);
    config_verifies(&sandbox, client, PAGE);
    teardown();
}

static volatile int hammering;

/* Takes every lock there is, again and again. */
static void *hammers(void *client)
{
    while (hammering) {
        char *json = NULL;
        bool dropped;
        wxsign_client_invalidate(client, TEXT("x"), &dropped, NULL);
        wxsign_client_state(client, &json, NULL, NULL);
        wxsign_string_free(json);
        wxsign_client_config_async(client, TEXT("ftp://x/"), 0, ignores, NULL, NULL);
        wxsign_client_free(hammering > 1 ? sandbox_client(hammered) : NULL);
    }
    return NULL;
}

/* Whatever lock some thread holds at the moment of the fork stays locked in the child for ever. */
static void a_client_whose_locks_are_held(void)
{
    pthread_t threads[4];
    int i;
    setup(NULL);
    config_verifies(&sandbox, client, PAGE);
    hammered = &sandbox;
    hammering = 2;
    for (i = 0; i < 4; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, hammers, client), 0);
    for (i = 0; i < 40; i++)
        forks(&sandbox, client);
    hammering = 0;
    for (i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    config_verifies(&sandbox, client, PAGE);
    teardown();
}

static wxsign_client *in_dir(const struct sandbox *sandbox, const char *dir)
{
    wxsign_options *options = sandbox_options(sandbox);
    wxsign_options_set_store_dir(options, TEXT(dir), NULL);
    return make_client(options);
}

/* The parent's fetch holds the lock of the directory while it is forked; the child waits, and takes over what was fetched. */
static void a_client_that_holds_the_stores_lock(void)
{
    struct sandbox sandbox;
    wxsign_client *client, *own;
    pthread_t waiter;
    char *dir = make_dir();
    int ended = -1;
    pid_t pid;
    sandbox_start(&sandbox);
    sandbox_post(&sandbox, "fault", "{\"endpoint\":\"stable_token\",\"kind\":\"delay\",\"ms\":1000,\"times\":1}");
    client = in_dir(&sandbox, dir);
    CHECK_EQUAL(pthread_create(&waiter, NULL, waits, client), 0);
    check_sleep_ms(300);
    pid = fork();
    if (pid == 0) {
        alarm(30);
        wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_FORKED));
        wxsign_client_free(client);
        own = in_dir(&sandbox, dir);
        config_verifies(&sandbox, own, PAGE);
        wxsign_client_free(own);
        fflush(stdout);
        _exit(check_failures());
    }
    pthread_join(waiter, NULL);
    CHECK(waitpid(pid, &ended, 0) == pid);
    CHECK(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
    CHECK_EQUAL(sandbox_count(&sandbox, "stable_token"), 1);
    CHECK_EQUAL(sandbox_count(&sandbox, "getticket"), 1);
    config_verifies(&sandbox, client, PAGE);
    wxsign_client_free(client);
    sandbox_stop(&sandbox);
    remove_dir(dir);
}

/* A child that lives on has inherited the open lock file, and must not keep its parent from fetching. */
static void a_child_does_not_keep_the_stores_lock(void)
{
    pthread_t waiter;
    char *dir = make_dir(), *ticket;
    bool dropped = false;
    long long begin;
    pid_t pid;
    sandbox_start(&sandbox);
    sandbox_post(&sandbox, "fault", "{\"endpoint\":\"stable_token\",\"kind\":\"delay\",\"ms\":600,\"times\":1}");
    client = in_dir(&sandbox, dir);
    CHECK_EQUAL(pthread_create(&waiter, NULL, waits, client), 0);
    check_sleep_ms(200);
    pid = fork();
    if (pid == 0) {
        sleep(30);
        _exit(0);
    }
    pthread_join(waiter, NULL);
    ticket = ticket_of(client);
    CHECK_EQUAL(wxsign_client_invalidate(client, TEXT(ticket), &dropped, NULL), WXSIGN_STATUS_OK);
    CHECK(dropped);
    begin = check_now_ms();
    config_verifies(&sandbox, client, PAGE);
    CHECK(check_now_ms() - begin < 1000);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    wxsign_string_free(ticket);
    teardown();
    remove_dir(dir);
}

#ifdef __linux__
/* glibc and musl have it, without a declaration that every version shows. */
extern pid_t _Fork(void) __attribute__((weak));

static pid_t raw_clone(void)
{
    return (pid_t)syscall(SYS_clone, (unsigned long)SIGCHLD, 0UL, 0UL, 0UL, 0UL);
}

enum { DRAWN = 64 };

/* The child draws nonces, and asks its parent's client. The parent compares the nonces with its own. */
static void a_child_that_no_handler_sees(const wxsign_client *client, pid_t (*make)(void))
{
    char theirs[DRAWN][WXSIGN_NONCE_SIZE], ours[DRAWN][WXSIGN_NONCE_SIZE];
    int from[2], ended = -1, i, j;
    pid_t pid;
    CHECK_EQUAL(wxsign_nonce(ours[0], NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(pipe(from), 0);
    pid = make();
    if (pid == 0) {
        wxsign_config config = WXSIGN_CONFIG_INIT;
        bool good = true;
        alarm(30);
        for (i = 0; i < DRAWN; i++)
            good = good && wxsign_nonce(theirs[i], NULL) == WXSIGN_STATUS_OK;
        good = good && wxsign_client_try_config(client, TEXT(PAGE), &config, NULL) == WXSIGN_STATUS_FORKED;
        _exit(!good || write(from[1], theirs, sizeof theirs) != (ssize_t)sizeof theirs);
    }
    CHECK(pid > 0);
    CHECK(read(from[0], theirs, sizeof theirs) == (ssize_t)sizeof theirs);
    CHECK(waitpid(pid, &ended, 0) == pid && ended == 0);
    for (i = 0; i < DRAWN; i++)
        CHECK_EQUAL(wxsign_nonce(ours[i], NULL), WXSIGN_STATUS_OK);
    for (i = 0; i < DRAWN; i++)
        for (j = 0; j < DRAWN; j++)
            CHECK(strcmp(ours[i], theirs[j]) != 0);
    close(from[0]);
    close(from[1]);
}

/* pthread_atfork does not see these children. */
static void children_of_raw_clone_and_underscore_fork(void)
{
    setup(NULL);
    config_verifies(&sandbox, client, PAGE);
    a_child_that_no_handler_sees(client, raw_clone);
    if (_Fork != NULL)
        a_child_that_no_handler_sees(client, _Fork);
    config_verifies(&sandbox, client, PAGE);
    teardown();
}
#define LINUX_TESTS , TEST(children_of_raw_clone_and_underscore_fork)
#else
#define LINUX_TESTS
#endif

static void nonces_of_parent_and_children_differ(void)
{
    char nonces[3][WXSIGN_NONCE_SIZE];
    int i;
    CHECK_EQUAL(wxsign_nonce(nonces[0], NULL), WXSIGN_STATUS_OK);
    for (i = 1; i < 3; i++) {
        int from[2], ended = -1;
        pid_t pid;
        CHECK_EQUAL(pipe(from), 0);
        pid = fork();
        if (pid == 0) {
            wxsign_status status = wxsign_nonce(nonces[0], NULL);
            _exit(status != WXSIGN_STATUS_OK || write(from[1], nonces[0], sizeof nonces[0]) != sizeof nonces[0]);
        }
        CHECK(read(from[0], nonces[i], sizeof nonces[i]) == (ssize_t)sizeof nonces[i]);
        CHECK(waitpid(pid, &ended, 0) == pid && ended == 0);
        close(from[0]);
        close(from[1]);
    }
    CHECK_EQUAL(wxsign_nonce(nonces[0], NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(strlen(nonces[0]), 32);
    CHECK(strcmp(nonces[0], nonces[1]) && strcmp(nonces[1], nonces[2]) && strcmp(nonces[0], nonces[2]));
}

CHECK_MAIN(TEST(an_idle_client), TEST(a_callback_that_asks_its_parents_client_again), TEST(a_closed_client),
           TEST(a_client_in_flight), TEST(a_client_whose_locks_are_held), TEST(a_client_that_holds_the_stores_lock),
           TEST(a_child_does_not_keep_the_stores_lock), TEST(nonces_of_parent_and_children_differ) LINUX_TESTS)
