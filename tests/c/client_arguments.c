/* Every parameter of the functions of a client: NULL, impossible lengths, bytes that are not UTF-8,
 * too small a struct. arguments.c has the others. */
#include "fixture.h"

#define BAD WXSIGN_STATUS_INVALID_ARGUMENT

static wxsign_client *client;
static wxsign_config config;
static char *string, *report;
static bool dropped;

static wxsign_status config_url(const char *text, size_t len, wxsign_error **error)
{
    CHECK_EQUAL(wxsign_client_config(NULL, text, len, 0, &config, NULL), BAD);
    CHECK_EQUAL(wxsign_client_config(client, text, len, 0, NULL, NULL), BAD);
    return wxsign_client_config(client, text, len, 0, &config, error);
}

static wxsign_status try_config_url(const char *text, size_t len, wxsign_error **error)
{
    CHECK_EQUAL(wxsign_client_try_config(NULL, text, len, &config, NULL), BAD);
    CHECK_EQUAL(wxsign_client_try_config(client, text, len, NULL, NULL), BAD);
    return wxsign_client_try_config(client, text, len, &config, error);
}

static wxsign_status config_if_fresh_url(const char *text, size_t len, wxsign_error **error)
{
    CHECK_EQUAL(wxsign_client_config_if_fresh(NULL, text, len, &config, NULL), BAD);
    CHECK_EQUAL(wxsign_client_config_if_fresh(client, text, len, NULL, NULL), BAD);
    return wxsign_client_config_if_fresh(client, text, len, &config, error);
}

static wxsign_status agent_config_url(const char *text, size_t len, wxsign_error **error)
{
    CHECK_EQUAL(wxsign_client_agent_config(NULL, text, len, 0, &config, NULL), BAD);
    CHECK_EQUAL(wxsign_client_agent_config(client, text, len, 0, NULL, NULL), BAD);
    return wxsign_client_agent_config(client, text, len, 0, &config, error);
}

static wxsign_status try_agent_config_url(const char *text, size_t len, wxsign_error **error)
{
    CHECK_EQUAL(wxsign_client_try_agent_config(NULL, text, len, &config, NULL), BAD);
    CHECK_EQUAL(wxsign_client_try_agent_config(client, text, len, NULL, NULL), BAD);
    return wxsign_client_try_agent_config(client, text, len, &config, error);
}

static wxsign_status new_ticket(const char *text, size_t len, wxsign_error **error)
{
    CHECK_EQUAL(wxsign_client_set_ticket(NULL, text, len, NULL), BAD);
    return wxsign_client_set_ticket(client, text, len, error);
}

static wxsign_status new_token(const char *text, size_t len, wxsign_error **error)
{
    CHECK_EQUAL(wxsign_client_set_access_token(NULL, text, len, NULL), BAD);
    return wxsign_client_set_access_token(client, text, len, error);
}

static wxsign_status old_value(const char *text, size_t len, wxsign_error **error)
{
    CHECK_EQUAL(wxsign_client_invalidate(NULL, text, len, &dropped, NULL), BAD);
    CHECK_EQUAL(wxsign_client_invalidate(client, text, len, NULL, NULL), BAD);
    return wxsign_client_invalidate(client, text, len, &dropped, error);
}

static wxsign_status client_evidence(const char *text, size_t len, wxsign_error **error)
{
    CHECK_EQUAL(wxsign_client_explain(NULL, text, len, &report, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_explain(client, text, len, NULL, NULL, NULL), BAD);
    return wxsign_client_explain(client, text, len, &report, NULL, error);
}

static void never(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    (void)context, (void)status, (void)config, (void)error;
    CHECK(0);
}

static void clients(void)
{
    static const wxsign_config begun = WXSIGN_CONFIG_INIT;
    struct sandbox unreachable = no_sandbox();
    wxsign_options *options;
    char other;
    size_t len = 7;
    client = (wxsign_client *)&client;
    CHECK_EQUAL(wxsign_client_new(NULL, &client, NULL), BAD);
    CHECK(client == NULL);
    options = sandbox_options(&unreachable);
    CHECK_EQUAL(wxsign_client_new(options, NULL, NULL), BAD);
    client = make_client(options);
    config = begun;
    refuses_wrong_texts(config_url, "url");
    refuses_wrong_texts(try_config_url, "url");
    refuses_wrong_texts(config_if_fresh_url, "url");
    refuses_wrong_texts(agent_config_url, "url");
    refuses_wrong_texts(try_agent_config_url, "url");
    CHECK_EQUAL(wxsign_client_invoice_config(NULL, 0, &config, NULL), BAD);
    CHECK_EQUAL(wxsign_client_invoice_config(client, 0, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_try_invoice_config(NULL, &config, NULL), BAD);
    CHECK_EQUAL(wxsign_client_try_invoice_config(client, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_agent_config_async(NULL, TEXT(PAGE), 0, never, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_agent_config_async(client, NULL, 0, 0, never, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_agent_config_async(client, TEXT(PAGE), 0, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_invoice_config_async(NULL, 0, never, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_invoice_config_async(client, 0, NULL, NULL, NULL), BAD);
    refuses_wrong_texts(new_ticket, "ticket");
    refuses_wrong_texts(new_token, "token");
    refuses_wrong_texts(old_value, "value");
    refuses_wrong_texts(client_evidence, "evidence");
    config.struct_size = 0;
    CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), 1, &config, NULL), BAD);
    config.struct_size = sizeof config - 1;
    CHECK_EQUAL(wxsign_client_try_config(client, TEXT(PAGE), &config, NULL), BAD);
    CHECK_EQUAL(wxsign_client_config_if_fresh(client, TEXT(PAGE), &config, NULL), BAD);
    CHECK_EQUAL(wxsign_client_agent_config(client, TEXT(PAGE), 0, &config, NULL), BAD);
    CHECK_EQUAL(wxsign_client_try_invoice_config(client, &config, NULL), BAD);
    /* A later version's program, with a longer struct, gets past this check. */
    config.struct_size = sizeof config + 8;
    CHECK_EQUAL(wxsign_client_try_config(client, TEXT(PAGE), &config, NULL), WXSIGN_STATUS_NOT_READY);

    string = &other;
    CHECK_EQUAL(wxsign_client_ticket(NULL, 0, &string, &len, NULL), BAD);
    CHECK(string == NULL && len == 0);
    CHECK_EQUAL(wxsign_client_ticket(client, 0, NULL, &len, NULL), BAD);
    CHECK_EQUAL(wxsign_client_try_ticket(NULL, &string, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_try_ticket(client, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_access_token(NULL, 0, &string, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_access_token(client, 0, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_try_access_token(NULL, &string, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_try_access_token(client, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_state(NULL, &string, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_state(client, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_close(NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_token_reply_send(NULL, "t", 1, NULL), BAD);
    CHECK_EQUAL(wxsign_token_reply_fail(NULL, "t", 1, NULL), BAD);
    CHECK_EQUAL(wxsign_ticket_reply_send(NULL, "t", 1, 0, NULL), BAD);
    CHECK_EQUAL(wxsign_ticket_reply_fail(NULL, "t", 1, NULL), BAD);
    wxsign_client_free(client);
    wxsign_client_free(NULL);
    wxsign_string_free(NULL);
}

int main(int argc, char **argv)
{
    static const struct check_test tests[] = {
        {"clients", clients},
    };
    return check_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
