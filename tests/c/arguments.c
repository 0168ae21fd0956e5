/* Every parameter of every function: NULL, impossible lengths, bytes that are not UTF-8, NUL inside. */
#include "fixture.h"

#include <stdint.h>
#include <stdio.h>

#define BAD WXSIGN_STATUS_INVALID_ARGUMENT

static wxsign_options *options;
static wxsign_client *client;
static wxsign_config config;
static char *string;
static bool dropped;
static char signature[WXSIGN_SIGNATURE_SIZE];

/* A call with one text and everything else right. */
typedef wxsign_status (*with_text)(const char *text, size_t len, wxsign_error **error);

static void refuses(with_text call, const char *name)
{
    static const struct {
        const char *text;
        size_t len;
    } wrong[] = {{NULL, 0},           {NULL, 1},       {"\xff", 1}, {"a\xc3", 2}, {"\xed\xa0\x80", 3}, {"\xc0\x80", 2},
                 {"\xf5\x80\x80", 3}, {"x", SIZE_MAX}, {"x", SIZE_MAX / 2 + 1}};
    size_t i;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        wxsign_error *error = NULL;
        CHECK_EQUAL(call(wrong[i].text, wrong[i].len, &error), BAD);
        CHECK_EQUAL(wxsign_error_code(error), BAD);
        CHECK(strncmp(wxsign_error_message(error), name, strlen(name)) == 0);
        CHECK(strlen(wxsign_error_hint(error)) > 5);
        wxsign_error_free(error);
        CHECK_EQUAL(call(wrong[i].text, wrong[i].len, NULL), BAD);
    }
}

static wxsign_status sign_ticket(const char *text, size_t len, wxsign_error **error)
{
    return wxsign_sign(text, len, "n", 1, 1, "u", 1, signature, error);
}

static wxsign_status sign_nonce(const char *text, size_t len, wxsign_error **error)
{
    return wxsign_sign("t", 1, text, len, 1, "u", 1, signature, error);
}

static wxsign_status sign_url(const char *text, size_t len, wxsign_error **error)
{
    return wxsign_sign("t", 1, "n", 1, 1, text, len, signature, error);
}

