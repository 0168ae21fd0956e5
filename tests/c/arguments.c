/* Every parameter of the functions without a client: NULL, impossible lengths, bytes that are not
 * UTF-8, NUL inside. client_arguments.c has the others. */
#include "fixture.h"

#include <stdint.h>
#include <stdio.h>

#define BAD WXSIGN_STATUS_INVALID_ARGUMENT

static wxsign_options *options;
static char *string;
static char signature[WXSIGN_SIGNATURE_SIZE];

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
    refuses_wrong_texts(sign_ticket, "ticket");
    refuses_wrong_texts(sign_nonce, "nonce");
    refuses_wrong_texts(sign_url, "url");
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

static const char *card_values[2];
static size_t card_lens[2];

static wxsign_status card_value(const char *text, size_t len, wxsign_error **error)
{
    card_values[1] = text;
    card_lens[1] = len;
    return wxsign_card_sign(card_values, card_lens, 2, signature, error);
}

static void card_sign(void)
{
    static const size_t counts[] = {SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX / sizeof(size_t) + 1};
    size_t i;
    card_values[0] = "v";
    card_lens[0] = 1;
    refuses_wrong_texts(card_value, "values");
    CHECK_EQUAL(wxsign_card_sign(NULL, card_lens, 1, signature, NULL), BAD);
    CHECK_EQUAL(wxsign_card_sign(card_values, NULL, 1, signature, NULL), BAD);
    CHECK_EQUAL(wxsign_card_sign(NULL, NULL, 0, signature, NULL), BAD);
    CHECK_EQUAL(wxsign_card_sign(card_values, card_lens, 1, NULL, NULL), BAD);
    for (i = 0; i < sizeof counts / sizeof *counts; i++)
        CHECK_EQUAL(wxsign_card_sign(card_values, card_lens, counts[i], signature, NULL), BAD);
    CHECK_EQUAL(wxsign_card_sign(card_values, card_lens, 0, signature, NULL), WXSIGN_STATUS_OK);
    CHECK_TEXT(signature, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
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
    refuses_wrong_texts(explain_evidence, "evidence");
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
SETTER(set_import_ticket_file)

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
    refuses_wrong_texts(set_app_id_, "app_id");
    refuses_wrong_texts(set_app_secret_, "app_secret");
    refuses_wrong_texts(add_base_url_, "url");
    refuses_wrong_texts(set_access_token_, "token");
    refuses_wrong_texts(set_ticket_, "ticket");
    refuses_wrong_texts(corp_id_, "corp_id");
    refuses_wrong_texts(agent_id_, "agent_id");
    CHECK_EQUAL(wxsign_options_set_ticket_function(NULL, no_ticket, NULL, NULL, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_ticket_function(options, NULL, NULL, NULL, NULL), BAD);
    refuses_wrong_texts(set_store_dir_, "dir");
    refuses_wrong_texts(set_store_redis_, "url");
    refuses_wrong_texts(add_allowed_host_, "host");
    refuses_wrong_texts(set_proxy_, "url");
    refuses_wrong_texts(set_ca_file_, "file");
    refuses_wrong_texts(set_import_ticket_file_, "file");
    CHECK_EQUAL(wxsign_options_set_store_dir(options, "a\0b", 3, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_ca_file(options, "a\0b", 3, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_import_ticket_file(options, "a\0b", 3, NULL), BAD);
    CHECK_EQUAL(wxsign_options_set_allow_http(NULL, NULL), BAD);
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

static wxsign_status from_query(const char *text, size_t len, wxsign_error **error)
{
    return wxsign_url_from_query(text, len, &string, NULL, error);
}

static void queries(void)
{
    size_t len = 0;
    refuses_wrong_texts(from_query, "query");
    CHECK_EQUAL(wxsign_url_from_query(TEXT("a=1&url=https%3A%2F%2Fa.cn%2F%3Fb%3Dc"), &string, &len, NULL), WXSIGN_STATUS_OK);
    CHECK_TEXT(string, "https://a.cn/?b=c");
    CHECK_EQUAL(len, strlen(string));
    wxsign_string_free(string);
    CHECK_EQUAL(wxsign_url_from_query(TEXT("a=1"), &string, &len, NULL), BAD);
    CHECK(string == NULL && len == 0);
    CHECK_EQUAL(wxsign_url_from_query(TEXT("url=https://a.cn/?a=1&b=2"), &string, NULL, NULL), WXSIGN_STATUS_INVALID_URL);
    CHECK_EQUAL(wxsign_url_from_query(TEXT("url=u"), NULL, NULL, NULL), BAD);
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

CHECK_MAIN(TEST(sign), TEST(card_sign), TEST(explain), TEST(setters), TEST(queries), TEST(versions))
