/* Behaviours: arguments that are refused. */
#include "behaviours.h"

#include "fixture.h"

#include <stdio.h>

/* Checks that these options make no client. */
static void refused(wxsign_options *options, const char *names)
{
    wxsign_client *client = (wxsign_client *)&client;
    wxsign_error *error = NULL;
    CHECK_EQUAL(wxsign_client_new(options, &client, &error), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK(client == NULL);
    if (strstr(wxsign_error_message(error), names) == NULL)
        CHECK_TEXT(wxsign_error_message(error), names);
    wxsign_error_free(error);
    wxsign_options_free(options);
}

BEHAVIOUR(invalid_arguments)
{
    struct sandbox none = no_sandbox();
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_options *options;
    wxsign_client *client;
    refused(wxsign_options_new(), "wxsign_options_set_app_secret");
    options = sandbox_options(&none);
    wxsign_options_set_app_id(options, TEXT(""), NULL);
    refused(options, "wxsign_options_set_app_id");
    options = sandbox_options(&none);
    wxsign_options_set_app_secret(options, TEXT(""), NULL);
    refused(options, "wxsign_options_set_app_secret");
    options = sandbox_options(&none);
    wxsign_options_set_access_token(options, TEXT("token"), NULL);
    refused(options, "wxsign_options_set_access_token");
    options = sandbox_options(&none);
    wxsign_options_set_timeout_ms(options, 0, NULL);
    refused(options, "timeout");
    options = sandbox_options(&none);
    wxsign_options_add_base_url(options, TEXT("http://example.com"), NULL);
    refused(options, "");
    options = sandbox_options(&none);
    wxsign_options_add_allowed_host(options, TEXT("exa mple.com"), NULL);
    refused(options, "");
    options = sandbox_options(&none);
    CHECK_EQUAL(wxsign_options_set_token_api(options, 2, NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK_EQUAL(wxsign_options_set_token_api(options, WXSIGN_TOKEN_API_CLASSIC, NULL), WXSIGN_STATUS_OK);
    client = make_client(options);
    CHECK_EQUAL(wxsign_client_config(client, NULL, 3, 0, &config, NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK_EQUAL(wxsign_client_config(client, "\xff", 1, 0, &config, NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK_EQUAL(wxsign_client_config(NULL, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), 0, NULL, NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    wxsign_client_free(client);
}

BEHAVIOUR(invalid_urls)
{
    struct sandbox none = no_sandbox();
    wxsign_client *client = sandbox_client(&none);
    static char longest[9001];
    const char *urls[] = {"ftp://example.com/",           "",
                          "https://evil.com\\@good.com/", "https://good.com\t.evil.com/",
                          "https://user@example.com/",    "https://user:word@example.com/",
                          "javascript:alert(1)",          NULL};
    size_t i;
    memset(longest, 'a', 9000);
    memcpy(longest, "https://example.com/", 20);
    urls[7] = longest;
    for (i = 0; i < sizeof urls / sizeof *urls; i++) {
        wxsign_config config = WXSIGN_CONFIG_INIT;
        wxsign_error *error = NULL;
        char signature[WXSIGN_SIGNATURE_SIZE];
        CHECK_EQUAL(wxsign_client_config(client, TEXT(urls[i]), 0, &config, &error), WXSIGN_STATUS_INVALID_URL);
        CHECK(strlen(wxsign_error_hint(error)) > 5);
        wxsign_error_free(error);
        CHECK_EQUAL(wxsign_client_try_config(client, TEXT(urls[i]), &config, NULL), WXSIGN_STATUS_INVALID_URL);
        CHECK_EQUAL(wxsign_sign(TEXT("t"), TEXT("n"), 1, TEXT(urls[i]), signature, NULL), WXSIGN_STATUS_OK);
        CHECK_EQUAL(strlen(signature), 40);
    }
    wxsign_client_free(client);
}

BEHAVIOUR(host_not_allowed)
{
    wxsign_options *options;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    sandbox_start(&sandbox);
    options = sandbox_options(&sandbox);
    CHECK_EQUAL(wxsign_options_add_allowed_host(options, TEXT("example.com"), NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_options_add_allowed_host(options, TEXT("*.example.org"), NULL), WXSIGN_STATUS_OK);
    client = make_client(options);
    CHECK_EQUAL(wxsign_client_config(client, TEXT("https://evil.com/"), 0, &config, NULL),
                WXSIGN_STATUS_HOST_NOT_ALLOWED);
    CHECK_EQUAL(sandbox_count(&sandbox, "total"), 0);
    config_verifies(&sandbox, client, PAGE);
    config_verifies(&sandbox, client, "https://m.example.org/");
    teardown();
}
