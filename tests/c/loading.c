/* The shared library loaded and unloaded a thousand times while clients of it live and fetch:
 * nothing breaks, because it is never really unloaded (-z nodelete). The library's path is the
 * first argument; this program is not linked with it. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include "sandbox.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wxsign.h>

#define TEXT(text) (text), strlen(text)
#define PAGE "https://example.com/"
#define ROUNDS 1000
#define LIVE 16

static const char *library;

/* The functions that are used here, as they are at each loading. */
static struct {
    wxsign_options *(*options_new)(void);
    void (*options_free)(wxsign_options *);
    wxsign_status (*app_id)(wxsign_options *, const char *, size_t, wxsign_error **);
    wxsign_status (*app_secret)(wxsign_options *, const char *, size_t, wxsign_error **);
    wxsign_status (*base_url)(wxsign_options *, const char *, size_t, wxsign_error **);
    wxsign_status (*memory)(wxsign_options *, wxsign_error **);
    wxsign_status (*client_new)(const wxsign_options *, wxsign_client **, wxsign_error **);
    void (*client_free)(wxsign_client *);
    wxsign_status (*try_config)(const wxsign_client *, const char *, size_t, wxsign_config *, wxsign_error **);
    wxsign_status (*config)(const wxsign_client *, const char *, size_t, uint32_t, wxsign_config *, wxsign_error **);
} wx;

static void find(void *handle, const char *name, void *function)
{
    void *found = dlsym(handle, name);
    CHECK(found != NULL);
    /* A pointer to a function out of one to data, as POSIX says that it is done. */
    memcpy(function, &found, sizeof found);
}

static void *load(void)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
    find(handle, "wxsign_options_new", &wx.options_new);
    find(handle, "wxsign_options_free", &wx.options_free);
    find(handle, "wxsign_options_set_app_id", &wx.app_id);
    find(handle, "wxsign_options_set_app_secret", &wx.app_secret);
    find(handle, "wxsign_options_add_base_url", &wx.base_url);
    find(handle, "wxsign_options_set_store_memory", &wx.memory);
    find(handle, "wxsign_client_new", &wx.client_new);
    find(handle, "wxsign_client_free", &wx.client_free);
    find(handle, "wxsign_client_try_config", &wx.try_config);
    find(handle, "wxsign_client_config", &wx.config);
    return handle;
}

/* Every second client has a new account: its fetch is under way when the handle is closed. */
static wxsign_client *make(const struct sandbox *sandbox, int number)
{
    wxsign_options *options = wx.options_new();
    wxsign_client *client = NULL;
    char unknown[32];
    snprintf(unknown, sizeof unknown, "wx%016x", (unsigned)number);
    wx.app_id(options, TEXT(number % 2 ? unknown : SANDBOX_APP_ID), NULL);
    wx.app_secret(options, TEXT(SANDBOX_SECRET), NULL);
    wx.base_url(options, TEXT(sandbox->url), NULL);
    wx.memory(options, NULL);
    CHECK_EQUAL(wx.client_new(options, &client, NULL), WXSIGN_STATUS_OK);
    wx.options_free(options);
    return client;
}

/* Each with clients that are still at work when the library is closed. */
static void a_thousand_loadings_break_nothing(void)
{
    static wxsign_client *live[LIVE];
    struct sandbox sandbox;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    int i;
    sandbox_start(&sandbox);
    for (i = 0; i < ROUNDS; i++) {
        void *handle = load();
        wxsign_client **place = &live[i % LIVE];
        wxsign_status status;
        wx.client_free(*place);
        *place = make(&sandbox, i);
        /* Begins a fetch, on a thread that outlives this handle. */
        status = wx.try_config(*place, TEXT(PAGE), &config, NULL);
        CHECK(status == WXSIGN_STATUS_NOT_READY || (status == WXSIGN_STATUS_OK && i % 2 == 0));
        /* Now and then one is waited for, so that fetches keep up with clients. */
        if (i % 10 == 1)
            CHECK_EQUAL(wx.config(*place, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_CREDENTIAL_REJECTED);
        CHECK_EQUAL(dlclose(handle), 0);
    }
    for (i = 0; i < LIVE; i++)
        wx.client_free(live[i]);
    CHECK(sandbox_count(&sandbox, "total") >= ROUNDS / 10);
    sandbox_stop(&sandbox);
}

int main(int argc, char **argv)
{
    static const struct check_test tests[] = {
        {"a_thousand_loadings_break_nothing", a_thousand_loadings_break_nothing},
    };
    library = argc > 1 ? argv[1] : "libwxsign.so.1";
    return check_main(1, argv, tests, sizeof tests / sizeof *tests);
}
