/* Texts where arguments.c could not try them: at calls that call back, at token replies, and with a NUL inside, which is no
 * end of a text. */
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

static int calls;

static void on_config(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    (void)context, (void)status, (void)config, (void)error;
    calls++;
}

static void a_refused_call_never_calls_back(void)
{
    struct sandbox sandbox;
    wxsign_client *client;
    size_t i;
    sandbox_start(&sandbox);
    client = sandbox_client(&sandbox);
    calls = 0;
    for (i = 0; i < wrongs; i++) {
        wxsign_error *error = NULL;
        CHECK_EQUAL(wxsign_client_config_async(client, wrong[i].text, wrong[i].len, 0, on_config, NULL, &error), BAD);
        CHECK(strncmp(wxsign_error_message(error), "url ", 4) == 0);
        wxsign_error_free(error);
        CHECK_EQUAL(wxsign_client_config_async(NULL, wrong[i].text, wrong[i].len, 0, NULL, NULL, NULL), BAD);
    }
    wxsign_client_close(client, NULL);
    CHECK_EQUAL(calls, 0);
    wxsign_client_free(client);
    sandbox_stop(&sandbox);
}

/* How the token function answers: by sending or by failing, with which of the wrong texts. */
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
        {wxsign_options_set_store_redis, "redis://127.0.0.1"},
    };
    struct sandbox unreachable = no_sandbox();
    size_t i;
    for (i = 0; i < sizeof options_with_nul / sizeof *options_with_nul; i++) {
        /* A token of one's own is in place of a secret, which alone would be refused. */
        int own = options_with_nul[i].set == wxsign_options_set_access_token;
        wxsign_options *options = own ? wxsign_options_new() : sandbox_options(&unreachable);
        wxsign_client *client = NULL;
        wxsign_error *error = NULL;
        char text[64];
        size_t len = strlen(options_with_nul[i].text);
        wxsign_status status;
        if (own)
            wxsign_options_set_app_id(options, TEXT(SANDBOX_APP_ID), NULL);
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
    struct sandbox sandbox;
    wxsign_client *client;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    char *ticket, longer[512];
    bool dropped = true;
    sandbox_start(&sandbox);
    client = sandbox_client(&sandbox);
    CHECK_EQUAL(wxsign_client_config(client, page, sizeof page - 1, 0, &config, NULL), WXSIGN_STATUS_INVALID_URL);
    CHECK_EQUAL(wxsign_client_try_config(client, page, sizeof page - 1, &config, NULL), WXSIGN_STATUS_INVALID_URL);
    ticket = ticket_of(client);
    memcpy(longer, ticket, strlen(ticket));
    memcpy(longer + strlen(ticket), "\0evil", 5);
    CHECK_EQUAL(wxsign_client_invalidate(client, longer, strlen(ticket) + 5, &dropped, NULL), WXSIGN_STATUS_OK);
    CHECK(!dropped);
    wxsign_string_free(ticket);
    wxsign_client_free(client);
    sandbox_stop(&sandbox);
}

int main(int argc, char **argv)
{
    static const struct check_test tests[] = {
        {"a_refused_call_never_calls_back", a_refused_call_never_calls_back},
        {"a_wrong_token_reply_fails_the_waiting_calls", a_wrong_token_reply_fails_the_waiting_calls},
        {"no_option_with_a_nul_inside_is_cut_there", no_option_with_a_nul_inside_is_cut_there},
        {"no_argument_with_a_nul_inside_is_cut_there", no_argument_with_a_nul_inside_is_cut_there},
    };
    return check_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
