/* The declarations of wxsign.h as the last release had them, without its comments: see abi.py. */
#ifndef WXSIGN_H
#define WXSIGN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define WXSIGN_VERSION "0.1.0"
#define WXSIGN_VERSION_MAJOR 0
#define WXSIGN_VERSION_MINOR 1
#define WXSIGN_VERSION_PATCH 0
#define WXSIGN_CONFIG_INIT {sizeof(wxsign_config), 0, {0}, {0}}
#define WXSIGN_SIGNATURE_SIZE 41
#define WXSIGN_NONCE_SIZE 33
#define WXSIGN_ABI_VERSION 1
#define WXSIGN_TOKEN_API_STABLE 0
#define WXSIGN_TOKEN_API_CLASSIC 1
typedef enum {
    WXSIGN_STATUS_OK = 0,
    WXSIGN_STATUS_INVALID_ARGUMENT = 1,
    WXSIGN_STATUS_INVALID_URL = 2,
    WXSIGN_STATUS_HOST_NOT_ALLOWED = 3,
    WXSIGN_STATUS_CREDENTIAL_REJECTED = 4,
    WXSIGN_STATUS_IP_NOT_ALLOWED = 5,
    WXSIGN_STATUS_PERMISSION_DENIED = 6,
    WXSIGN_STATUS_QUOTA_EXCEEDED = 7,
    WXSIGN_STATUS_TOKEN_INVALIDATED = 8,
    WXSIGN_STATUS_UPSTREAM_BUSY = 9,
    WXSIGN_STATUS_UPSTREAM_REJECTED = 10,
    WXSIGN_STATUS_BAD_RESPONSE = 11,
    WXSIGN_STATUS_NOT_READY = 12,
    WXSIGN_STATUS_NETWORK = 13,
    WXSIGN_STATUS_TIMEOUT = 14,
    WXSIGN_STATUS_STORE = 15,
    WXSIGN_STATUS_CLOSED = 16,
    WXSIGN_STATUS_ABORTED = 17,
    WXSIGN_STATUS_FORKED = 18,
    WXSIGN_STATUS_INTERNAL = 19,
} wxsign_status;
typedef struct wxsign_client wxsign_client;
typedef struct wxsign_error wxsign_error;
typedef struct wxsign_event wxsign_event;
typedef struct wxsign_options wxsign_options;
typedef struct wxsign_token_reply wxsign_token_reply;
typedef void (*wxsign_access_token_function)(void *context,
                                             const char *rejected,
                                             size_t rejected_len,
                                             wxsign_token_reply *reply);
typedef void (*wxsign_event_listener)(void *context, const wxsign_event *event);
typedef struct {
    size_t struct_size;
    uint64_t timestamp;
    char nonce[WXSIGN_NONCE_SIZE];
    char signature[WXSIGN_SIGNATURE_SIZE];
} wxsign_config;
typedef void (*wxsign_config_callback)(void *context,
                                       wxsign_status status,
                                       const wxsign_config *config,
                                       const wxsign_error *error);
typedef void (*wxsign_string_callback)(void *context,
                                       wxsign_status status,
                                       const char *value,
                                       size_t value_len,
                                       const wxsign_error *error);