static void sign(void)
{
    char other[WXSIGN_SIGNATURE_SIZE];
    refuses(sign_ticket, "ticket");
    refuses(sign_nonce, "nonce");
    refuses(sign_url, "url");
    CHECK_EQUAL(wxsign_sign("t", 1, "n", 1, 1, "u", 1, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_nonce(NULL, NULL), BAD);
    /* NUL is data, an empty text is a text, and only the length ends one. */
    CHECK_EQUAL(wxsign_sign("t\0x", 3, "", 0, 1, "u", 1, signature, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_sign("t\0y", 3, "", 0, 1, "u", 1, other, NULL), WXSIGN_STATUS_OK);
    CHECK(strcmp(signature, other) != 0);
    CHECK_EQUAL(wxsign_sign("t", 1, "n", 1, UINT64_MAX, "uuu", 1, signature, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_sign("t", 1, "n", 1, UINT64_MAX, "u#u", 3, other, NULL), WXSIGN_STATUS_OK);
    CHECK_TEXT(signature, other);
}

static char *report;

static wxsign_status explain_evidence(const char *text, size_t len, wxsign_error **error)
{
    return wxsign_explain(text, len, &report, NULL, error);
}

/* The mistake is proven; neither the ticket nor the signature is in the report. */
static void explain(void)
{
    size_t len = 0;
    static const char evidence[] =
        "{\"url\":\"http://mp.weixin.qq.com?params=value#x\",\"nonceStr\":\"Wm3WZYTPz0wzccnW\",\"timestamp\":1414587457,"
        "\"ticket\":\"sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg\","
        "\"signature\":\"49e882ed1d77a029e6dc50a36da02d15d228293e\"}";
    refuses(explain_evidence, "evidence");
    CHECK_EQUAL(wxsign_explain(TEXT("{}"), NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_explain(TEXT("[]"), &report, &len, NULL), BAD);
    CHECK(report == NULL && len == 0);
    CHECK_EQUAL(wxsign_explain(TEXT(evidence), &report, &len, NULL), WXSIGN_STATUS_OK);
    CHECK(report != NULL && strlen(report) == len);
    CHECK(strstr(report, "\"code\":\"fragment_kept\",\"certainty\":\"proven\"") != NULL);
    CHECK(strstr(report, "sM4AOV") == NULL && strstr(report, "49e882ed") == NULL);
    wxsign_string_free(report);
}

#define SETTER(function)                                                                      \
    static wxsign_status function##_(const char *text, size_t len, wxsign_error **error)      \
    {                                                                                         \
        CHECK_EQUAL(wxsign_options_##function(NULL, text, len, NULL), BAD);                   \
        return wxsign_options_##function(options, text, len, error);                          \
    }

SETTER(set_app_id)
SETTER(set_app_secret)
SETTER(add_base_url)
SETTER(set_access_token)
SETTER(set_ticket)
SETTER(set_store_dir)
SETTER(set_store_redis)
SETTER(add_allowed_host)
SETTER(set_proxy)
SETTER(set_ca_file)

static void no_token(void *context, const char *rejected, size_t rejected_len, wxsign_token_reply *reply)
{
    (void)context, (void)rejected, (void)rejected_len, (void)reply;
}

static void no_ticket(void *context, const char *kind, const char *rejected, size_t rejected_len,
                      wxsign_ticket_reply *reply)
{
    (void)context, (void)kind, (void)rejected, (void)rejected_len, (void)reply;
}

static wxsign_status corp_id_(const char *text, size_t len, wxsign_error **error)
{
    CHECK_EQUAL(wxsign_options_set_corp(NULL, text, len, "1", 1, NULL), BAD);
    return wxsign_options_set_corp(options, text, len, "1", 1, error);
}

static wxsign_status agent_id_(const char *text, size_t len, wxsign_error **error)
{
    return wxsign_options_set_corp(options, "w", 1, text, len, error);
}

static void no_event(void *context, const wxsign_event *event)
{
    (void)context, (void)event;
}

static void setters(void)
{
    options = wxsign_options_new();
    refuses(set_app_id_, "app_id");
    refuses(set_app_secret_, "app_secret");
    refuses(add_base_url_, "url");
    refuses(set_access_token_, "token");
    refuses(set_ticket_, "ticket");
    refuses(corp_id_, "corp_id");
    refuses(agent_id_, "agent_id");
    CHECK_EQUAL(wxsign_options_set_ticket_function(NULL, no_ticket, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_ticket_function(options, NULL, NULL, NULL, NULL), BAD);
    refuses(set_store_dir_, "dir");
    refuses(set_store_redis_, "url");
    refuses(add_allowed_host_, "host");
    refuses(set_proxy_, "url");
    refuses(set_ca_file_, "file");
    CHECK_EQUAL(wxsign_options_set_store_dir(options, "a\0b", 3, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_ca_file(options, "a\0b", 3, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_token_api(NULL, 0, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_token_api(options, 2, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_token_api(options, UINT32_MAX, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_store_memory(NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_timeout_ms(NULL, 1, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_access_token_function(NULL, no_token, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_access_token_function(options, NULL, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_event_listener(NULL, no_event, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_event_listener(options, NULL, NULL, NULL, NULL), BAD);
    wxsign_options_free(options);
    wxsign_options_free(NULL);
}

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
    size_t len = 7;
    client = (wxsign_client *)&client;
    CHECK_EQUAL(wxsign_client_new(NULL, &client, NULL), BAD);
    CHECK(client == NULL);
    options = sandbox_options(&unreachable);
    CHECK_EQUAL(wxsign_client_new(options, NULL, NULL), BAD);
    client = make_client(options);
    config = begun;
    refuses(config_url, "url");
    refuses(try_config_url, "url");
    refuses(config_if_fresh_url, "url");
    refuses(agent_config_url, "url");
    refuses(try_agent_config_url, "url");
    CHECK_EQUAL(wxsign_client_invoice_config(NULL, 0, &config, NULL), BAD);
    CHECK_EQUAL(wxsign_client_invoice_config(client, 0, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_try_invoice_config(NULL, &config, NULL), BAD);
    CHECK_EQUAL(wxsign_client_try_invoice_config(client, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_agent_config_async(NULL, TEXT(PAGE), 0, never, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_agent_config_async(client, NULL, 0, 0, never, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_agent_config_async(client, TEXT(PAGE), 0, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_invoice_config_async(NULL, 0, never, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_client_invoice_config_async(client, 0, NULL, NULL, NULL), BAD);
    refuses(new_ticket, "ticket");
    refuses(new_token, "token");
    refuses(old_value, "value");
    refuses(client_evidence, "evidence");
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

    string = signature;
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
    {
        const char *values = "v";
        const size_t lens = 1;
        CHECK_EQUAL(wxsign_card_sign(&values, &lens, 1, NULL, NULL), BAD);
    }
    wxsign_client_free(client);
    wxsign_client_free(NULL);
    wxsign_string_free(NULL);
}

static void accessors_take_null(void)
{
    CHECK_EQUAL(wxsign_error_code(NULL), WXSIGN_STATUS_OK);
    CHECK_TEXT(wxsign_error_name(NULL), "OK");
    CHECK_TEXT(wxsign_error_message(NULL), "");
    CHECK_TEXT(wxsign_error_hint(NULL), "");
    CHECK_TEXT(wxsign_error_hint_zh(NULL), "");
    CHECK(wxsign_error_rid(NULL) == NULL && wxsign_error_ip(NULL) == NULL && wxsign_error_cause(NULL) == NULL);
    CHECK(wxsign_error_errcode(NULL) == 0 && wxsign_error_retry_at_ms(NULL) == 0 && !wxsign_error_retryable(NULL));
    CHECK(wxsign_error_clone(NULL) == NULL);
    CHECK(wxsign_error_reason(NULL) == NULL && wxsign_error_subject(NULL) == NULL);
    CHECK(wxsign_error_subject_kind(NULL) == NULL);
    CHECK_TEXT(wxsign_error_docs_url(NULL), "");
    CHECK_TEXT(wxsign_error_public_json(NULL), "{}");
    CHECK_EQUAL(wxsign_error_http_status(NULL), 200);
    CHECK(wxsign_error_retry_after_seconds(NULL) == 0 && wxsign_error_recorded_at_ms(NULL) == 0);
    wxsign_error_free(NULL);
    CHECK_TEXT(wxsign_event_name(NULL), "");
    CHECK(wxsign_event_credential(NULL) == NULL && wxsign_event_source(NULL) == NULL);
    CHECK(wxsign_event_error(NULL) == NULL && wxsign_event_reason(NULL) == NULL);
    CHECK_EQUAL(wxsign_event_remaining_ms(NULL), 0);
}

/* What an error says beside its code, and as JSON with each language's option names. */
static void errors_name_what_failed(void)
{
    wxsign_options *options = wxsign_options_new();
    wxsign_client *client = NULL;
    wxsign_error *error = NULL, *other = NULL;
    char *json = NULL;
    size_t len = 0;
    CHECK_EQUAL(wxsign_options_set_app_id(options, TEXT("wx1"), NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_options_set_app_secret(options, "\xff", 1, &error), BAD);
    CHECK_TEXT(wxsign_error_subject(error), "app_secret");
    CHECK_TEXT(wxsign_error_subject_kind(error), "parameter");
    CHECK_EQUAL(wxsign_error_http_status(error), 400);
    CHECK_EQUAL(wxsign_error_retry_after_seconds(error), 0);
    CHECK(strstr(wxsign_error_docs_url(error), "INVALID_ARGUMENT") || strstr(wxsign_error_docs_url(error), "invalid"));
    CHECK(strncmp(wxsign_error_public_json(error), "{\"code\":\"INVALID_ARGUMENT\",\"message\":\"", 38) == 0);
    CHECK(strstr(wxsign_error_public_json(error), "app_secret") == NULL);
    CHECK_EQUAL(wxsign_error_json(error, WXSIGN_NAMES_C, &json, &len, NULL), WXSIGN_STATUS_OK);
    CHECK(json != NULL && strlen(json) == len && strstr(json, "\"parameter\":\"app_secret\"") != NULL);
    wxsign_string_free(json);
    CHECK_EQUAL(wxsign_error_json(error, 2, &json, NULL, &other), BAD);
    CHECK(json == NULL);
    wxsign_error_free(other);
    other = NULL;
    CHECK_EQUAL(wxsign_error_json(NULL, 0, &json, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_error_json(error, 0, NULL, NULL, NULL), BAD);
    wxsign_error_free(error);

    /* Messages and hints name options as the binding does. */
    CHECK_EQUAL(wxsign_options_set_app_secret(options, TEXT("s"), NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_options_add_allowed_host(options, TEXT("example.com"), NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_options_set_store_memory(options, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_client_new(options, &client, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_client_config(client, TEXT("https://a.example.org/"), 0, &config, &error),
                WXSIGN_STATUS_HOST_NOT_ALLOWED);
    CHECK_EQUAL(wxsign_error_http_status(error), 403);
    CHECK(strstr(wxsign_error_hint(error), "wxsign_options_add_allowed_host") != NULL);
    CHECK_EQUAL(wxsign_error_json(error, WXSIGN_NAMES_GO, &json, NULL, NULL), WXSIGN_STATUS_OK);
    CHECK(strstr(json, "WithAllowedHosts") != NULL && strstr(json, "wxsign_options") == NULL);
    wxsign_string_free(json);
    wxsign_error_free(error);
    wxsign_client_free(client);
    wxsign_options_free(options);
}

static void a_binding_makes_errors(void)
{
    wxsign_error *error = wxsign_error_new(WXSIGN_STATUS_ABORTED, TEXT("the caller left"));
    CHECK_EQUAL(wxsign_error_code(error), WXSIGN_STATUS_ABORTED);
    CHECK_TEXT(wxsign_error_message(error), "the caller left");
    CHECK_EQUAL(wxsign_error_http_status(error), 503);
    CHECK(strlen(wxsign_error_hint(error)) > 10);
    wxsign_error_free(error);
    CHECK(wxsign_error_new(WXSIGN_STATUS_OK, TEXT("x")) == NULL && wxsign_error_new(99, TEXT("x")) == NULL);
    CHECK(wxsign_error_new(WXSIGN_STATUS_STORE, NULL, 0) == NULL && wxsign_error_new(1, "\xff", 1) == NULL);
    CHECK(wxsign_error_new(1, "x", SIZE_MAX) == NULL);
}

static wxsign_status from_query(const char *text, size_t len, wxsign_error **error)
{
    return wxsign_url_from_query(text, len, &string, NULL, error);
}

static void queries(void)
{
    size_t len = 0;
    refuses(from_query, "query");
    CHECK_EQUAL(wxsign_url_from_query(TEXT("a=1&url=https%3A%2F%2Fa.cn%2F%3Fb%3Dc"), &string, &len, NULL), WXSIGN_STATUS_OK);
    CHECK_TEXT(string, "https://a.cn/?b=c");
    CHECK_EQUAL(len, strlen(string));
    wxsign_string_free(string);
    CHECK_EQUAL(wxsign_url_from_query(TEXT("a=1"), &string, &len, NULL), BAD);
    CHECK(string == NULL && len == 0);
    CHECK_EQUAL(wxsign_url_from_query(TEXT("url=https://a.cn/?a=1&b=2"), &string, NULL, NULL), WXSIGN_STATUS_INVALID_URL);
    CHECK_EQUAL(wxsign_url_from_query(TEXT("url=u"), NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_allow_http(NULL, NULL), BAD);
}

static void versions(void)
{
    char text[64];
    CHECK_TEXT(wxsign_version(), WXSIGN_VERSION);
    snprintf(text, sizeof text, "%d.%d.%d", WXSIGN_VERSION_MAJOR, WXSIGN_VERSION_MINOR, WXSIGN_VERSION_PATCH);
    CHECK_TEXT(text, WXSIGN_VERSION);
    CHECK_EQUAL(wxsign_abi_version(), WXSIGN_ABI_VERSION);
    wxsign_abi_1();
    CHECK_TEXT(wxsign_status_name(WXSIGN_STATUS_OK), "OK");
    CHECK_TEXT(wxsign_status_name(WXSIGN_STATUS_INTERNAL), "INTERNAL");
    CHECK_TEXT(wxsign_status_name(20), "UNKNOWN");
    CHECK_TEXT(wxsign_status_name(UINT32_MAX), "UNKNOWN");
}

int main(int argc, char **argv)
{
    static const struct check_test tests[] = {
        {"sign", sign},
        {"explain", explain},         {"setters", setters},
        {"clients", clients},   {"accessors_take_null", accessors_take_null},
        {"errors_name_what_failed", errors_name_what_failed},
        {"a_binding_makes_errors", a_binding_makes_errors},
        {"queries", queries},
        {"versions", versions},
    };
    return check_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
