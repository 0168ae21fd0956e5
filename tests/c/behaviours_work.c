/* Behaviours: 企业微信, invoices, and tickets that the program brings. */
#include "behaviours.h"
#include "fixture.h"

#include <stdio.h>

#define CORP_ID "ww5823bf96d3bd56c7"
#define AGENT_ID "1000002"
#define AGENT_SECRET "0123456789abcdef0123456789abcdef-agent10002"

static wxsign_options *corp_options(const struct sandbox *sandbox, const char *secret)
{
    wxsign_options *options = wxsign_options_new();
    CHECK_EQUAL(wxsign_options_set_corp(options, TEXT(CORP_ID), TEXT(AGENT_ID), NULL), WXSIGN_STATUS_OK);
    wxsign_options_set_app_secret(options, TEXT(secret), NULL);
    wxsign_options_add_base_url(options, TEXT(sandbox->url), NULL);
    wxsign_options_set_store_memory(options, NULL);
    return options;
}

/* What the sandbox says of what a page passes to a call of the SDK; `more` are the call's own
 * fields. */
static int passes(const struct sandbox *sandbox, const wxsign_config *config, const char *field, const char *more)
{
    char body[1024];
    char *answer;
    int right;
    snprintf(body, sizeof body, "{\"timestamp\":%llu,\"nonceStr\":\"%s\",\"%s\":\"%s\",%s}",
             (unsigned long long)config->timestamp, config->nonce, field, config->signature, more);
    answer = sandbox_ask(sandbox, "/verify", body);
    right = strstr(answer, "\"ok\":true") != NULL;
    if (!right)
        puts(answer);
    free(answer);
    return right;
}

#define OF_CORP "\"url\":\"" PAGE "\",\"appId\":\"" CORP_ID "\""
#define OF_AGENT "\"url\":\"" PAGE "\",\"corpid\":\"" CORP_ID "\",\"agentid\":\"" AGENT_ID "\""

/* What a callback got. */
struct got {
    wxsign_config config;
    wxsign_status status;
    int calls;
};

static void take(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error)
{
    struct got *got = context;
    CHECK((config != NULL) == (status == WXSIGN_STATUS_OK) && (error == NULL) == (status == WXSIGN_STATUS_OK));
    if (config != NULL)
        got->config = *config;
    got->status = status;
    got->calls++;
}