#ifdef __cplusplus
extern "C" {
#endif // __cplusplus
void wxsign_abi_1(void);
const char *wxsign_version(void);
uint32_t wxsign_abi_version(void);
wxsign_status wxsign_sign(const char *ticket,
                          size_t ticket_len,
                          const char *nonce,
                          size_t nonce_len,
                          uint64_t timestamp,
                          const char *url,
                          size_t url_len,
                          char signature[WXSIGN_SIGNATURE_SIZE],
                          wxsign_error **error);
wxsign_status wxsign_nonce(char nonce[WXSIGN_NONCE_SIZE], wxsign_error **error);
wxsign_options *wxsign_options_new(void);
void wxsign_options_free(wxsign_options *options);
wxsign_status wxsign_options_set_app_id(wxsign_options *options,
                                        const char *app_id,
                                        size_t app_id_len,
                                        wxsign_error **error);
wxsign_status wxsign_options_set_app_secret(wxsign_options *options,
                                            const char *app_secret,
                                            size_t app_secret_len,
                                            wxsign_error **error);
wxsign_status wxsign_options_add_base_url(wxsign_options *options,
                                          const char *url,
                                          size_t url_len,
                                          wxsign_error **error);
wxsign_status wxsign_options_set_token_api(wxsign_options *options, uint32_t token_api, wxsign_error **error);
wxsign_status wxsign_options_set_access_token(wxsign_options *options,
                                              const char *token,
                                              size_t token_len,
                                              wxsign_error **error);
wxsign_status wxsign_options_set_access_token_function(wxsign_options *options,
                                                       wxsign_access_token_function function,
                                                       void *context,
                                                       void (*context_free)(void *context),
                                                       wxsign_error **error);
wxsign_status wxsign_options_set_store_dir(wxsign_options *options,
                                           const char *dir,
                                           size_t dir_len,
                                           wxsign_error **error);
wxsign_status wxsign_options_set_store_redis(wxsign_options *options,
                                             const char *url,
                                             size_t url_len,
                                             wxsign_error **error);
wxsign_status wxsign_options_set_store_memory(wxsign_options *options, wxsign_error **error);
wxsign_status wxsign_options_add_allowed_host(wxsign_options *options,
                                              const char *host,
                                              size_t host_len,
                                              wxsign_error **error);
wxsign_status wxsign_options_set_timeout_ms(wxsign_options *options,
                                            uint32_t timeout_ms,
                                            wxsign_error **error);
wxsign_status wxsign_options_set_proxy(wxsign_options *options,
                                       const char *url,
                                       size_t url_len,
                                       wxsign_error **error);
wxsign_status wxsign_options_set_ca_file(wxsign_options *options,
                                         const char *file,
                                         size_t file_len,
                                         wxsign_error **error);
wxsign_status wxsign_options_set_event_listener(wxsign_options *options,
                                                wxsign_event_listener listener,
                                                void *context,
                                                void (*context_free)(void *context),
                                                wxsign_error **error);
wxsign_status wxsign_token_reply_send(wxsign_token_reply *reply,
                                      const char *token,
                                      size_t token_len,
                                      wxsign_error **error);
wxsign_status wxsign_token_reply_fail(wxsign_token_reply *reply,
                                      const char *why,
                                      size_t why_len,
                                      wxsign_error **error);
wxsign_status wxsign_client_new(const wxsign_options *options,
                                wxsign_client **client,
                                wxsign_error **error);
wxsign_status wxsign_client_close(const wxsign_client *client, wxsign_error **error);
void wxsign_client_free(wxsign_client *client);
wxsign_status wxsign_client_set_access_token(const wxsign_client *client,
                                             const char *token,
                                             size_t token_len,
                                             wxsign_error **error);
wxsign_status wxsign_client_invalidate(const wxsign_client *client,
                                       const char *value,
                                       size_t value_len,
                                       bool *dropped,
                                       wxsign_error **error);
wxsign_status wxsign_client_state(const wxsign_client *client,
                                  char **json,
                                  size_t *json_len,
                                  wxsign_error **error);
wxsign_status wxsign_client_config(const wxsign_client *client,
                                   const char *url,
                                   size_t url_len,
                                   uint32_t timeout_ms,
                                   wxsign_config *config,
                                   wxsign_error **error);
wxsign_status wxsign_client_try_config(const wxsign_client *client,
                                       const char *url,
                                       size_t url_len,
                                       wxsign_config *config,
                                       wxsign_error **error);
wxsign_status wxsign_client_config_if_fresh(const wxsign_client *client,
                                            const char *url,
                                            size_t url_len,
                                            wxsign_config *config,
                                            wxsign_error **error);
wxsign_status wxsign_client_config_async(const wxsign_client *client,
                                         const char *url,
                                         size_t url_len,
                                         uint32_t timeout_ms,
                                         wxsign_config_callback callback,
                                         void *context,
                                         wxsign_error **error);
wxsign_status wxsign_client_ticket(const wxsign_client *client,
                                   uint32_t timeout_ms,
                                   char **ticket,
                                   size_t *ticket_len,
                                   wxsign_error **error);
wxsign_status wxsign_client_try_ticket(const wxsign_client *client,
                                       char **ticket,
                                       size_t *ticket_len,
                                       wxsign_error **error);
wxsign_status wxsign_client_ticket_async(const wxsign_client *client,
                                         uint32_t timeout_ms,
                                         wxsign_string_callback callback,
                                         void *context,
                                         wxsign_error **error);
wxsign_status wxsign_client_access_token(const wxsign_client *client,
                                         uint32_t timeout_ms,
                                         char **token,
                                         size_t *token_len,
                                         wxsign_error **error);
wxsign_status wxsign_client_try_access_token(const wxsign_client *client,
                                             char **token,
                                             size_t *token_len,
                                             wxsign_error **error);
wxsign_status wxsign_client_access_token_async(const wxsign_client *client,
                                               uint32_t timeout_ms,
                                               wxsign_string_callback callback,
                                               void *context,
                                               wxsign_error **error);
const char *wxsign_event_name(const wxsign_event *event);
const char *wxsign_event_credential(const wxsign_event *event);
const char *wxsign_event_source(const wxsign_event *event);
const wxsign_error *wxsign_event_error(const wxsign_event *event);
uint64_t wxsign_event_remaining_ms(const wxsign_event *event);
const char *wxsign_event_reason(const wxsign_event *event);
void wxsign_error_free(wxsign_error *error);
wxsign_error *wxsign_error_clone(const wxsign_error *error);
wxsign_status wxsign_error_code(const wxsign_error *error);
const char *wxsign_error_name(const wxsign_error *error);
const char *wxsign_error_message(const wxsign_error *error);
int64_t wxsign_error_errcode(const wxsign_error *error);
const char *wxsign_error_rid(const wxsign_error *error);
const char *wxsign_error_ip(const wxsign_error *error);
bool wxsign_error_retryable(const wxsign_error *error);
int64_t wxsign_error_retry_at_ms(const wxsign_error *error);
const char *wxsign_error_hint(const wxsign_error *error);
const char *wxsign_error_hint_zh(const wxsign_error *error);
const wxsign_error *wxsign_error_cause(const wxsign_error *error);
const char *wxsign_status_name(uint32_t status);
void wxsign_string_free(char *string);
#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus
#endif
