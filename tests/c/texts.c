/* Texts where arguments.c could not try them: at replies, and with a NUL inside, which is no end
 * of a text. */
#define _POSIX_C_SOURCE 200809L
#include "fixture.h"

#include <stdint.h>
#include <stdio.h>

#define BAD WXSIGN_STATUS_INVALID_ARGUMENT

static const struct {
    const char *text;
    size_t len;
} wrong[] = {{NULL, 0}, {NULL, 1}, {"\xff", 1}, {"a\xc3", 2}, {"\xed\xa0\x80", 3}, {"x", SIZE_MAX}};
static const size_t wrongs = sizeof wrong / sizeof *wrong;

/* How a token or ticket function answers: by sending or by failing, with which of the wrong texts.
 */
struct answer {
    int fails;
    size_t which;
};

static void answer(void *context, const char *rejected, size_t rejected_len, wxsign_token_reply *reply)
{
    const struct answer *answer = context;
    wxsign_error *error = NULL;
    CHECK(rejected == NULL && rejected_len == 0);
    CHECK_EQUAL((answer->fails ? wxsign_token_reply_fail : wxsign_token_reply_send)(reply, wrong[answer->which].text,
                                                                                    wrong[answer->which].len, &error),
                BAD);
    CHECK(strncmp(wxsign_error_message(error), answer->fails ? "why " : "token ", answer->fails ? 4 : 6) == 0);
    wxsign_error_free(error);
}

static void answer_ticket(void *context, const char *kind, const char *rejected, size_t rejected_len,
                          wxsign_ticket_reply *reply)
{
    const struct answer *answer = context;
    const char *text = wrong[answer->which].text;
    const size_t len = wrong[answer->which].len;
    wxsign_error *error = NULL;
    CHECK(strcmp(kind, "ticket") == 0 && rejected == NULL && rejected_len == 0);
    CHECK_EQUAL(answer->fails ? wxsign_ticket_reply_fail(reply, text, len, &error)
                              : wxsign_ticket_reply_send(reply, text, len, 60000, &error),
                BAD);
    CHECK(strncmp(wxsign_error_message(error), answer->fails ? "why " : "ticket ", answer->fails ? 4 : 7) == 0);
    wxsign_error_free(error);
}

static void a_wrong_ticket_reply_fails_the_waiting_calls(void)
{
    /* Static: its last user may be a thread that is just ending. */
    static struct answer answers[2 * sizeof wrong / sizeof *wrong];
    size_t i;
    for (i = 0; i < 2 * wrongs; i++) {
        wxsign_options *options = wxsign_options_new();
        wxsign_client *client;
        long long begin = check_now_ms();
        answers[i].fails = (int)(i % 2), answers[i].which = i / 2;
        wxsign_options_set_app_id(options, TEXT(SANDBOX_APP_ID), NULL);
        CHECK_EQUAL(wxsign_options_set_ticket_function(options, answer_ticket, &answers[i], NULL, NULL), WXSIGN_STATUS_OK);
        client = make_client(options);
        wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_NOT_READY));
        CHECK(check_now_ms() - begin < 2000);
        wxsign_client_free(client);
    }
}

static void a_wrong_token_reply_fails_the_waiting_calls(void)
{
    /* Static: its last user may be a thread that is just ending. */
    static struct answer answers[2 * sizeof wrong / sizeof *wrong];
    struct sandbox sandbox;
    size_t i;
    sandbox_start(&sandbox);
    for (i = 0; i < 2 * wrongs; i++) {
        wxsign_options *options = wxsign_options_new();
        wxsign_client *client;
        long long begin = check_now_ms();
        answers[i].fails = (int)(i % 2), answers[i].which = i / 2;
        wxsign_options_set_app_id(options, TEXT(SANDBOX_APP_ID), NULL);
        wxsign_options_add_base_url(options, TEXT(sandbox.url), NULL);
        wxsign_options_set_store_memory(options, NULL);
        CHECK_EQUAL(wxsign_options_set_access_token_function(options, answer, &answers[i], NULL, NULL), WXSIGN_STATUS_OK);
        client = make_client(options);
        wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_TOKEN_INVALIDATED));
        CHECK(check_now_ms() - begin < 2000);
        wxsign_client_free(client);
    }
    CHECK_EQUAL(sandbox_count(&sandbox, "total"), 0);
    sandbox_stop(&sandbox);
}

