/* What Go cannot say to wxsign.h itself: results by value, so that no call writes into Go's memory, and contexts that
 * are numbers, because Go's collector takes a small number in a pointer for a broken one. */
#ifndef WXSIGN_GO_SHIM_H
#define WXSIGN_GO_SHIM_H

#include "wxsign.h"

typedef struct {
    wxsign_status status;
    wxsign_error *error; /* NULL unless status says so; the caller frees it */
} wxsign_go_outcome;

typedef struct {
    wxsign_go_outcome outcome;
    wxsign_config config;
} wxsign_go_config;

typedef struct {
    wxsign_go_outcome outcome;
    char *text; /* the caller frees it with wxsign_string_free() */
    size_t len;
} wxsign_go_string;

typedef struct {
    wxsign_go_outcome outcome;
    bool flag;
} wxsign_go_bool;

typedef struct {
    wxsign_go_outcome outcome;
    wxsign_client *client;
} wxsign_go_client;

/* All of an error or event at once; the texts belong to it. */
typedef struct {
    const char *name, *message, *rid, *ip, *hint, *hint_zh;
    int64_t errcode, retry_at_ms;
    bool retryable;
    const wxsign_error *cause;
} wxsign_go_error;

typedef struct {
    const char *name, *credential, *source, *reason;
    uint64_t remaining_ms;
    const wxsign_error *error;
} wxsign_go_event;

/* Which credential a call is about. */
enum { WXSIGN_GO_TICKET, WXSIGN_GO_TOKEN };

/* Which text option is set. */
enum {
    WXSIGN_GO_APP_ID,
    WXSIGN_GO_APP_SECRET,
    WXSIGN_GO_BASE_URL,
    WXSIGN_GO_ACCESS_TOKEN,
    WXSIGN_GO_STORE_DIR,
    WXSIGN_GO_STORE_REDIS,
    WXSIGN_GO_ALLOWED_HOST,
    WXSIGN_GO_PROXY,
    WXSIGN_GO_CA_FILE
};

wxsign_go_outcome wxsign_go_set_text(wxsign_options *options, int which, const char *text, size_t len);
wxsign_go_outcome wxsign_go_set_token_api(wxsign_options *options, uint32_t token_api);
wxsign_go_outcome wxsign_go_set_store_memory(wxsign_options *options);
wxsign_go_outcome wxsign_go_set_timeout_ms(wxsign_options *options, uint32_t timeout_ms);
wxsign_go_outcome wxsign_go_set_token_function(wxsign_options *options, uintptr_t id);
wxsign_go_outcome wxsign_go_set_event_listener(wxsign_options *options, uintptr_t id);

wxsign_go_client wxsign_go_client_new(const wxsign_options *options);
wxsign_go_config wxsign_go_try_config(const wxsign_client *client, const char *url, size_t len);
wxsign_go_config wxsign_go_config_if_fresh(const wxsign_client *client, const char *url, size_t len);
/* Go is called back with the number, exactly once, unless the outcome is a failure. */
wxsign_go_outcome wxsign_go_ask(const wxsign_client *client, int credential, uintptr_t id);
wxsign_go_string wxsign_go_state(const wxsign_client *client);
wxsign_go_outcome wxsign_go_set_access_token(const wxsign_client *client, const char *token, size_t len);
wxsign_go_bool wxsign_go_invalidate(const wxsign_client *client, const char *value, size_t len);

wxsign_go_error wxsign_go_read_error(const wxsign_error *error);
wxsign_go_event wxsign_go_read_event(const wxsign_event *event);

#endif
