/* What a host program may do to its own threads and process: cancel threads, give them small
 * stacks, limit file sizes, leave SIGPIPE alone, and ask again inside a callback without end. */
#define _POSIX_C_SOURCE 200809L
#include "fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- Cancellation ----------------------------------------------------------------------------- */

static void ignore_config(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    (void)context, (void)status, (void)config, (void)error;
}

static void call_nonce(void)
{
    char nonce[WXSIGN_NONCE_SIZE];
    CHECK_EQUAL(wxsign_nonce(nonce, NULL), WXSIGN_STATUS_OK);
}

static void call_sign(void)
{
    char signature[WXSIGN_SIGNATURE_SIZE];
    CHECK_EQUAL(wxsign_sign(TEXT("t"), TEXT("n"), 1, TEXT("u"), signature, NULL), WXSIGN_STATUS_OK);
}

static void call_config(void)
{
    wxsign_config config = WXSIGN_CONFIG_INIT;
    CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
}

static void call_async(void)
{
    CHECK_EQUAL(wxsign_client_config_async(client, TEXT(PAGE), 0, ignore_config, NULL, NULL), WXSIGN_STATUS_OK);
}

static void call_state(void)
{
    char *json = NULL;
    CHECK_EQUAL(wxsign_client_state(client, &json, NULL, NULL), WXSIGN_STATUS_OK);
    wxsign_string_free(json);
}

static void call_life(void)
{
    wxsign_client *other = sandbox_client(&sandbox);
    wxsign_error_free(wxsign_error_new(1, TEXT("x")));
    CHECK_EQUAL(wxsign_client_close(other, NULL), WXSIGN_STATUS_OK);
    wxsign_client_free(other);
}

typedef void (*entry)(void);
static const entry entries[] = {call_nonce, call_sign, call_config, call_async, call_state, call_life};
static int returned;

static void *cancels_itself(void *which)
{
    pthread_cancel(pthread_self());
    (*(const entry *)which)();
    returned++;
    pthread_testcancel();
    return NULL;
}

/* Each call completes although its thread is cancelled, and the cancellation takes effect
 * afterwards. */
static void a_cancelled_thread_completes_its_call(void)
{
    size_t i;
    setup(NULL);
    for (i = 0; i < sizeof entries / sizeof *entries; i++) {
        pthread_t thread;
        void *result = NULL;
        returned = 0;
        CHECK_EQUAL(pthread_create(&thread, NULL, cancels_itself, (void *)&entries[i]), 0);
        CHECK_EQUAL(pthread_join(thread, &result), 0);
        CHECK(returned == 1 && result == PTHREAD_CANCELED);
    }
    teardown();
}

static void *waits(void *unused)
{
    call_config();
    returned++;
    pthread_testcancel();
    return unused;
}

static void a_waiting_thread_completes_its_call(void)
{
    pthread_t thread;
    void *result = NULL;
    setup("{\"endpoint\":\"any\",\"kind\":\"delay\",\"ms\":200,\"times\":2}");
    returned = 0;
    CHECK_EQUAL(pthread_create(&thread, NULL, waits, NULL), 0);
    check_sleep_ms(50);
    CHECK_EQUAL(pthread_cancel(thread), 0);
    CHECK_EQUAL(pthread_join(thread, &result), 0);
    CHECK(returned == 1 && result == PTHREAD_CANCELED);
    teardown();
}

static volatile int calls;

static void cancels_its_thread(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    (void)context, (void)config, (void)error;
    CHECK_EQUAL(status, WXSIGN_STATUS_OK);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_cancel(pthread_self());
    calls++;
}

/* wxsign's own threads go on, so further calls still get their answers. */
static void a_callback_may_cancel_its_thread(void)
{
    int i, round;
    for (round = 0; round < 3; round++) {
        setup(NULL);
        calls = 0;
        CHECK_EQUAL(wxsign_client_config_async(client, TEXT(PAGE), 0, cancels_its_thread, NULL, NULL), WXSIGN_STATUS_OK);
        for (i = 0; i < 500 && calls == 0; i++)
            check_sleep_ms(10);
        CHECK_EQUAL(calls, 1);
        call_config();
        teardown();
    }
}

/* --- Small stacks ----------------------------------------------------------------------------- */