BEHAVIOUR(corp_config)
{
    struct got got;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_error *error = NULL;
    int i;
    sandbox_start(&sandbox);
    client = make_client(corp_options(&sandbox, AGENT_SECRET));
    CHECK_EQUAL(wxsign_client_try_agent_config(NULL, TEXT(PAGE), &config, NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    for (i = 0; i < 3; i++) {
        CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
        CHECK(passes(&sandbox, &config, "signature", OF_CORP));
        CHECK_EQUAL(wxsign_client_agent_config(client, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
        CHECK(passes(&sandbox, &config, "signature", OF_AGENT));
    }
    CHECK_EQUAL(wxsign_client_try_agent_config(client, TEXT(PAGE "#top"), &config, NULL), WXSIGN_STATUS_OK);
    CHECK(passes(&sandbox, &config, "signature", OF_AGENT));
    memset(&got, 0, sizeof got);
    CHECK_EQUAL(wxsign_client_agent_config_async(client, TEXT(PAGE), 0, take, &got, NULL), WXSIGN_STATUS_OK);
    /* There is nothing to wait for, so the callback has been called. */
    CHECK_EQUAL(got.calls, 1);
    CHECK(passes(&sandbox, &got.config, "signature", OF_AGENT));
    CHECK_EQUAL(sandbox_count(&sandbox, "gettoken"), 1);
    CHECK_EQUAL(sandbox_count(&sandbox, "get_jsapi_ticket"), 1);
    CHECK_EQUAL(sandbox_count(&sandbox, "ticket_get"), 1);
    wxsign_client_free(client);

    /* A 公众号 has no app. */
    client = sandbox_client(&sandbox);
    CHECK_EQUAL(wxsign_client_agent_config(client, TEXT(PAGE), 0, &config, &error), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK_TEXT(wxsign_error_subject(error), "wxsign_options_set_corp(agent_id)");
    wxsign_error_free(error);
    teardown();
}

BEHAVIOUR(invoice_config)
{
    struct got got;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    setup(NULL);
    CHECK_EQUAL(wxsign_client_invoice_config(client, 0, &config, NULL), WXSIGN_STATUS_OK);
    CHECK(passes(&sandbox, &config, "cardSign", "\"appId\":\"" SANDBOX_APP_ID "\""));
    CHECK_EQUAL(wxsign_client_try_invoice_config(client, &config, NULL), WXSIGN_STATUS_OK);
    CHECK(passes(&sandbox, &config, "cardSign", "\"appId\":\"" SANDBOX_APP_ID "\""));
    wxsign_client_free(client);
    client = make_client(corp_options(&sandbox, AGENT_SECRET));
    sandbox_post(&sandbox, "fault", "{\"endpoint\":\"any\",\"kind\":\"delay\",\"ms\":100}");
    CHECK_EQUAL(wxsign_client_try_invoice_config(client, &config, NULL), WXSIGN_STATUS_NOT_READY);
    CHECK_EQUAL(wxsign_client_invoice_config(client, 0, &config, NULL), WXSIGN_STATUS_OK);
    memset(&got, 0, sizeof got);
    CHECK_EQUAL(wxsign_client_invoice_config_async(client, 0, take, &got, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(got.calls, 1);
    CHECK(passes(&sandbox, &got.config, "cardSign", "\"appId\":\"" CORP_ID "\""));
    teardown();
}

BEHAVIOUR(card_vectors)
{
    const char *values[] = {"jonyqin_1434008071", "1404896688", "pjZ8Yt1XGILfi-FUsewpnnolGgZk",
                            "ojZ8YtyVyr30HheH3CM73y7h4jJE ", "jonyqin", ""};
    size_t lens[6], i;
    char signature[WXSIGN_SIGNATURE_SIZE];
    for (i = 0; i < 6; i++)
        lens[i] = strlen(values[i]);
    CHECK_EQUAL(wxsign_card_sign(values, lens, 6, signature, NULL), WXSIGN_STATUS_OK);
    CHECK_TEXT(signature, "6b81fbf6af16e856334153b39737556063c82689");
    lens[3]--; /* without the space */
    CHECK_EQUAL(wxsign_card_sign(values, lens, 5, signature, NULL), WXSIGN_STATUS_OK);
    CHECK_TEXT(signature, "2b4d29b5f60fa4be37522ddfd9583c329446d3e3");
    CHECK_EQUAL(wxsign_card_sign(values, lens, 0, signature, NULL), WXSIGN_STATUS_OK);
    CHECK_TEXT(signature, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

BEHAVIOUR(corp_errors)
{
    wxsign_error *error;
    sandbox_start(&sandbox);
    client = make_client(corp_options(&sandbox, SANDBOX_SECRET));
    error = config_fails(client, 0, WXSIGN_STATUS_CREDENTIAL_REJECTED);
    CHECK_EQUAL(wxsign_error_errcode(error), 40001);
    CHECK(wxsign_error_rid(error) != NULL);
    wxsign_error_free(error);
    wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_CREDENTIAL_REJECTED));
    CHECK_EQUAL(sandbox_count(&sandbox, "gettoken"), 1);
    wxsign_client_free(client);

    sandbox_post(&sandbox, "reset", "{}");
    sandbox_post(&sandbox, "settings", "{\"trusted_ip\":false}");
    client = make_client(corp_options(&sandbox, AGENT_SECRET));
    error = config_fails(client, 0, WXSIGN_STATUS_IP_NOT_ALLOWED);
    CHECK_EQUAL(wxsign_error_errcode(error), 60020);
    CHECK(wxsign_error_ip(error) != NULL && wxsign_error_rid(error) != NULL);
    CHECK(strstr(wxsign_error_hint_zh(error), "企业可信IP") != NULL);
    wxsign_error_free(error);
    /* It says nothing about the token. */
    wxsign_string_free(token_of(client));
    CHECK_EQUAL(sandbox_count(&sandbox, "gettoken"), 1);
    teardown();
}

static wxsign_options *own_options(void)
{
    wxsign_options *options = wxsign_options_new();
    wxsign_options_set_app_id(options, TEXT(SANDBOX_APP_ID), NULL);
    return options;
}

static void signed_with(const char *ticket, const wxsign_config *config)
{
    char signature[WXSIGN_SIGNATURE_SIZE];
    CHECK_EQUAL(wxsign_sign(TEXT(ticket), TEXT(config->nonce), config->timestamp, TEXT(PAGE), signature, NULL),
                WXSIGN_STATUS_OK);
    CHECK_TEXT(config->signature, signature);
}

BEHAVIOUR(own_ticket)
{
    wxsign_options *options = own_options();
    wxsign_client *client;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_error *error = NULL;
    char *token, *state;
    CHECK_EQUAL(wxsign_options_set_ticket(options, TEXT("FIRST"), NULL), WXSIGN_STATUS_OK);
    client = make_client(options);
    CHECK_EQUAL(wxsign_client_try_config(client, TEXT(PAGE), &config, NULL), WXSIGN_STATUS_OK);
    signed_with("FIRST", &config);
    CHECK_EQUAL(wxsign_client_set_ticket(client, TEXT("SECOND"), NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
    signed_with("SECOND", &config);
    CHECK_EQUAL(wxsign_client_set_ticket(client, TEXT("two words"), NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK_EQUAL(wxsign_client_access_token(client, 0, &token, NULL, NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK_EQUAL(wxsign_client_invoice_config(client, 0, &config, &error), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK_TEXT(wxsign_error_subject(error), "wxsign_options_set_ticket");
    wxsign_error_free(error);
    CHECK_EQUAL(wxsign_client_state(client, &state, NULL, NULL), WXSIGN_STATUS_OK);
    CHECK(strstr(state, "\"source\":\"caller\"") != NULL && json_number(state, "requests") == 0);
    wxsign_string_free(state);
    wxsign_client_free(client);

    /* Not cut at a NUL. */
    options = own_options();
    CHECK_EQUAL(wxsign_options_set_ticket(options, "t\0evil", 6, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_client_new(options, &client, NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    wxsign_options_free(options);

    options = own_options();
    wxsign_options_set_ticket(options, TEXT("t"), NULL);
    wxsign_options_set_app_secret(options, TEXT("s"), NULL);
    CHECK_EQUAL(wxsign_client_new(options, &client, NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    wxsign_options_free(options);
}

/* What a ticket function has seen. */
struct asked {
    char log[256];
    int freed, says_no;
};

static void give_ticket(void *context, const char *kind, const char *rejected, size_t rejected_len,
                        wxsign_ticket_reply *reply)
{
    struct asked *asked = context;
    char ticket[64];
    CHECK(rejected == NULL || strlen(rejected) == rejected_len);
    strncat(asked->log, kind, 32);
    strcat(asked->log, ">");
    strncat(asked->log, rejected ? rejected : "", 32);
    strcat(asked->log, ";");
    if (asked->says_no) {
        CHECK_EQUAL(wxsign_ticket_reply_fail(reply, TEXT("vault is closed"), NULL), WXSIGN_STATUS_OK);
        return;
    }
    snprintf(ticket, sizeof ticket, "MY-%s", kind);
    CHECK_EQUAL(wxsign_ticket_reply_send(reply, TEXT(ticket), 7200000, NULL), WXSIGN_STATUS_OK);
}

static void free_asked(void *context)
{
    ((struct asked *)context)->freed++;
}

BEHAVIOUR(own_ticket_function)
{
    struct asked asked;
    wxsign_options *options = wxsign_options_new();
    wxsign_client *client;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_error *error;
    bool dropped = false;
    int i;
    memset(&asked, 0, sizeof asked);
    wxsign_options_set_corp(options, TEXT(CORP_ID), TEXT(AGENT_ID), NULL);
    CHECK_EQUAL(wxsign_options_set_ticket_function(options, give_ticket, &asked, free_asked, NULL), WXSIGN_STATUS_OK);
    client = make_client(options);
    CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
    signed_with("MY-ticket", &config);
    CHECK_EQUAL(wxsign_client_agent_config(client, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
    signed_with("MY-agent_ticket", &config);
    CHECK_EQUAL(wxsign_client_invoice_config(client, 0, &config, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_client_invalidate(client, TEXT("MY-ticket"), &dropped, NULL), WXSIGN_STATUS_OK);
    CHECK(dropped);
    CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
    CHECK_TEXT(asked.log, "ticket>;agent_ticket>;card_ticket>;ticket>MY-ticket;");
    wxsign_client_free(client);
    for (i = 0; i < 200 && asked.freed == 0; i++)
        check_sleep_ms(5);
    CHECK_EQUAL(asked.freed, 1);

    memset(&asked, 0, sizeof asked);
    asked.says_no = 1;
    options = own_options();
    wxsign_options_set_ticket_function(options, give_ticket, &asked, NULL, NULL);
    client = make_client(options);
    error = config_fails(client, 0, WXSIGN_STATUS_NOT_READY);
    CHECK(strstr(wxsign_error_message(error), "vault is closed") != NULL);
    CHECK_TEXT(wxsign_error_reason(error), "FUNCTION");
    wxsign_error_free(error);
    wxsign_client_free(client);
}
