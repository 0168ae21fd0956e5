/* Behaviours: how a failing service is reported. */
#define _POSIX_C_SOURCE 200809L
#include "behaviours.h"

#include "fixture.h"

#include <stdio.h>
#include <time.h>

static void end(wxsign_error *error)
{
    wxsign_error_free(error);
    teardown();
}

/* Milliseconds from now until an error's retry_at. time() cuts the second and may be a tick late,
 * so there may be up to 1,010 too many. */
static long long due_in(const wxsign_error *error)
{
    return (long long)wxsign_error_retry_at_ms(error) - (long long)time(NULL) * 1000;
}

/* A service with this fault fails like that, and nothing is cached: once mended, a new client is
 * served. */
static void fails_with(const char *fault, wxsign_status status)
{
    setup(fault);
    end(config_fails(client, 0, status));
}

BEHAVIOUR(wrong_secret)
{
    wxsign_options *options;
    wxsign_error *error;
    sandbox_start(&sandbox);
    options = sandbox_options(&sandbox);
    wxsign_options_set_app_secret(options, TEXT("ffffffffffffffffffffffffffffffff"), NULL);
    client = make_client(options);
    error = config_fails(client, 0, WXSIGN_STATUS_CREDENTIAL_REJECTED);
    CHECK_EQUAL(wxsign_error_errcode(error), 40125);
    CHECK(wxsign_error_rid(error) != NULL && strlen(wxsign_error_rid(error)) > 5);
    CHECK(!wxsign_error_retryable(error));
    CHECK(due_in(error) > 0 && due_in(error) <= 61010);
    wxsign_error_free(error);
    error = config_fails(client, 0, WXSIGN_STATUS_CREDENTIAL_REJECTED);
    CHECK_EQUAL(sandbox_count(&sandbox, "total"), 1);
    end(error);
}

BEHAVIOUR(wrong_app_id)
{
    wxsign_options *options;
    wxsign_error *error;
    sandbox_start(&sandbox);
    options = sandbox_options(&sandbox);
    wxsign_options_set_app_id(options, TEXT("wxnobody000000000"), NULL);
    client = make_client(options);
    error = config_fails(client, 0, WXSIGN_STATUS_CREDENTIAL_REJECTED);
    CHECK_EQUAL(wxsign_error_errcode(error), 40013);
    end(error);
}

BEHAVIOUR(ip_not_allowed)
{
    wxsign_error *error;
    setup("{\"endpoint\":\"stable_token\",\"kind\":\"errcode\",\"errcode\":40164,"
          "\"errmsg\":\"invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 5f-6a-7b\"}");
    error = config_fails(client, 0, WXSIGN_STATUS_IP_NOT_ALLOWED);
    CHECK_TEXT(wxsign_error_ip(error), "203.0.113.7");
    CHECK_TEXT(wxsign_error_rid(error), "5f-6a-7b");
    end(error);
}

BEHAVIOUR(quota_exceeded)
{
    wxsign_error *error;
    setup("{\"endpoint\":\"stable_token\",\"kind\":\"errcode\",\"errcode\":45009}");
    error = config_fails(client, 0, WXSIGN_STATUS_QUOTA_EXCEEDED);
    CHECK_EQUAL(wxsign_error_errcode(error), 45009);
    CHECK(due_in(error) > 0);
    end(error);
}

BEHAVIOUR(permission_denied)
{
    wxsign_error *error;
    setup("{\"endpoint\":\"getticket\",\"kind\":\"errcode\",\"errcode\":48001}");
    error = config_fails(client, 0, WXSIGN_STATUS_PERMISSION_DENIED);
    CHECK_EQUAL(wxsign_error_errcode(error), 48001);
    end(error);
}

BEHAVIOUR(unknown_errcode)
{
    wxsign_error *error;
    setup("{\"endpoint\":\"getticket\",\"kind\":\"errcode\",\"errcode\":99999}");
    error = config_fails(client, 0, WXSIGN_STATUS_UPSTREAM_REJECTED);
    CHECK_EQUAL(wxsign_error_errcode(error), 99999);
    end(error);
}

BEHAVIOUR(busy)
{
    setup("{\"endpoint\":\"stable_token\",\"kind\":\"errcode\",\"errcode\":-1}");
    wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_UPSTREAM_BUSY));
    CHECK_EQUAL(sandbox_count(&sandbox, "stable_token"), 3);
    teardown();
    setup("{\"endpoint\":\"any\",\"kind\":\"errcode\",\"errcode\":-1,\"times\":1}");
    config_verifies(&sandbox, client, PAGE);
    teardown();
}

