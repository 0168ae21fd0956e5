/* Implements shim.h, and the callbacks of the C library, which call Go. */
#include "shim.h"

#include "_cgo_export.h"

#ifdef __GNUC__
/* Refers to the ABI of this module, so that a library with another ABI does not link. */
__attribute__((used))
#endif
void (*const wxsign_go_abi)(void) = wxsign_abi_1;

wxsign_go_outcome wxsign_go_set(wxsign_options *options, int option, const char *text, size_t len, const char *second,
                                size_t second_len, uint32_t number) {
    wxsign_go_outcome out = {WXSIGN_STATUS_INTERNAL, NULL};
    switch (option) {
    case WXSIGN_GO_APP_ID: out.status = wxsign_options_set_app_id(options, text, len, &out.error); break;
    case WXSIGN_GO_APP_SECRET: out.status = wxsign_options_set_app_secret(options, text, len, &out.error); break;
    case WXSIGN_GO_BASE_URL: out.status = wxsign_options_add_base_url(options, text, len, &out.error); break;
    case WXSIGN_GO_ACCESS_TOKEN: out.status = wxsign_options_set_access_token(options, text, len, &out.error); break;
    case WXSIGN_GO_STORE_DIR: out.status = wxsign_options_set_store_dir(options, text, len, &out.error); break;
    case WXSIGN_GO_STORE_REDIS: out.status = wxsign_options_set_store_redis(options, text, len, &out.error); break;
    case WXSIGN_GO_STORE_MEMORY: out.status = wxsign_options_set_store_memory(options, &out.error); break;
    case WXSIGN_GO_ALLOWED_HOST: out.status = wxsign_options_add_allowed_host(options, text, len, &out.error); break;
    case WXSIGN_GO_PROXY: out.status = wxsign_options_set_proxy(options, text, len, &out.error); break;
    case WXSIGN_GO_CA_FILE: out.status = wxsign_options_set_ca_file(options, text, len, &out.error); break;
    case WXSIGN_GO_TOKEN_API: out.status = wxsign_options_set_token_api(options, number, &out.error); break;
    case WXSIGN_GO_TIMEOUT_MS: out.status = wxsign_options_set_timeout_ms(options, number, &out.error); break;
    case WXSIGN_GO_CORP: out.status = wxsign_options_set_corp(options, text, len, second, second_len, &out.error); break;
    case WXSIGN_GO_OWN_TICKET: out.status = wxsign_options_set_ticket(options, text, len, &out.error); break;
    case WXSIGN_GO_IMPORT_TICKET_FILE: out.status = wxsign_options_set_import_ticket_file(options, text, len, &out.error); break;
    case WXSIGN_GO_ALLOW_HTTP: out.status = wxsign_options_set_allow_http(options, &out.error); break;
    }
    return out;
}

static void release(void *context) { wxsignGoRelease((uintptr_t)context); }

static void give_token(void *context, const char *rejected, size_t len, wxsign_token_reply *reply) {
    wxsignGoToken((uintptr_t)context, (char *)rejected, len, reply);
}

wxsign_go_outcome wxsign_go_set_token_function(wxsign_options *options, uintptr_t id) {
    wxsign_go_outcome out = {WXSIGN_STATUS_OK, NULL};
    out.status = wxsign_options_set_access_token_function(options, give_token, (void *)id, release, &out.error);
    return out;
}

static void give_ticket(void *context, const char *kind, const char *rejected, size_t len, wxsign_ticket_reply *reply) {
    wxsignGoTicket((uintptr_t)context, (char *)kind, (char *)rejected, len, reply);
}

wxsign_go_outcome wxsign_go_set_ticket_function(wxsign_options *options, uintptr_t id) {
    wxsign_go_outcome out = {WXSIGN_STATUS_OK, NULL};
    out.status = wxsign_options_set_ticket_function(options, give_ticket, (void *)id, release, &out.error);
    return out;
}

static void emit(void *context, const wxsign_event *event) {
    wxsignGoEvent((uintptr_t)context, (wxsign_event *)event);
}

wxsign_go_outcome wxsign_go_set_event_listener(wxsign_options *options, uintptr_t id) {
    wxsign_go_outcome out = {WXSIGN_STATUS_OK, NULL};
    out.status = wxsign_options_set_event_listener(options, emit, (void *)id, release, &out.error);
    return out;
}

wxsign_go_client wxsign_go_client_new(const wxsign_options *options) {
    wxsign_go_client out = {{WXSIGN_STATUS_OK, NULL}, NULL};
    out.outcome.status = wxsign_client_new(options, &out.client, &out.outcome.error);
    return out;
}