typedef wxsign_status (*setter)(wxsign_options *options, const char *text, size_t len, wxsign_error **error);

static wxsign_status set_corp_id(wxsign_options *options, const char *text, size_t len, wxsign_error **error)
{
    return wxsign_options_set_corp(options, text, len, "1", 1, error);
}

static wxsign_status set_agent_id(wxsign_options *options, const char *text, size_t len, wxsign_error **error)
{
    return wxsign_options_set_corp(options, "ww1", 3, text, len, error);
}

/* Options that an account has in place of another one. */
static wxsign_options *options_for(setter set, const struct sandbox *unreachable)
{
    wxsign_options *options;
    if (set != set_corp_id && set != set_agent_id && set != wxsign_options_set_access_token
        && set != wxsign_options_set_ticket)
        return sandbox_options(unreachable);
    options = wxsign_options_new();
    if (set == set_corp_id || set == set_agent_id)
        wxsign_options_set_app_secret(options, TEXT(SANDBOX_SECRET), NULL);
    else
        wxsign_options_set_app_id(options, TEXT(SANDBOX_APP_ID), NULL);
    return options;
}

static void no_option_with_a_nul_inside_is_cut_there(void)
{
    /* Each with a text that would be right if it ended at the NUL. */
    static const struct {
        setter set;
        const char *text;
    } options_with_nul[] = {
        {wxsign_options_set_app_id, SANDBOX_APP_ID},       {wxsign_options_set_app_secret, SANDBOX_SECRET},
        {wxsign_options_add_base_url, "https://a.example"}, {wxsign_options_set_store_dir, "/tmp"},
        {wxsign_options_add_allowed_host, "example.com"},  {wxsign_options_set_proxy, "http://127.0.0.1:1"},
        {wxsign_options_set_ca_file, "/dev/null"},         {wxsign_options_set_access_token, "token"},
        {wxsign_options_set_store_redis, "redis://127.0.0.1"}, {wxsign_options_set_ticket, "ticket"},
        {wxsign_options_set_import_ticket_file, "/dev/null"}, {set_corp_id, "ww1"},
        {set_agent_id, "1000002"},
    };
    struct sandbox unreachable = no_sandbox();
    size_t i;
    for (i = 0; i < sizeof options_with_nul / sizeof *options_with_nul; i++) {
        wxsign_options *options = options_for(options_with_nul[i].set, &unreachable);
        wxsign_client *client = NULL;
        wxsign_error *error = NULL;
        char text[64];
        size_t len = strlen(options_with_nul[i].text);
        wxsign_status status;
        memcpy(text, options_with_nul[i].text, len);
        memcpy(text + len, "\0evil", 5);
        status = options_with_nul[i].set(options, text, len + 5, &error);
        if (status == WXSIGN_STATUS_OK)
            status = wxsign_client_new(options, &client, &error);
        if (status != BAD)
            CHECK_TEXT(options_with_nul[i].text, "an option that is refused with a NUL inside");
        CHECK(client == NULL && strlen(wxsign_error_message(error)) > 5);
        wxsign_error_free(error);
        wxsign_client_free(client);
        wxsign_options_free(options);
    }
}

static void no_argument_with_a_nul_inside_is_cut_there(void)
{
    static const char page[] = PAGE "\0evil";
    wxsign_config config = WXSIGN_CONFIG_INIT;
    char *ticket, longer[512];
    bool dropped = true;
    setup(NULL);
    CHECK_EQUAL(wxsign_client_config(client, page, sizeof page - 1, 0, &config, NULL), WXSIGN_STATUS_INVALID_URL);
    CHECK_EQUAL(wxsign_client_try_config(client, page, sizeof page - 1, &config, NULL), WXSIGN_STATUS_INVALID_URL);
    ticket = ticket_of(client);
    memcpy(longer, ticket, strlen(ticket));
    memcpy(longer + strlen(ticket), "\0evil", 5);
    CHECK_EQUAL(wxsign_client_invalidate(client, longer, strlen(ticket) + 5, &dropped, NULL), WXSIGN_STATUS_OK);
    CHECK(!dropped);
    wxsign_string_free(ticket);
    teardown();
}

CHECK_MAIN(TEST(a_wrong_ticket_reply_fails_the_waiting_calls), TEST(a_wrong_token_reply_fails_the_waiting_calls),
           TEST(no_option_with_a_nul_inside_is_cut_there), TEST(no_argument_with_a_nul_inside_is_cut_there))