BEHAVIOUR(server_error)
{
    fails_with("{\"endpoint\":\"any\",\"kind\":\"status\",\"status\":502}", WXSIGN_STATUS_UPSTREAM_BUSY);
}

BEHAVIOUR(html)
{
    fails_with("{\"endpoint\":\"any\",\"kind\":\"html\"}", WXSIGN_STATUS_BAD_RESPONSE);
}

BEHAVIOUR(truncated)
{
    static const char *const faults[] = {
        "{\"endpoint\":\"getticket\",\"kind\":\"truncated\"}",
        "{\"endpoint\":\"getticket\",\"kind\":\"truncated\",\"flavour\":\"close\"}",
    };
    size_t i;
    for (i = 0; i < 2; i++) {
        wxsign_config config = WXSIGN_CONFIG_INIT;
        char *ticket = NULL;
        wxsign_status status;
        setup(faults[i]);
        status = wxsign_client_config(client, TEXT(PAGE), 0, &config, NULL);
        CHECK(status == WXSIGN_STATUS_BAD_RESPONSE || status == WXSIGN_STATUS_NETWORK);
        CHECK_EQUAL(wxsign_client_try_ticket(client, &ticket, NULL, NULL), WXSIGN_STATUS_NOT_READY);
        CHECK(ticket == NULL);
        teardown();
    }
}

BEHAVIOUR(redirect)
{
    setup("{\"endpoint\":\"any\",\"kind\":\"redirect\"}");
    wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_BAD_RESPONSE));
    CHECK_EQUAL(sandbox_count(&sandbox, "other"), 0);
    teardown();
}

BEHAVIOUR(huge_body)
{
    fails_with("{\"endpoint\":\"any\",\"kind\":\"huge\"}", WXSIGN_STATUS_BAD_RESPONSE);
}

BEHAVIOUR(reset)
{
    fails_with("{\"endpoint\":\"any\",\"kind\":\"reset\"}", WXSIGN_STATUS_NETWORK);
}

BEHAVIOUR(no_connection)
{
    struct sandbox unreachable;
    long long start = check_now_ms();
    wxsign_error *error;
    snprintf(unreachable.url, sizeof unreachable.url, "http://127.0.0.1:%d", unused_port());
    client = sandbox_client(&unreachable);
    error = config_fails(client, 0, WXSIGN_STATUS_NETWORK);
    CHECK(wxsign_error_retryable(error));
    CHECK(check_now_ms() - start < 10500);
    wxsign_error_free(error);
    wxsign_client_free(client);
}

BEHAVIOUR(slow_service)
{
    static const char *const faults[] = {
        "{\"endpoint\":\"any\",\"kind\":\"hang\"}",
        "{\"endpoint\":\"any\",\"kind\":\"drip\",\"ms\":100}",
    };
    size_t i;
    for (i = 0; i < 2; i++) {
        long long start;
        setup(faults[i]);
        start = check_now_ms();
        wxsign_error_free(config_fails(client, 300, WXSIGN_STATUS_TIMEOUT));
        CHECK(check_now_ms() - start >= 295);
        CHECK(check_now_ms() - start < 1300);
        teardown();
    }
}

BEHAVIOUR(errors_explain)
{
    const char *texts[4];
    char ascii[128];
    wxsign_error *error;
    size_t i;
    for (i = 1; i < 128; i++)
        ascii[i - 1] = (char)i;
    ascii[127] = 0;
    setup("{\"endpoint\":\"stable_token\",\"kind\":\"errcode\",\"errcode\":40125,\"echo\":true}");
    error = config_fails(client, 0, WXSIGN_STATUS_CREDENTIAL_REJECTED);
    CHECK_TEXT(wxsign_error_name(error), "CREDENTIAL_REJECTED");
    CHECK_EQUAL(wxsign_error_errcode(error), 40125);
    CHECK(!wxsign_error_retryable(error));
    CHECK(wxsign_error_cause(error) == NULL);
    texts[0] = wxsign_error_message(error);
    texts[1] = wxsign_error_hint(error);
    texts[2] = wxsign_error_hint_zh(error);
    texts[3] = wxsign_error_rid(error);
    for (i = 0; i < 3; i++)
        CHECK(strlen(texts[i]) > 5);
    for (i = 0; i < 4; i++)
        check_no_secret(texts[i] ? texts[i] : "");
    CHECK(strcmp(texts[1], texts[2]) != 0 && strspn(texts[2], ascii) < strlen(texts[2]));
    end(error);
}
