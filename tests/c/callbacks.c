/* Callbacks: exactly once, on the thread that the header says, on close and on free too. */
#define _POSIX_C_SOURCE 200809L
#include "fixture.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What callbacks saw; each test has its own. */
struct seen {
    int calls, right, same_thread;
    wxsign_status status;
    pthread_t caller;
    wxsign_error *kept;
};

static void begin(struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    seen->caller = pthread_self();
}

static void note(struct seen *seen, wxsign_status status, int right, const wxsign_error *error)
{
    pthread_mutex_lock(&lock);
    seen->calls++;
    seen->status = status;
    seen->right += right && (status == WXSIGN_STATUS_OK) == (error == NULL) && wxsign_error_code(error) == status;
    seen->same_thread += pthread_equal(pthread_self(), seen->caller) ? 1 : 0;
    if (seen->kept == NULL)
        seen->kept = wxsign_error_clone(error);
    pthread_mutex_unlock(&lock);
}

static void on_config(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    int right = status == WXSIGN_STATUS_OK
                    ? config != NULL && config->struct_size == sizeof *config && strlen(config->signature) == 40
                          && strlen(config->nonce) == 32 && config->timestamp > 1600000000
                    : config == NULL;
    note(context, status, right, error);
}

static void on_text(void *context, wxsign_status status, const char *value, size_t value_len,
                    const wxsign_error *error)
{
    int right = status == WXSIGN_STATUS_OK ? value != NULL && strlen(value) == value_len && value_len > 5
                                           : value == NULL && value_len == 0;
    note(context, status, right, error);
}

static int calls(struct seen *seen)
{
    int calls;
    pthread_mutex_lock(&lock);
    calls = seen->calls;
    pthread_mutex_unlock(&lock);
    return calls;
}

static void wait_for(struct seen *seen, int want)
{
    int i;
    for (i = 0; i < 1000 && calls(seen) < want; i++)
        check_sleep_ms(10);
    CHECK_EQUAL(calls(seen), want);
}

