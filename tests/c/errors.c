/* What an error says: without one, of a wrong argument, of a binding, and of an earlier failure. */
#include "fixture.h"

#include <stdint.h>
#include <time.h>

#define BAD WXSIGN_STATUS_INVALID_ARGUMENT

static wxsign_config config = WXSIGN_CONFIG_INIT;

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

/* The second call makes no request: its error says when the first one's failure was recorded. */
static void a_failure_has_its_time(void)
{
    wxsign_options *options;
    wxsign_error *met, *recorded;
    int64_t age_ms;
    sandbox_start(&sandbox);
    options = sandbox_options(&sandbox);
    wxsign_options_set_app_secret(options, TEXT("00000000000000000000000000000000"), NULL);
    client = make_client(options);
    met = config_fails(client, 0, WXSIGN_STATUS_CREDENTIAL_REJECTED);
    CHECK_EQUAL(wxsign_error_recorded_at_ms(met), 0);
    recorded = config_fails(client, 0, WXSIGN_STATUS_CREDENTIAL_REJECTED);
    age_ms = (int64_t)time(NULL) * 1000 - wxsign_error_recorded_at_ms(recorded);
    CHECK(age_ms > -2000 && age_ms < 60000);
    CHECK_EQUAL(sandbox_count(&sandbox, "total"), 1);
    wxsign_error_free(met);
    wxsign_error_free(recorded);
    teardown();
}

CHECK_MAIN(TEST(accessors_take_null), TEST(errors_name_what_failed), TEST(a_binding_makes_errors),
           TEST(a_failure_has_its_time))