wxsign_go_config wxsign_go_try_config(const wxsign_client *client, int kind, const char *url, size_t len) {
    wxsign_go_config out = {{WXSIGN_STATUS_INTERNAL, NULL}, WXSIGN_CONFIG_INIT};
    wxsign_error **error = &out.outcome.error;
    switch (kind) {
    case WXSIGN_GO_PAGE_CONFIG: out.outcome.status = wxsign_client_try_config(client, url, len, &out.config, error); break;
    case WXSIGN_GO_AGENT_CONFIG: out.outcome.status = wxsign_client_try_agent_config(client, url, len, &out.config, error); break;
    case WXSIGN_GO_INVOICE_CONFIG: out.outcome.status = wxsign_client_try_invoice_config(client, &out.config, error); break;
    }
    return out;
}

wxsign_go_config wxsign_go_config_if_fresh(const wxsign_client *client, const char *url, size_t len) {
    wxsign_go_config out = {{WXSIGN_STATUS_OK, NULL}, WXSIGN_CONFIG_INIT};
    out.outcome.status = wxsign_client_config_if_fresh(client, url, len, &out.config, &out.outcome.error);
    return out;
}

static void settle(void *context, wxsign_status status, const char *value, size_t len, const wxsign_error *error) {
    wxsignGoSettle((uintptr_t)context, status, (char *)value, len, (wxsign_error *)error);
}

wxsign_go_outcome wxsign_go_ask(const wxsign_client *client, int credential, uintptr_t id) {
    wxsign_go_outcome out = {WXSIGN_STATUS_OK, NULL};
    out.status = credential == WXSIGN_GO_TICKET
        ? wxsign_client_ticket_async(client, 0, settle, (void *)id, &out.error)
        : wxsign_client_access_token_async(client, 0, settle, (void *)id, &out.error);
    return out;
}

static void settle_config(void *context, wxsign_status status, const wxsign_config *config, const wxsign_error *error) {
    wxsignGoSettleConfig((uintptr_t)context, status, (wxsign_config *)config, (wxsign_error *)error);
}

wxsign_go_outcome wxsign_go_ask_config(const wxsign_client *client, int kind, const char *url, size_t len, uintptr_t id) {
    wxsign_go_outcome out = {WXSIGN_STATUS_OK, NULL};
    out.status = kind == WXSIGN_GO_AGENT_CONFIG
        ? wxsign_client_agent_config_async(client, url, len, 0, settle_config, (void *)id, &out.error)
        : wxsign_client_invoice_config_async(client, 0, settle_config, (void *)id, &out.error);
    return out;
}

wxsign_go_string wxsign_go_state(const wxsign_client *client) {
    wxsign_go_string out = {{WXSIGN_STATUS_OK, NULL}, NULL, 0};
    out.outcome.status = wxsign_client_state(client, &out.text, &out.len, &out.outcome.error);
    return out;
}

wxsign_go_outcome wxsign_go_set_access_token(const wxsign_client *client, const char *token, size_t len) {
    wxsign_go_outcome out = {WXSIGN_STATUS_OK, NULL};
    out.status = wxsign_client_set_access_token(client, token, len, &out.error);
    return out;
}

wxsign_go_outcome wxsign_go_set_ticket(const wxsign_client *client, const char *ticket, size_t len) {
    wxsign_go_outcome out = {WXSIGN_STATUS_OK, NULL};
    out.status = wxsign_client_set_ticket(client, ticket, len, &out.error);
    return out;
}

wxsign_go_bool wxsign_go_invalidate(const wxsign_client *client, const char *value, size_t len) {
    wxsign_go_bool out = {{WXSIGN_STATUS_OK, NULL}, false};
    out.outcome.status = wxsign_client_invalidate(client, value, len, &out.flag, &out.outcome.error);
    return out;
}

wxsign_go_string wxsign_go_url_from_query(const char *query, size_t len) {
    wxsign_go_string out = {{WXSIGN_STATUS_OK, NULL}, NULL, 0};
    out.outcome.status = wxsign_url_from_query(query, len, &out.text, &out.len, &out.outcome.error);
    return out;
}

wxsign_go_error wxsign_go_read_error(const wxsign_error *error) {
    wxsign_go_error out = {
        .public_json = wxsign_error_public_json(error),
        .http_status = wxsign_error_http_status(error),
        .retry_after_seconds = wxsign_error_retry_after_seconds(error),
    };
    out.json.outcome.status =
        wxsign_error_json(error, WXSIGN_NAMES_GO, &out.json.text, &out.json.len, &out.json.outcome.error);
    return out;
}

wxsign_go_event wxsign_go_read_event(const wxsign_event *event) {
    wxsign_go_event out = {
        .name = wxsign_event_name(event),
        .credential = wxsign_event_credential(event),
        .source = wxsign_event_source(event),
        .reason = wxsign_event_reason(event),
        .remaining_ms = wxsign_event_remaining_ms(event),
        .error = wxsign_event_error(event),
    };
    return out;
}