/* Starts one call of each kind. */
static void ask_all(const wxsign_client *client, uint32_t timeout_ms, struct seen *seen)
{
    CHECK_EQUAL(wxsign_client_config_async(client, TEXT(PAGE), timeout_ms, on_config, seen, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_client_ticket_async(client, timeout_ms, on_text, seen, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_client_access_token_async(client, timeout_ms, on_text, seen, NULL), WXSIGN_STATUS_OK);
}

/* A cold client calls back on another thread, a warm one before the call returns. */
static void callbacks_come_later_or_at_once(void)
{
    struct seen seen;
    setup("{\"endpoint\":\"any\",\"kind\":\"delay\",\"ms\":100,\"times\":2}");
    begin(&seen);
    ask_all(client, 0, &seen);
    CHECK_EQUAL(calls(&seen), 0);
    wait_for(&seen, 3);
    CHECK_EQUAL(seen.right, 3);
    CHECK_EQUAL(seen.same_thread, 0);
    CHECK_EQUAL(seen.status, WXSIGN_STATUS_OK);
    begin(&seen);
    ask_all(client, 0, &seen);
    CHECK_EQUAL(calls(&seen), 3);
    CHECK_EQUAL(seen.right, 3);
    CHECK_EQUAL(seen.same_thread, 3);
    teardown();
}

/* An event loop's thread waits for its descriptors alone: the callback writes to one of them. */
struct wakeup {
    int pipe[2];
    wxsign_status status;
    wxsign_config config;
};

static void wake(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    struct wakeup *wakeup = context;
    (void)error;
    wakeup->status = status;
    if (config != NULL)
        wakeup->config = *config;
    CHECK_EQUAL(write(wakeup->pipe[1], "!", 1), 1);
}

static void a_callback_wakes_an_event_loop(void)
{
    struct sandbox sandbox;
    struct wakeup wakeup;
    struct pollfd readable = {0};
    wxsign_client *client;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    sandbox_start(&sandbox);
    sandbox_post(&sandbox, "fault", "{\"endpoint\":\"any\",\"kind\":\"delay\",\"ms\":100,\"times\":2}");
    client = sandbox_client(&sandbox);
    CHECK_EQUAL(pipe(wakeup.pipe), 0);
    readable.fd = wakeup.pipe[0];
    readable.events = POLLIN;
    /* The loop first tries, as it must not wait. */
    CHECK_EQUAL(wxsign_client_try_config(client, TEXT(PAGE), &config, NULL), WXSIGN_STATUS_NOT_READY);
    CHECK_EQUAL(wxsign_client_config_async(client, TEXT(PAGE), 0, wake, &wakeup, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(poll(&readable, 1, 0), 0);
    CHECK_EQUAL(poll(&readable, 1, 9000), 1);
    CHECK_EQUAL(wakeup.status, WXSIGN_STATUS_OK);
    CHECK(verdict(&sandbox, &wakeup.config, PAGE));
    CHECK_EQUAL(wxsign_client_try_config(client, TEXT(PAGE), &config, NULL), WXSIGN_STATUS_OK);
    wxsign_client_free(client);
    close(wakeup.pipe[0]);
    close(wakeup.pipe[1]);
    sandbox_stop(&sandbox);
}

static void five_hundred_callbacks_share_one_fetch(void)
{
    static struct seen seen[500];
    int i;
    setup(NULL);
    for (i = 0; i < 500; i++) {
        begin(&seen[i]);
        CHECK_EQUAL(wxsign_client_config_async(client, TEXT(PAGE), 0, on_config, &seen[i], NULL), WXSIGN_STATUS_OK);
    }
    for (i = 0; i < 500; i++)
        wait_for(&seen[i], 1);
    check_sleep_ms(50);
    for (i = 0; i < 500; i++)
        CHECK(seen[i].calls == 1 && seen[i].right == 1);
    CHECK_EQUAL(sandbox_count(&sandbox, "total"), 2);
    teardown();
}

/* Waits on a service that hangs, and ends the waiting. */
static void ends_waiting(int by_close)
{
    struct sandbox sandbox;
    struct seen seen;
    wxsign_client *client;
    sandbox_start(&sandbox);
    sandbox_post(&sandbox, "fault", "{\"endpoint\":\"any\",\"kind\":\"hang\"}");
    client = sandbox_client(&sandbox);
    begin(&seen);
    ask_all(client, 0, &seen);
    check_sleep_ms(100);
    CHECK_EQUAL(calls(&seen), 0);
    if (by_close)
        CHECK_EQUAL(wxsign_client_close(client, NULL), WXSIGN_STATUS_OK);
    else
        wxsign_client_free(client);
    CHECK_EQUAL(calls(&seen), 3);
    CHECK_EQUAL(seen.right, 3);
    CHECK_EQUAL(seen.status, WXSIGN_STATUS_CLOSED);
    if (by_close) {
        ask_all(client, 0, &seen);
        CHECK_EQUAL(calls(&seen), 6);
        wxsign_client_free(client);
    }
    sandbox_stop(&sandbox);
    check_sleep_ms(100);
    CHECK_TEXT(wxsign_error_name(seen.kept), "CLOSED");
    CHECK_EQUAL(calls(&seen), by_close ? 6 : 3);
    wxsign_error_free(seen.kept);
}

static void closing_calls_back_before_it_returns(void)
{
    ends_waiting(1);
}

static void freeing_calls_back_before_it_returns(void)
{
    ends_waiting(0);
}

static void a_timeout_calls_back_once(void)
{
    struct seen seen;
    long long start;
    setup("{\"endpoint\":\"any\",\"kind\":\"delay\",\"ms\":1000,\"times\":1}");
    begin(&seen);
    start = check_now_ms();
    ask_all(client, 200, &seen);
    wait_for(&seen, 3);
    CHECK(check_now_ms() - start < 900);
    CHECK_EQUAL(seen.status, WXSIGN_STATUS_TIMEOUT);
    CHECK_EQUAL(seen.right, 3);
    config_verifies(&sandbox, client, PAGE);
    CHECK_EQUAL(calls(&seen), 3);
    wxsign_error_free(seen.kept);
    teardown();
}

/* A failure reaches the callback; a wrong argument only becomes the status of the call. */
static void only_wrong_arguments_skip_the_callback(void)
{
    struct seen seen;
    setup(NULL);
    begin(&seen);
    CHECK_EQUAL(wxsign_client_config_async(client, TEXT("ftp://x/"), 0, on_config, &seen, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(seen.calls, 1);
    CHECK_EQUAL(seen.status, WXSIGN_STATUS_INVALID_URL);
    CHECK_EQUAL(wxsign_client_config_async(client, NULL, 0, 0, on_config, &seen, NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK_EQUAL(seen.calls, 1);
    CHECK_EQUAL(sandbox_count(&sandbox, "total"), 0);
    wxsign_error_free(seen.kept);
    teardown();
}

static void count(void *context)
{
    pthread_mutex_lock(&lock);
    ++*(int *)context;
    pthread_mutex_unlock(&lock);
}

static void ignore(void *context, const wxsign_event *event)
{
    CHECK(context != NULL && event != NULL);
}

/* After the options and all clients made from them are freed, and not before. */
static void a_context_is_freed_once(void)
{
    struct sandbox sandbox;
    wxsign_options *options;
    wxsign_client *one = NULL, *two = NULL;
    int freed = 0, i;
    sandbox_start(&sandbox);
    options = sandbox_options(&sandbox);
    CHECK_EQUAL(wxsign_options_set_event_listener(options, NULL, &freed, count, NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK_EQUAL(freed, 0);
    wxsign_options_set_event_listener(options, ignore, &freed, count, NULL);
    CHECK_EQUAL(wxsign_client_new(options, &one, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_client_new(options, &two, NULL), WXSIGN_STATUS_OK);
    wxsign_options_free(options);
    config_verifies(&sandbox, one, PAGE);
    wxsign_client_free(one);
    CHECK_EQUAL(freed, 0);
    wxsign_client_free(two);
    for (i = 0; i < 200 && freed == 0; i++)
        check_sleep_ms(5);
    CHECK_EQUAL(freed, 1);
    options = sandbox_options(&sandbox);
    wxsign_options_set_event_listener(options, ignore, &freed, count, NULL);
    wxsign_options_set_event_listener(options, ignore, &freed, NULL, NULL);
    CHECK_EQUAL(freed, 2);
    wxsign_options_free(options);
    CHECK_EQUAL(freed, 2);
    sandbox_stop(&sandbox);
}

CHECK_MAIN(TEST(callbacks_come_later_or_at_once), TEST(a_callback_wakes_an_event_loop),
           TEST(five_hundred_callbacks_share_one_fetch), TEST(closing_calls_back_before_it_returns),
           TEST(freeing_calls_back_before_it_returns), TEST(a_timeout_calls_back_once),
           TEST(only_wrong_arguments_skip_the_callback), TEST(a_context_is_freed_once))
