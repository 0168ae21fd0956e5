/* Behaviours: closing, and what a client reports about itself. */
#define _POSIX_C_SOURCE 200809L
#include "behaviours.h"

#include "fixture.h"

#include <pthread.h>
#include <stdio.h>

static void *waits_for_ever(void *client)
{
    wxsign_error_free(config_fails(client, 9000, WXSIGN_STATUS_CLOSED));
    return NULL;
}

BEHAVIOUR(close)
{
    pthread_t waiter;
    char *text = NULL;
    bool dropped;
    long long start;
    setup("{\"endpoint\":\"any\",\"kind\":\"hang\"}");
    CHECK_EQUAL(pthread_create(&waiter, NULL, waits_for_ever, client), 0);
    check_sleep_ms(200);
    start = check_now_ms();
    CHECK_EQUAL(wxsign_client_close(client, NULL), WXSIGN_STATUS_OK);
    pthread_join(waiter, NULL);
    CHECK(check_now_ms() - start < 1000);
    CHECK_EQUAL(wxsign_client_close(client, NULL), WXSIGN_STATUS_OK);
    wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_CLOSED));
    CHECK_EQUAL(wxsign_client_ticket(client, 0, &text, NULL, NULL), WXSIGN_STATUS_CLOSED);
    CHECK_EQUAL(wxsign_client_access_token(client, 0, &text, NULL, NULL), WXSIGN_STATUS_CLOSED);
    CHECK_EQUAL(wxsign_client_invalidate(client, TEXT("x"), &dropped, NULL), WXSIGN_STATUS_CLOSED);
    CHECK_EQUAL(wxsign_client_set_access_token(client, TEXT("x"), NULL), WXSIGN_STATUS_CLOSED);
    CHECK_EQUAL(wxsign_client_state(client, &text, NULL, NULL), WXSIGN_STATUS_OK);
    CHECK(text != NULL && strstr(text, "\"closed\":true") != NULL);
    wxsign_string_free(text);
    teardown();
}

BEHAVIOUR(state)
{
    char *json = NULL, *dir = make_dir();
    size_t len = 0;
    setup("{\"endpoint\":\"getticket\",\"kind\":\"errcode\",\"errcode\":48001,\"times\":1}");
    CHECK_EQUAL(wxsign_client_state(client, &json, NULL, NULL), WXSIGN_STATUS_OK);
    CHECK(strstr(json, "\"appId\":\"" SANDBOX_APP_ID "\"") != NULL);
    CHECK(strstr(json, "\"store\":\"memory\"") != NULL);
    CHECK(strstr(json, "\"lock\":\"process\"") != NULL);
    CHECK(strstr(json, "\"circuitOpen\":false") != NULL);
    CHECK(strstr(json, "\"closed\":false") != NULL);
    CHECK(strstr(json, "\"freshness\":\"expired\",\"source\":null") != NULL);
    wxsign_string_free(json);
    CHECK_EQUAL(sandbox_count(&sandbox, "total"), 0);
    wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_PERMISSION_DENIED));
    CHECK_EQUAL(wxsign_client_state(client, &json, &len, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(strlen(json), len);
    CHECK(strstr(json, "\"lastError\":\"PERMISSION_DENIED\"") != NULL);
    CHECK(strstr(json, "\"lastErrcode\":48001") != NULL);
    CHECK(strstr(json, "\"freshness\":\"fresh\",\"source\":\"service\"") != NULL);
    check_no_secret(json);
    wxsign_string_free(json);
    wxsign_client_free(client);

    sandbox_post(&sandbox, "fault", "{\"endpoint\":\"any\",\"kind\":\"status\",\"status\":503}");
    client = dir_client(sandbox.url, dir);
    wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_UPSTREAM_BUSY));
    CHECK_EQUAL(wxsign_client_state(client, &json, NULL, NULL), WXSIGN_STATUS_OK);
    CHECK(strstr(json, "\"lock\":\"file\"") != NULL);
    CHECK(strstr(json, "\"circuitOpen\":true") != NULL);
    wxsign_string_free(json);
    teardown();
    remove_dir(dir);
}

/* What the listener heard, as one text. */
struct diary {
    pthread_mutex_t lock;
    char text[8192];
};

static void note(void *context, const wxsign_event *event)
{
    struct diary *diary = context;
    const wxsign_error *error = wxsign_event_error(event);
    const char *credential = wxsign_event_credential(event), *source = wxsign_event_source(event);
    const char *reason = wxsign_event_reason(event);
    size_t used;
    pthread_mutex_lock(&diary->lock);
    used = strlen(diary->text);
    snprintf(diary->text + used, sizeof diary->text - used, "[%s %s %s %s %s %s %s]", wxsign_event_name(event),
             credential ? credential : "-", source ? source : "-", wxsign_event_remaining_ms(event) > 60000 ? "long" : "-",
             wxsign_error_name(error), wxsign_error_message(error), reason ? reason : "-");
    pthread_mutex_unlock(&diary->lock);
}

static int has_event(struct diary *diary, const char *text)
{
    int found;
    pthread_mutex_lock(&diary->lock);
    found = strstr(diary->text, text) != NULL;
    pthread_mutex_unlock(&diary->lock);
    return found;
}

BEHAVIOUR(events)
{
    /* Static: a listener may be called once more while its client is being freed, and this one has
     * no context_free. */
    static struct diary diary = {PTHREAD_MUTEX_INITIALIZER, ""};
    wxsign_options *options;
    int i;
    sandbox_start(&sandbox);
    sandbox_post(&sandbox, "fault", "{\"endpoint\":\"getticket\",\"kind\":\"errcode\",\"errcode\":48001,\"echo\":true}");
    options = sandbox_options(&sandbox);
    CHECK_EQUAL(wxsign_options_set_event_listener(options, note, &diary, NULL, NULL), WXSIGN_STATUS_OK);
    client = make_client(options);
    wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_PERMISSION_DENIED));
    /* wxsign calls listeners on its own threads: an event may come after its call has returned. */
    for (i = 0; i < 1000 && !has_event(&diary, "[failed ticket"); i++)
        check_sleep_ms(5);
    CHECK(strstr(diary.text, "[refreshed token service long OK  -]") != NULL);
    CHECK(strstr(diary.text, "[failed ticket - - PERMISSION_DENIED ") != NULL);
    check_no_secret(diary.text);
    teardown();
}
