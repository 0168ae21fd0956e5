/* Adapts wxsign.h to cgo: results are returned by value, so that no call writes into Go's memory,
 * and contexts are numbers, because Go's collector would treat a small number in a pointer as a
 * broken pointer. */
#ifndef WXSIGN_GO_SHIM_H
#define WXSIGN_GO_SHIM_H

#include "wxsign.h"

typedef struct {
    wxsign_status status;
    wxsign_error *error; /* the caller frees it; NULL on success */
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

typedef struct {
    wxsign_go_string json;
    const char *public_json; /* belongs to the error */
    uint32_t http_status;
    uint64_t retry_after_seconds;
} wxsign_go_error;

/* An event with its texts, which belong to it. */
typedef struct {
    const char *name, *credential, *source, *reason;
    uint64_t remaining_ms;
    const wxsign_error *error;
} wxsign_go_event;

/* The credential of a call. */
enum { WXSIGN_GO_TICKET, WXSIGN_GO_TOKEN };

/* The option that wxsign_go_set() sets. It takes a text (WXSIGN_GO_CORP: two), or a number. */
enum {
    WXSIGN_GO_APP_ID,
    WXSIGN_GO_APP_SECRET,
    WXSIGN_GO_BASE_URL,
    WXSIGN_GO_ACCESS_TOKEN,
    WXSIGN_GO_STORE_DIR,
    WXSIGN_GO_STORE_REDIS,
    WXSIGN_GO_STORE_MEMORY,
    WXSIGN_GO_ALLOWED_HOST,
    WXSIGN_GO_PROXY,
    WXSIGN_GO_CA_FILE,
    WXSIGN_GO_TOKEN_API,
    WXSIGN_GO_TIMEOUT_MS,
    WXSIGN_GO_ALLOW_HTTP,
    WXSIGN_GO_CORP,
    WXSIGN_GO_OWN_TICKET,
    WXSIGN_GO_IMPORT_TICKET_FILE
};

/* The kind of config: for wx.config, wx.agentConfig or chooseInvoice. */
enum { WXSIGN_GO_PAGE_CONFIG, WXSIGN_GO_AGENT_CONFIG, WXSIGN_GO_INVOICE_CONFIG };

wxsign_go_outcome wxsign_go_set(wxsign_options *options, int option, const char *text, size_t len, const char *second,
                                size_t second_len, uint32_t number);
wxsign_go_outcome wxsign_go_set_token_function(wxsign_options *options, uintptr_t id);
wxsign_go_outcome wxsign_go_set_ticket_function(wxsign_options *options, uintptr_t id);
wxsign_go_outcome wxsign_go_set_event_listener(wxsign_options *options, uintptr_t id);

wxsign_go_client wxsign_go_client_new(const wxsign_options *options);
/* An invoice needs no URL. */
wxsign_go_config wxsign_go_try_config(const wxsign_client *client, int kind, const char *url, size_t len);
wxsign_go_config wxsign_go_config_if_fresh(const wxsign_client *client, const char *url, size_t len);
/* Unless it fails, it calls Go back with the number, exactly once. */
wxsign_go_outcome wxsign_go_ask(const wxsign_client *client, int credential, uintptr_t id);
/* The same, for a signature: WXSIGN_GO_AGENT_CONFIG or WXSIGN_GO_INVOICE_CONFIG. */
wxsign_go_outcome wxsign_go_ask_config(const wxsign_client *client, int kind, const char *url, size_t len, uintptr_t id);
wxsign_go_string wxsign_go_state(const wxsign_client *client);
wxsign_go_outcome wxsign_go_set_access_token(const wxsign_client *client, const char *token, size_t len);
wxsign_go_outcome wxsign_go_set_ticket(const wxsign_client *client, const char *ticket, size_t len);
wxsign_go_bool wxsign_go_invalidate(const wxsign_client *client, const char *value, size_t len);

wxsign_go_string wxsign_go_url_from_query(const char *query, size_t len);

wxsign_go_error wxsign_go_read_error(const wxsign_error *error);
wxsign_go_event wxsign_go_read_event(const wxsign_event *event);

#endif