static void *uses_everything(void *unused)
{
    wxsign_options *options = sandbox_options(&sandbox);
    wxsign_error *error = NULL;
    wxsign_client *other;
    char *json = NULL;
    CHECK_EQUAL(wxsign_options_add_allowed_host(options, TEXT("example.com"), NULL), WXSIGN_STATUS_OK);
    other = make_client(options);
    config_verifies(&sandbox, other, PAGE);
    CHECK_EQUAL(wxsign_client_config(other, TEXT("https://a.example.org/"), 0, NULL, &error), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK_EQUAL(wxsign_error_json(error, WXSIGN_NAMES_C, &json, NULL, NULL), WXSIGN_STATUS_OK);
    CHECK(strlen(wxsign_error_hint(error)) > 0);
    wxsign_string_free(json);
    wxsign_error_free(error);
    wxsign_string_free(ticket_of(other));
    wxsign_client_free(other);
    client = sandbox_client(&sandbox);
    call_nonce();
    call_sign();
    call_config();
    call_async();
    call_state();
    wxsign_client_free(client);
    returned++;
    return unused;
}

/* The header promises 64 KiB. The helpers of this program use some of it as well. */
static void a_thread_with_a_small_stack_may_call(void)
{
    pthread_attr_t small;
    pthread_t thread;
    sandbox_start(&sandbox);
    returned = 0;
    pthread_attr_init(&small);
    CHECK_EQUAL(pthread_attr_setstacksize(&small, 64 * 1024), 0);
    CHECK_EQUAL(pthread_create(&thread, &small, uses_everything, NULL), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&small);
    CHECK_EQUAL(returned, 1);
    sandbox_stop(&sandbox);
}

/* --- Threads that end -------------------------------------------------------------------------- */

static pthread_key_t at_the_end;

static void count_config(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    (void)config, (void)error;
    CHECK_EQUAL(status, WXSIGN_STATUS_OK);
    ++*(int *)context;
}

static void calls_at_the_end(void *count)
{
    call_nonce();
    call_sign();
    call_config();
    CHECK_EQUAL(wxsign_client_config_async(client, TEXT(PAGE), 0, count_config, count, NULL), WXSIGN_STATUS_OK);
}

static void *ends(void *count)
{
    call_config();
    CHECK_EQUAL(pthread_setspecific(at_the_end, count), 0);
    return NULL;
}

/* By then the thread-local variables of the library may have been destroyed. */
static void a_destructor_of_a_thread_may_call(void)
{
    pthread_t thread;
    int count = 0;
    sandbox_start(&sandbox);
    client = sandbox_client(&sandbox);
    CHECK_EQUAL(pthread_key_create(&at_the_end, calls_at_the_end), 0);
    CHECK_EQUAL(pthread_create(&thread, NULL, ends, &count), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    CHECK_EQUAL(count, 1);
    CHECK_EQUAL(pthread_key_delete(at_the_end), 0);
    wxsign_client_free(client);
    sandbox_stop(&sandbox);
}

/* --- Signals ---------------------------------------------------------------------------------- */

/* Runs a test in a child with every signal at its default, and returns the child's status. */
static int in_child(void (*run)(void))
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGPIPE, SIG_DFL);
        signal(SIGXFSZ, SIG_DFL);
        alarm(30);
        run();
        fflush(stdout);
        _exit(check_failures() ? 1 : 0);
    }
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    return status;
}

static void meets_resets(void)
{
    static const char *const faults[] = {"reset", "close_early"};
    size_t i;
    for (i = 0; i < 2; i++) {
        char fault[100];
        sandbox_start(&sandbox);
        snprintf(fault, sizeof fault, "{\"endpoint\":\"any\",\"kind\":\"%s\"}", faults[i]);
        sandbox_post(&sandbox, "fault", fault);
        client = sandbox_client(&sandbox);
        wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_NETWORK));
        teardown();
    }
}

static void a_broken_connection_raises_no_sigpipe(void)
{
    CHECK_EQUAL(in_child(meets_resets), 0);
}

