/* The helpers of fixture.h. */
#define _POSIX_C_SOURCE 200809L
#define _DARWIN_C_SOURCE 1
#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

wxsign_options *sandbox_options(const struct sandbox *sandbox)
{
    wxsign_options *options = wxsign_options_new();
    CHECK_EQUAL(wxsign_options_set_app_id(options, TEXT(SANDBOX_APP_ID), NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_options_set_app_secret(options, TEXT(SANDBOX_SECRET), NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_options_add_base_url(options, TEXT(sandbox->url), NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_options_set_store_memory(options, NULL), WXSIGN_STATUS_OK);
    return options;
}

wxsign_client *make_client(wxsign_options *options)
{
    wxsign_client *client = NULL;
    wxsign_error *error = NULL;
    if (wxsign_client_new(options, &client, &error) != WXSIGN_STATUS_OK)
        CHECK_TEXT(wxsign_error_message(error), NULL);
    wxsign_error_free(error);
    wxsign_options_free(options);
    return client;
}

wxsign_client *sandbox_client(const struct sandbox *sandbox)
{
    return make_client(sandbox_options(sandbox));
}

struct sandbox sandbox;
wxsign_client *client;

void setup(const char *fault)
{
    sandbox_start(&sandbox);
    if (fault != NULL)
        sandbox_post(&sandbox, "fault", fault);
    client = sandbox_client(&sandbox);
}

void teardown(void)
{
    wxsign_client_free(client);
    sandbox_stop(&sandbox);
}

wxsign_client *dir_client(const char *url, const char *dir)
{
    wxsign_options *options = wxsign_options_new();
    wxsign_options_set_app_id(options, TEXT(SANDBOX_APP_ID), NULL);
    wxsign_options_set_app_secret(options, TEXT(SANDBOX_SECRET), NULL);
    wxsign_options_add_base_url(options, TEXT(url), NULL);
    wxsign_options_set_store_dir(options, TEXT(dir), NULL);
    return make_client(options);
}

wxsign_error *config_fails(const wxsign_client *client, uint32_t timeout_ms, wxsign_status status)
{
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_error *error = NULL;
    CHECK_EQUAL(wxsign_client_config(client, TEXT(PAGE), timeout_ms, &config, &error), status);
    CHECK_EQUAL(wxsign_error_code(error), status);
    CHECK_TEXT(wxsign_error_name(error), wxsign_status_name((uint32_t)status));
    CHECK_TEXT(config.signature, "");
    return error;
}

int verdict(const struct sandbox *sandbox, const wxsign_config *config, const char *url)
{
    char body[4096];
    char *answer;
    int right;
    snprintf(body, sizeof body,
             "{\"url\":\"%s\",\"timestamp\":%llu,\"nonceStr\":\"%s\",\"signature\":\"%s\",\"appId\":\"%s\"}", url,
             (unsigned long long)config->timestamp, config->nonce, config->signature, SANDBOX_APP_ID);
    answer = sandbox_ask(sandbox, "/verify", body);
    right = strstr(answer, "\"ok\":true") != NULL;
    if (!right)
        puts(answer);
    free(answer);
    return right;
}

void config_verifies(const struct sandbox *sandbox, const wxsign_client *client, const char *url)
{
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_error *error = NULL;
    CHECK_EQUAL(wxsign_client_config(client, TEXT(url), 0, &config, &error), WXSIGN_STATUS_OK);
    CHECK_TEXT(wxsign_error_message(error), "");
    CHECK(error != NULL || verdict(sandbox, &config, url));
    wxsign_error_free(error);
}

char *ticket_of(const wxsign_client *client)
{
    char *ticket = NULL;
    size_t len = 0;
    CHECK_EQUAL(wxsign_client_ticket(client, 0, &ticket, &len, NULL), WXSIGN_STATUS_OK);
    CHECK(ticket != NULL && strlen(ticket) == len);
    return ticket;
}

char *token_of(const wxsign_client *client)
{
    char *token = NULL;
    CHECK_EQUAL(wxsign_client_access_token(client, 0, &token, NULL, NULL), WXSIGN_STATUS_OK);
    CHECK(token != NULL);
    return token;
}

void check_no_secret(const char *text)
{
    CHECK(strstr(text, SANDBOX_SECRET) == NULL);
    CHECK(strstr(text, "90_TOKEN") == NULL);
    CHECK(strstr(text, "TICKET") == NULL);
}

char *make_dir(void)
{
    const char *parent = getenv("TMPDIR");
    char *dir = malloc(4096);
    if (dir == NULL)
        exit(2);
    snprintf(dir, 4096, "%s/wxsign-c-XXXXXX", parent ? parent : "/tmp");
    CHECK(mkdtemp(dir) != NULL);
    return dir;
}

static void empty(const char *dir)
{
    DIR *entries = opendir(dir);
    struct dirent *entry;
    char path[4096 + 300];
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2)
            unlink(path);
    }
    if (entries != NULL)
        closedir(entries);
}

void remove_dir(char *dir)
{
    const struct timespec moment = {0, 10 * 1000 * 1000};
    int tries = 1000;
    /* A fetch that is under way outlives its client, and may write between the two. */
    for (empty(dir); rmdir(dir) != 0 && tries > 0; tries--) {
        CHECK_EQUAL(errno, ENOTEMPTY);
        nanosleep(&moment, NULL);
        empty(dir);
    }
    CHECK(tries > 0);
    free(dir);
}

void refuses_wrong_texts(with_text call, const char *parameter)
{
    static const struct {
        const char *text;
        size_t len;
    } wrong[] = {{NULL, 0},           {NULL, 1},       {"\xff", 1}, {"a\xc3", 2}, {"\xed\xa0\x80", 3}, {"\xc0\x80", 2},
                 {"\xf5\x80\x80", 3}, {"x", SIZE_MAX}, {"x", SIZE_MAX / 2 + 1}};
    size_t i;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        wxsign_error *error = NULL;
        CHECK_EQUAL(call(wrong[i].text, wrong[i].len, &error), WXSIGN_STATUS_INVALID_ARGUMENT);
        CHECK_EQUAL(wxsign_error_code(error), WXSIGN_STATUS_INVALID_ARGUMENT);
        CHECK(strncmp(wxsign_error_message(error), parameter, strlen(parameter)) == 0);
        CHECK(strlen(wxsign_error_hint(error)) > 5);
        wxsign_error_free(error);
        CHECK_EQUAL(call(wrong[i].text, wrong[i].len, NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    }
}
