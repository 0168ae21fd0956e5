/* Every parameter of the functions of a client: NULL, impossible lengths, bytes that are not UTF-8,
 * too small a struct. Functions of the same form stand in one table, so that the same checks hold
 * for each. arguments.c has the functions without a client. */
#include "fixture.h"

#define BAD WXSIGN_STATUS_INVALID_ARGUMENT
#define EACH(i, table) for (i = 0; i < sizeof(table) / sizeof *(table); i++)

static wxsign_config config = WXSIGN_CONFIG_INIT;
static char *string;
static bool dropped;

/* --- A client that knows no ticket, and reaches no service ------------------------------------ */

static void begin(void)
{
    struct sandbox unreachable = no_sandbox();
    client = make_client(sandbox_options(&unreachable));
}

static void end(void)
{
    wxsign_client_free(client);
    client = NULL;
}

static void making(void)
{
    struct sandbox unreachable = no_sandbox();
    wxsign_options *options = sandbox_options(&unreachable);
    client = (wxsign_client *)&client;
    CHECK_EQUAL(wxsign_client_new(NULL, &client, NULL), BAD);
    CHECK(client == NULL);
    CHECK_EQUAL(wxsign_client_new(options, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_close(NULL, NULL), BAD);
    wxsign_client_free(NULL);
    wxsign_string_free(NULL);
    wxsign_options_free(options);
}

/* --- Functions that fill a config ------------------------------------------------------------- */

typedef wxsign_status (*fills)(const wxsign_client *client, wxsign_config *config);

#define FILLS(name, ...)                                                             \
    static wxsign_status fills_##name(const wxsign_client *client, wxsign_config *config) \
    {                                                                                \
        return wxsign_client_##name(client, __VA_ARGS__, config, NULL);              \
    }
FILLS(config, TEXT(PAGE), 0)
FILLS(try_config, TEXT(PAGE))
FILLS(config_if_fresh, TEXT(PAGE))
FILLS(agent_config, TEXT(PAGE), 0)
FILLS(try_agent_config, TEXT(PAGE))
FILLS(invoice_config, 0)

static wxsign_status fills_try_invoice_config(const wxsign_client *client, wxsign_config *config)
{
    return wxsign_client_try_invoice_config(client, config, NULL);
}

static void configs(void)
{
    static const fills all[] = {fills_config,       fills_try_config,       fills_config_if_fresh,   fills_agent_config,
                                fills_try_agent_config, fills_invoice_config, fills_try_invoice_config};
    size_t i;
    begin();
    EACH(i, all) {
        wxsign_config small = WXSIGN_CONFIG_INIT;
        CHECK_EQUAL(all[i](NULL, &small), BAD);
        CHECK_EQUAL(all[i](client, NULL), BAD);
        small.struct_size = 0;
        CHECK_EQUAL(all[i](client, &small), BAD);
        small.struct_size = sizeof small - 1;
        CHECK_EQUAL(all[i](client, &small), BAD);
        CHECK_TEXT(small.signature, "");
    }
    /* A later version's program, with a longer struct, gets past this check. */
    config.struct_size = sizeof config + 8;
    CHECK_EQUAL(wxsign_client_try_config(client, TEXT(PAGE), &config, NULL), WXSIGN_STATUS_NOT_READY);
    config.struct_size = sizeof config;
    end();
}

/* --- Functions that return a text ------------------------------------------------------------- */

typedef wxsign_status (*returns)(const wxsign_client *client, char **string, size_t *len);

static wxsign_status ticket(const wxsign_client *client, char **string, size_t *len)
{
    return wxsign_client_ticket(client, 0, string, len, NULL);
}

static wxsign_status try_ticket(const wxsign_client *client, char **string, size_t *len)
{
    return wxsign_client_try_ticket(client, string, len, NULL);
}

static wxsign_status access_token(const wxsign_client *client, char **string, size_t *len)
{
    return wxsign_client_access_token(client, 0, string, len, NULL);
}

static wxsign_status try_access_token(const wxsign_client *client, char **string, size_t *len)
{
    return wxsign_client_try_access_token(client, string, len, NULL);
}

static wxsign_status state(const wxsign_client *client, char **string, size_t *len)
{
    return wxsign_client_state(client, string, len, NULL);
}

static wxsign_status explain(const wxsign_client *client, char **string, size_t *len)
{
    return wxsign_client_explain(client, TEXT("{}"), string, len, NULL);
}

static void strings(void)
{
    static const returns all[] = {ticket, try_ticket, access_token, try_access_token, state, explain};
    char other;
    size_t i;
    begin();
    EACH(i, all) {
        size_t len = 7;
        string = &other;
        CHECK_EQUAL(all[i](NULL, &string, &len), BAD);
        CHECK(string == NULL && len == 0);
        string = &other;
        CHECK_EQUAL(all[i](NULL, &string, NULL), BAD);
        CHECK(string == NULL);
        CHECK_EQUAL(all[i](client, NULL, &len), BAD);
        CHECK_EQUAL(all[i](client, NULL, NULL), BAD);
    }
    end();
}

/* --- Functions that call back ----------------------------------------------------------------- */

static void no_config(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    (void)context, (void)status, (void)config, (void)error;
    CHECK(0);
}

static void no_value(void *context, wxsign_status status, const char *value, size_t len, const wxsign_error *error)
{
    (void)context, (void)status, (void)value, (void)len, (void)error;
    CHECK(0);
}

/* A refused call does not call back. */
static void callbacks(void)
{
    begin();
    CHECK_EQUAL(wxsign_client_config_async(NULL, TEXT(PAGE), 0, no_config, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_config_async(client, TEXT(PAGE), 0, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_agent_config_async(NULL, TEXT(PAGE), 0, no_config, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_agent_config_async(client, TEXT(PAGE), 0, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_invoice_config_async(NULL, 0, no_config, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_invoice_config_async(client, 0, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_ticket_async(NULL, 0, no_value, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_ticket_async(client, 0, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_access_token_async(NULL, 0, no_value, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_access_token_async(client, 0, NULL, NULL, NULL), BAD);
    end();
}

/* --- Functions that take a text --------------------------------------------------------------- */

#define TAKES(name, ...)                                                                   \
    static wxsign_status takes_##name(const char *text, size_t len, wxsign_error **error) \
    {                                                                                      \
        CHECK_EQUAL(wxsign_client_##name(NULL, text, len, __VA_ARGS__, NULL), BAD);        \
        return wxsign_client_##name(client, text, len, __VA_ARGS__, error);                \
    }
TAKES(config, 0, &config)
TAKES(try_config, &config)
TAKES(config_if_fresh, &config)
TAKES(config_async, 0, no_config, NULL)
TAKES(agent_config, 0, &config)
TAKES(try_agent_config, &config)
TAKES(agent_config_async, 0, no_config, NULL)
TAKES(invalidate, &dropped)
TAKES(explain, &string, NULL)

static wxsign_status takes_set_ticket(const char *text, size_t len, wxsign_error **error)
{
    CHECK_EQUAL(wxsign_client_set_ticket(NULL, text, len, NULL), BAD);
    return wxsign_client_set_ticket(client, text, len, error);
}

static wxsign_status takes_set_access_token(const char *text, size_t len, wxsign_error **error)
{
    CHECK_EQUAL(wxsign_client_set_access_token(NULL, text, len, NULL), BAD);
    return wxsign_client_set_access_token(client, text, len, error);
}

static void texts(void)
{
    begin();
    refuses_wrong_texts(takes_config, "url");
    refuses_wrong_texts(takes_try_config, "url");
    refuses_wrong_texts(takes_config_if_fresh, "url");
    refuses_wrong_texts(takes_config_async, "url");
    refuses_wrong_texts(takes_agent_config, "url");
    refuses_wrong_texts(takes_try_agent_config, "url");
    refuses_wrong_texts(takes_agent_config_async, "url");
    refuses_wrong_texts(takes_set_ticket, "ticket");
    refuses_wrong_texts(takes_set_access_token, "token");
    refuses_wrong_texts(takes_invalidate, "value");
    refuses_wrong_texts(takes_explain, "evidence");
    CHECK_EQUAL(wxsign_client_invalidate(client, TEXT("v"), NULL, NULL), BAD);
    end();
}

static void replies(void)
{
    CHECK_EQUAL(wxsign_token_reply_send(NULL, "t", 1, NULL), BAD);
    CHECK_EQUAL(wxsign_token_reply_fail(NULL, "t", 1, NULL), BAD);
    CHECK_EQUAL(wxsign_ticket_reply_send(NULL, "t", 1, 1, NULL), BAD);
    CHECK_EQUAL(wxsign_ticket_reply_fail(NULL, "t", 1, NULL), BAD);
}

CHECK_MAIN(TEST(making), TEST(configs), TEST(strings), TEST(callbacks), TEST(texts), TEST(replies))