static void meets_a_limit_of_files(void)
{
    struct rlimit none = {0, 0};
    char *dir = make_dir();
    sandbox_start(&sandbox);
    CHECK_EQUAL(setrlimit(RLIMIT_FSIZE, &none), 0);
    client = dir_client(sandbox.url, dir);
    call_config();
    call_config();
    teardown();
    remove_dir(dir);
}

/* The store cannot be written, so credentials stay in memory; SIGXFSZ does not end the program. */
static void a_limit_on_file_sizes_is_survived(void)
{
    CHECK_EQUAL(in_child(meets_a_limit_of_files), 0);
}

static void has_an_environment_for_others(void)
{
    sandbox_start(&sandbox);
    CHECK_EQUAL(setenv("RUST_MIN_STACK", "1", 1), 0);
    client = sandbox_client(&sandbox);
    call_config();
    wxsign_client_free(client);
    sandbox_stop(&sandbox);
}

/* RUST_MIN_STACK makes the stacks of other programs' threads smaller. It is read when the first
 * thread starts, so this test comes first. */
static void the_environment_changes_no_stack(void)
{
    CHECK_EQUAL(in_child(has_an_environment_for_others), 0);
}

#if defined(__x86_64__) && defined(__GNUC__)
/* What feenableexcept(FE_INVALID) does; threads that start later inherit it. */
static void trap_invalid_operations(void)
{
    __builtin_ia32_ldmxcsr(0x1f80 & ~0x80);
}
#else
static void trap_invalid_operations(void)
{
}
#endif

static void meets_impossible_numbers(void)
{
    static const char *const numbers[] = {"1e300", "-1e19", "\"1e400\"", "\"1e300\""};
    size_t i;
    trap_invalid_operations();
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char settings[100];
        sandbox_start(&sandbox);
        snprintf(settings, sizeof settings, "{\"fixed_expires_in\":%s}", numbers[i]);
        sandbox_post(&sandbox, "settings", settings);
        client = sandbox_client(&sandbox);
        wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_BAD_RESPONSE));
        wxsign_client_free(client);
        sandbox_stop(&sandbox);
    }
}

/* A program that traps floating-point errors gets no SIGFPE from what a service answers. */
static void a_trap_of_floating_point_errors_is_not_met(void)
{
    CHECK_EQUAL(in_child(meets_impossible_numbers), 0);
}

/* --- Callbacks that ask again ----------------------------------------------------------------- */

#define ROUNDS 1000000
static volatile long asked, answered;

static void asks_again(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    CHECK(status != WXSIGN_STATUS_OK && config == NULL && error != NULL);
    answered++;
    if (asked < ROUNDS) {
        asked++;
        CHECK_EQUAL(wxsign_client_config_async(context, TEXT(PAGE), 0, asks_again, context, NULL), WXSIGN_STATUS_OK);
    }
}

/* At a closed port, a callback that asks again a million times uses constant stack. */
static void a_callback_may_ask_again_a_million_times(void)
{
    wxsign_options *options = wxsign_options_new();
    char url[64];
    long long end;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", unused_port());
    wxsign_options_set_app_id(options, TEXT(SANDBOX_APP_ID), NULL);
    wxsign_options_set_app_secret(options, TEXT(SANDBOX_SECRET), NULL);
    wxsign_options_add_base_url(options, TEXT(url), NULL);
    wxsign_options_set_store_memory(options, NULL);
    client = make_client(options);
    asked = 1;
    CHECK_EQUAL(wxsign_client_config_async(client, TEXT(PAGE), 0, asks_again, client, NULL), WXSIGN_STATUS_OK);
    for (end = check_now_ms() + 120000; answered < ROUNDS && check_now_ms() < end;)
        check_sleep_ms(10);
    CHECK_EQUAL(answered, ROUNDS);
    wxsign_client_free(client);
}

CHECK_MAIN(TEST(the_environment_changes_no_stack), TEST(a_cancelled_thread_completes_its_call),
           TEST(a_waiting_thread_completes_its_call), TEST(a_callback_may_cancel_its_thread),
           TEST(a_thread_with_a_small_stack_may_call), TEST(a_destructor_of_a_thread_may_call),
           TEST(a_broken_connection_raises_no_sigpipe), TEST(a_limit_on_file_sizes_is_survived),
           TEST(a_trap_of_floating_point_errors_is_not_met), TEST(a_callback_may_ask_again_a_million_times))
