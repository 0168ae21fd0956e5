/* Options that no behaviour of all bindings covers. */
#include "fixture.h"

#include <stdio.h>
#include <time.h>

/* Plain http passes a secret in the clear, so it is an option; never to WeChat itself. */
static void plain_http_is_an_option(void)
{
    static const struct {
        const char *url;
        int allowed;
        wxsign_status status;
    } cases[] = {
        {"http://relay:80", 0, WXSIGN_STATUS_INVALID_ARGUMENT},
        {"http://relay:80", 1, WXSIGN_STATUS_OK},
        {"http://127.0.0.1:80", 0, WXSIGN_STATUS_OK},
        {"http://api.weixin.qq.com", 1, WXSIGN_STATUS_INVALID_ARGUMENT},
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        wxsign_options *options = wxsign_options_new();
        wxsign_client *client = NULL;
        wxsign_options_set_app_id(options, TEXT(SANDBOX_APP_ID), NULL);
        wxsign_options_set_app_secret(options, TEXT(SANDBOX_SECRET), NULL);
        wxsign_options_set_store_memory(options, NULL);
        wxsign_options_add_base_url(options, TEXT(cases[i].url), NULL);
        if (cases[i].allowed)
            CHECK_EQUAL(wxsign_options_set_allow_http(options, NULL), WXSIGN_STATUS_OK);
        CHECK_EQUAL(wxsign_client_new(options, &client, NULL), cases[i].status);
        wxsign_client_free(client);
        wxsign_options_free(options);
    }
}

/* The tutorial's ticket is imported, and its file is not changed. */
static void the_tutorials_ticket_is_imported(void)
{
    struct sandbox sandbox;
    char *dir = make_dir(), *ticket, *state = NULL;
    char path[512], written[256], read[256] = "";
    wxsign_options *options;
    wxsign_client *client;
    FILE *file;
    sandbox_start(&sandbox);
    snprintf(path, sizeof path, "%s/jsapiTicket.json", dir);
    snprintf(written, sizeof written,
             "{\"createTime\":%lld,\"errcode\":0,\"errmsg\":\"ok\",\"ticket\":\"OLD\",\"expires_in\":7200}",
             (long long)time(NULL) * 1000);
    file = fopen(path, "w");
    CHECK(file != NULL && fputs(written, file) >= 0 && fclose(file) == 0);
    options = sandbox_options(&sandbox);
    CHECK_EQUAL(wxsign_options_set_import_ticket_file(options, TEXT(path), NULL), WXSIGN_STATUS_OK);
    client = make_client(options);
    ticket = ticket_of(client);
    CHECK_TEXT(ticket, "OLD");
    CHECK_EQUAL(wxsign_client_state(client, &state, NULL, NULL), WXSIGN_STATUS_OK);
    CHECK(state != NULL && strstr(state, "\"source\":\"import\"") != NULL);
    file = fopen(path, "r");
    CHECK(file != NULL && fgets(read, sizeof read, file) != NULL && fclose(file) == 0);
    CHECK_TEXT(read, written);
    wxsign_string_free(ticket);
    wxsign_string_free(state);
    wxsign_client_free(client);
    remove_dir(dir);
    sandbox_stop(&sandbox);
}

static void give_life(void *context, const char *kind, const char *rejected, size_t rejected_len,
                      wxsign_ticket_reply *reply)
{
    (void)kind, (void)rejected, (void)rejected_len;
    CHECK_EQUAL(wxsign_ticket_reply_send(reply, TEXT("T"), *(const uint64_t *)context, NULL), WXSIGN_STATUS_OK);
}

static wxsign_client *client_with_life(uint64_t *life_ms)
{
    wxsign_options *options = wxsign_options_new();
    wxsign_options_set_app_id(options, TEXT(SANDBOX_APP_ID), NULL);
    CHECK_EQUAL(wxsign_options_set_ticket_function(options, give_life, life_ms, NULL, NULL), WXSIGN_STATUS_OK);
    return make_client(options);
}

/* A life of 0 has expired; an unknown one is explicit, and counts for a minute. */
static void a_life_of_zero_has_expired(void)
{
    static uint64_t lives[] = {0, 1, 3600000, UINT64_MAX - 1, WXSIGN_LIFE_UNKNOWN};
    wxsign_client *client = client_with_life(&lives[0]);
    wxsign_error *error = config_fails(client, 0, WXSIGN_STATUS_INVALID_ARGUMENT);
    char *state = NULL;
    long remaining_ms;
    size_t i;
    CHECK(strstr(wxsign_error_message(error), "has expired") != NULL);
    CHECK_TEXT(wxsign_error_subject(error), "wxsign_options_set_ticket");
    wxsign_error_free(error);
    wxsign_client_free(client);
    for (i = 1; i < sizeof lives / sizeof *lives; i++) {
        wxsign_config config = WXSIGN_CONFIG_INIT;
        client = client_with_life(&lives[i]);
        CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
        if (lives[i] == WXSIGN_LIFE_UNKNOWN) {
            CHECK_EQUAL(wxsign_client_state(client, &state, NULL, NULL), WXSIGN_STATUS_OK);
            remaining_ms = json_number(strstr(state, "\"ticket\":"), "remainingMs");
            CHECK(remaining_ms > 50000 && remaining_ms <= 60000);
            wxsign_string_free(state);
        }
        wxsign_client_free(client);
    }
}

/* A page gets the ids as the client reads them: without the spaces and line breaks around them. */
static void ids_are_read_without_spaces(void)
{
    wxsign_options *options = wxsign_options_new();
    wxsign_client *client;
    CHECK(wxsign_client_app_id(NULL) == NULL && wxsign_client_agent_id(NULL) == NULL);
    wxsign_options_set_app_id(options, TEXT(" wx1\r\n"), NULL);
    wxsign_options_set_ticket(options, TEXT("T"), NULL);
    client = make_client(options);
    CHECK_TEXT(wxsign_client_app_id(client), "wx1");
    CHECK(wxsign_client_agent_id(client) == NULL);
    CHECK_EQUAL(wxsign_client_close(client, NULL), WXSIGN_STATUS_OK);
    CHECK_TEXT(wxsign_client_app_id(client), "wx1");
    wxsign_client_free(client);

    options = wxsign_options_new();
    wxsign_options_set_corp(options, TEXT("\tww1\n"), TEXT(" 1000002\n"), NULL);
    wxsign_options_set_ticket(options, TEXT("T"), NULL);
    client = make_client(options);
    CHECK_TEXT(wxsign_client_app_id(client), "ww1");
    CHECK_TEXT(wxsign_client_agent_id(client), "1000002");
    wxsign_client_free(client);

    /* A client with only a token has no id. */
    options = wxsign_options_new();
    wxsign_options_set_access_token(options, TEXT("token"), NULL);
    client = make_client(options);
    CHECK(wxsign_client_app_id(client) == NULL);
    wxsign_client_free(client);
}

CHECK_MAIN(TEST(plain_http_is_an_option), TEST(the_tutorials_ticket_is_imported), TEST(a_life_of_zero_has_expired),
           TEST(ids_are_read_without_spaces))
