/* Behaviours: what is signed, and how few requests that takes. */
#define _POSIX_C_SOURCE 200809L
#include "behaviours.h"

#include "fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

BEHAVIOUR(official_vector)
{
    char signature[WXSIGN_SIGNATURE_SIZE];
    CHECK_EQUAL(wxsign_sign(TEXT("sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"),
                            TEXT("Wm3WZYTPz0wzccnW"), 1414587457, TEXT("http://mp.weixin.qq.com?params=value"),
                            signature, NULL),
                WXSIGN_STATUS_OK);
    CHECK_TEXT(signature, "0f9de62fce790f9a083d5c99e95740ceb90c27ed");
}

BEHAVIOUR(config_verifies)
{
    setup(NULL);
    config_verifies(&sandbox, client, "https://example.com/%E6%96%87?a=1&b=%E4%B8%AD#part");
    config_verifies(&sandbox, client, "http://example.com");
    config_verifies(&sandbox, client, "https://example.com:8443/?q=+%20");
    teardown();
}

static void one_fetch(const struct sandbox *sandbox)
{
    CHECK_EQUAL(sandbox_count(sandbox, "stable_token"), 1);
    CHECK_EQUAL(sandbox_count(sandbox, "getticket"), 1);
    CHECK_EQUAL(sandbox_count(sandbox, "total"), 2);
}

BEHAVIOUR(one_fetch_for_many_calls)
{
    int i;
    setup(NULL);
    for (i = 0; i < 100; i++) {
        wxsign_config config = WXSIGN_CONFIG_INIT;
        CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
    }
    one_fetch(&sandbox);
    teardown();
}

static void *cold_caller(void *client)
{
    wxsign_config config = WXSIGN_CONFIG_INIT;
    CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(strlen(config.signature), 40);
    return NULL;
}

BEHAVIOUR(one_fetch_for_cold_callers)
{
    pthread_t threads[50];
    int i;
    setup("{\"endpoint\":\"any\",\"kind\":\"delay\",\"ms\":150,\"times\":2}");
    for (i = 0; i < 50; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, cold_caller, client), 0);
    for (i = 0; i < 50; i++)
        pthread_join(threads[i], NULL);
    one_fetch(&sandbox);
    teardown();
}

int second_process(const char *url, const char *dir)
{
    wxsign_client *client = dir_client(url, dir);
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_status status = wxsign_client_config(client, TEXT(PAGE), 0, &config, NULL);
    wxsign_client_free(client);
    return status == WXSIGN_STATUS_OK && strlen(config.signature) == 40 ? 0 : 1;
}

BEHAVIOUR(second_process_adopts)
{
    char *dir = make_dir();
    const char *me = getenv("WXSIGN_BEHAVIOURS");
    pid_t child;
    int ended = -1;
    sandbox_start(&sandbox);
    client = dir_client(sandbox.url, dir);
    config_verifies(&sandbox, client, PAGE);
    one_fetch(&sandbox);
    child = fork();
    if (child == 0) {
        execl(me ? me : "", "behaviours", "--second-process", sandbox.url, dir, (char *)NULL);
        _exit(127);
    }
    CHECK(waitpid(child, &ended, 0) == child);
    CHECK(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
    one_fetch(&sandbox);
    teardown();
    remove_dir(dir);
}

BEHAVIOUR(not_ready)
{
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_error *error = NULL;
    char *text = NULL;
    size_t len = 7;
    /* Without the delay a flight could be over before the call that began it looks again. */
    setup("{\"endpoint\":\"any\",\"kind\":\"delay\",\"ms\":100}");
    CHECK_EQUAL(wxsign_client_config_if_fresh(client, TEXT(PAGE), &config, NULL), WXSIGN_STATUS_NOT_READY);
    check_sleep_ms(50);
    CHECK_EQUAL(sandbox_count(&sandbox, "total"), 0);
    CHECK_EQUAL(wxsign_client_try_config(client, TEXT(PAGE), &config, &error), WXSIGN_STATUS_NOT_READY);
    CHECK_TEXT(wxsign_error_name(error), "NOT_READY");
    CHECK(wxsign_error_retryable(error));
    wxsign_error_free(error);
    CHECK_EQUAL(wxsign_client_try_ticket(client, &text, &len, NULL), WXSIGN_STATUS_NOT_READY);
    CHECK(text == NULL && len == 0);
    CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_client_config_if_fresh(client, TEXT(PAGE), &config, NULL), WXSIGN_STATUS_OK);
    CHECK(verdict(&sandbox, &config, PAGE));
    CHECK_EQUAL(wxsign_client_try_config(client, TEXT(PAGE), &config, NULL), WXSIGN_STATUS_OK);
    CHECK(verdict(&sandbox, &config, PAGE));
    CHECK_EQUAL(wxsign_client_try_ticket(client, &text, &len, NULL), WXSIGN_STATUS_OK);
    CHECK(text != NULL && strlen(text) == len && strncmp(text, "TICKET", 6) == 0);
    wxsign_string_free(text);
    CHECK_EQUAL(wxsign_client_try_access_token(client, &text, NULL, NULL), WXSIGN_STATUS_OK);
    CHECK(text != NULL && strncmp(text, "90_TOKEN", 8) == 0);
    wxsign_string_free(text);
    one_fetch(&sandbox);
    teardown();
}
