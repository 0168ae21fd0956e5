/*
 * wxsign.h: signs WeChat JS-SDK pages, and keeps the access_token and jsapi_ticket that signing
 * needs. Unofficial.
 *
 *     #include <stdio.h>
 *     #include <string.h>
 *     #include <wxsign.h>
 *
 *     int main(int argc, char **argv)
 *     {
 *         wxsign_options *options = wxsign_options_new();
 *         wxsign_client *client = NULL;
 *         wxsign_config config = WXSIGN_CONFIG_INIT;
 *         wxsign_error *error = NULL;
 *         const char *page = argc > 1 ? argv[1] : "https://example.com/";
 *         int failed = 0;
 *
 *         if (wxsign_options_set_app_id(options, "wx...", strlen("wx..."), &error) == WXSIGN_STATUS_OK
 *             && wxsign_options_set_app_secret(options, "...", strlen("..."), &error) == WXSIGN_STATUS_OK
 *             && wxsign_client_new(options, &client, &error) == WXSIGN_STATUS_OK
 *             && wxsign_client_config(client, page, strlen(page), 0, &config, &error) == WXSIGN_STATUS_OK)
 *             printf("%llu %s %s\n", (unsigned long long)config.timestamp, config.nonce, config.signature);
 *         else
 *             failed = fprintf(stderr, "%s: %s\n%s\n", wxsign_error_name(error), wxsign_error_message(error),
 *                              wxsign_error_hint(error));
 *         wxsign_error_free(error);
 *         wxsign_client_free(client);
 *         wxsign_options_free(options);
 *         return failed ? 1 : 0;
 *     }
 *
 * This file declares, in this order: the version, signing with your own ticket, options, the access
 * token function, the client, events, errors. A client signs in three ways: wait with a timeout,
 * try without waiting, call back.
 *
 * Rules for all functions:
 *
 * Status. A function that can fail returns a wxsign_status: WXSIGN_STATUS_OK (0) on success. Its
 * last parameter is a place for an error, or NULL. A failure writes a new error there, which you
 * free with wxsign_error_free(). It overwrites a previous error without freeing it. A success
 * leaves the place unchanged.
 *
 * Input texts. A pointer and a length in bytes. A final NUL is not needed and not counted. Texts
 * are UTF-8, and wxsign copies those that it keeps. NULL gives INVALID_ARGUMENT whatever the length
 * is: the empty text is "" with length 0.
 *
 * Output texts. A `char **` gives you a text with a final NUL: free it with wxsign_string_free(),
 * never with free(). A `const char *` belongs to the object that returned it.
 *
 * Output parameters must not be NULL, except `error` and length pointers.
 *
 * Ownership. What a function named _new returns, or writes to an output parameter, is yours: free it
 * with the _free of its type. Every _free accepts NULL. What a callback receives is lent: it lives
 * until the callback returns.
 *
 * Threads. Each type states its rule. Functions without an object work on any thread. A thread that
 * calls wxsign needs 64 KiB of stack. pthread_cancel() takes effect only after wxsign's function
 * returns. The cancellation must not be asynchronous (PTHREAD_CANCEL_ASYNCHRONOUS) during a call:
 * POSIX allows that for three of its functions only, and here it ends the program.
 *
 * Fork. In the child, signing works, clients of the parent fail with FORKED, and new clients work.
 *
 * wxsign never writes to stderr, to the environment or to signal handlers. It starts threads when a
 * client first needs them.
 */

#ifndef WXSIGN_H
#define WXSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of this header. */
#define WXSIGN_VERSION "0.1.0"
#define WXSIGN_VERSION_MAJOR 0
#define WXSIGN_VERSION_MINOR 1
#define WXSIGN_VERSION_PATCH 0

/** Initialises a wxsign_config: wxsign_config config = WXSIGN_CONFIG_INIT; */
#define WXSIGN_CONFIG_INIT {sizeof(wxsign_config), 0, {0}, {0}}

/**
 * The size of a buffer for a signature: 40 hexadecimal digits and a NUL.
 */
#define WXSIGN_SIGNATURE_SIZE 41

/**
 * The size of a buffer for a nonce: 32 letters and digits and a NUL.
 */
#define WXSIGN_NONCE_SIZE 33

/**
 * The ABI number of this header. The shared library's name contains the same number.
 */
#define WXSIGN_ABI_VERSION 1

/**
 * Fetch the token from stable_token, which Tencent recommends: repeated requests return the same
 * token.
 */
#define WXSIGN_TOKEN_API_STABLE 0

/**
 * Fetch the token from the older interface "token": each request makes a new token and ends the
 * previous one.
 */
#define WXSIGN_TOKEN_API_CLASSIC 1

/**
 * The life of a ticket whose end you do not know, for wxsign_ticket_reply_send().
 */
#define WXSIGN_LIFE_UNKNOWN UINT64_MAX

/**
 * Option names as in this header: wxsign_options_set_app_id.
 */
#define WXSIGN_NAMES_C 0

/**
 * Option names as in the Go module: WithAppID.
 */
#define WXSIGN_NAMES_GO 1

/**
 * The outcome of a call. Later versions may add codes, so a switch needs a default case.
 */
typedef enum {
    /**
     * The call succeeded.
     */
    WXSIGN_STATUS_OK = 0,
    /**
     * An option or parameter is wrong: NULL, not UTF-8, or out of range. The message names it.
     */
    WXSIGN_STATUS_INVALID_ARGUMENT = 1,
    /**
     * The page's URL cannot be signed: not http(s), too long, or with characters that
     * location.href never contains.
     */
    WXSIGN_STATUS_INVALID_URL = 2,
    /**
     * The client has a list of allowed hosts, and the page's host is not on it.
     */
    WXSIGN_STATUS_HOST_NOT_ALLOWED = 3,
    /**
     * WeChat refuses the appId or the AppSecret.
     */
    WXSIGN_STATUS_CREDENTIAL_REJECTED = 4,
    /**
     * WeChat refuses this machine's IP address, which wxsign_error_ip() returns.
     */
    WXSIGN_STATUS_IP_NOT_ALLOWED = 5,
    /**
     * The account may not use the interface.
     */
    WXSIGN_STATUS_PERMISSION_DENIED = 6,
    /**
     * A quota of calls is used up. wxsign_error_retry_at_ms() returns when wxsign asks again.
     */
    WXSIGN_STATUS_QUOTA_EXCEEDED = 7,
    /**
     * WeChat refuses the access token, and refused it again after one refetch.
     */
    WXSIGN_STATUS_TOKEN_INVALIDATED = 8,
    /**
     * WeChat is busy or failing.
     */
    WXSIGN_STATUS_UPSTREAM_BUSY = 9,
    /**
     * WeChat refused with an errcode that has no status here. wxsign_error_errcode() returns it.
     */
    WXSIGN_STATUS_UPSTREAM_REJECTED = 10,
    /**
     * The answer is not WeChat's: a proxy's page, truncated, of wrong types, or too large.
     */
    WXSIGN_STATUS_BAD_RESPONSE = 11,
    /**
     * The call does not wait, and no usable credential is in memory.
     */
    WXSIGN_STATUS_NOT_READY = 12,
    /**
     * The service could not be reached.
     */
    WXSIGN_STATUS_NETWORK = 13,
    /**
     * A deadline passed.
     */
    WXSIGN_STATUS_TIMEOUT = 14,
    /**
     * The store cannot be used.
     */
    WXSIGN_STATUS_STORE = 15,
    /**
     * The client is closed.
     */
    WXSIGN_STATUS_CLOSED = 16,
    /**
     * The caller gave up waiting.
     */
    WXSIGN_STATUS_ABORTED = 17,
    /**
     * The client belongs to the parent of this forked process.
     */
    WXSIGN_STATUS_FORKED = 18,
    /**
     * A defect of wxsign, caught before it could harm the program.
     */
    WXSIGN_STATUS_INTERNAL = 19,
} wxsign_status;

/**
 * A client of one WeChat account. It fetches, caches and refreshes the account's credentials, and
 * signs pages with them.
 *
 * Made by wxsign_client_new(), freed by wxsign_client_free(). Clients of one process with the same
 * account and store share one cache, so a second client costs nothing.
 *
 * Threads: any number may use a client at once, but none while another one frees it, or later.
 * After fork() a client belongs to the parent: in the child every call on it fails at once with
 * FORKED and takes no lock. A client that the child makes works.
 */
typedef struct wxsign_client wxsign_client;

/**
 * Why a call failed: a code, WeChat's own words, when wxsign asks again, and what to do next.
 *
 * A call that fails makes one if its last argument is not NULL. Free it with wxsign_error_free().
 * All its texts are UTF-8, belong to the error and live until it is freed. An error never contains
 * a secret, a token or a ticket.
 *
 * Threads: an error never changes. Any number of threads may read it; free it once, when all have
 * finished.
 */
typedef struct wxsign_error wxsign_error;

/**
 * Something that happened in the background, such as a refresh. An event never contains a secret,
 * a token or a ticket.
 *
 * It is lent to the listener: the event, and everything read from it, lives until the listener
 * returns.
 *
 * Threads: only the thread that runs the listener may use it.
 */
typedef struct wxsign_event wxsign_event;

/**
 * The options of a client. Most programs set only an appId and an AppSecret.
 *
 * Made by wxsign_options_new(), freed by wxsign_options_free(). A client copies what it needs, so
 * the same options may make several clients and may be freed right afterwards. Setters copy their
 * texts and check only for NULL and UTF-8; wxsign_client_new() checks the values.
 *
 * Threads: one at a time.
 */
typedef struct wxsign_options wxsign_options;

/**
 * Takes the answer of a ticket function.
 *
 * Answer each reply exactly once, with wxsign_ticket_reply_send() or wxsign_ticket_reply_fail().
 * Both free it. If a reply is never answered, it leaks, and the calls that wait for it fail with
 * TIMEOUT.
 *
 * Threads: answer on any thread, before or after the function returns.
 */
typedef struct wxsign_ticket_reply wxsign_ticket_reply;

/**
 * Takes the answer of an access token function.
 *
 * Answer each reply exactly once, with wxsign_token_reply_send() or wxsign_token_reply_fail().
 * Both free it. If a reply is never answered, it leaks, and the calls that wait for it fail with
 * TIMEOUT.
 *
 * Threads: answer on any thread, before or after the function returns.
 */
typedef struct wxsign_token_reply wxsign_token_reply;

/**
 * Supplies the access token: it answers through `reply`, within nine seconds. wxsign calls it for
 * every fetch of a ticket, on its own threads. If clients share a context, several threads may
 * call it at once.
 *
 * `rejected` is the token that WeChat has just refused (`rejected_len` bytes and a NUL, lent until
 * the function returns), or NULL.
 *
 * It must not free a client, wait for one, throw, call longjmp() or end its thread.
 */
typedef void (*wxsign_access_token_function)(void *context,
                                             const char *rejected,
                                             size_t rejected_len,
                                             wxsign_token_reply *reply);

/**
 * Supplies a ticket: it answers through `reply`, within nine seconds. wxsign serves the ticket
 * from memory until it ends, and calls the function again ahead of that, on its own threads. If
 * clients share a context, several threads may call it at once.
 *
 * `kind` is "ticket" (for wx.config), "agent_ticket" (for wx.agentConfig) or "card_ticket" (for
 * cards and invoices); this text is static. `rejected` is the ticket of this kind that the program has
 * just invalidated (`rejected_len` bytes and a NUL, lent until the function returns), or NULL.
 *
 * It must not free a client, wait for one, throw, call longjmp() or end its thread.
 */
typedef void (*wxsign_ticket_function)(void *context,
                                       const char *kind,
                                       const char *rejected,
                                       size_t rejected_len,
                                       wxsign_ticket_reply *reply);

/**
 * Receives events. wxsign calls it on its own threads. If clients share a context, several threads
 * may call it at once.
 *
 * It should return soon. It may sign and call the functions that do not wait. It must not free a
 * client, wait for one, throw, call longjmp() or end its thread.
 */
typedef void (*wxsign_event_listener)(void *context, const wxsign_event *event);

/**
 * What a page passes to wx.config (or to wx.agentConfig or chooseInvoice, see the function that fills
 * it), besides the appId and the jsApiList.
 *
 * Initialise it with WXSIGN_CONFIG_INIT, or set `struct_size`. It owns nothing, so free nothing.
 *
 * Threads: plain data.
 */
typedef struct {
    /**
     * The sizeof(wxsign_config) of the program. Later versions may add fields.
     */
    size_t struct_size;
    /**
     * Unix time in seconds.
     */
    uint64_t timestamp;
    /**
     * wx.config calls it "nonceStr": 32 letters and digits and a NUL.
     */
    char nonce[WXSIGN_NONCE_SIZE];
    /**
     * 40 hexadecimal digits and a NUL.
     */
    char signature[WXSIGN_SIGNATURE_SIZE];
} wxsign_config;

/**
 * Receives the outcome of wxsign_client_config_async() and of the calls like it, exactly once. If
 * `status` is OK, `error` is NULL; otherwise `config` is NULL. Both are lent: they live until the
 * callback returns.
 *
 * A callback may sign, call the functions that do not wait, and ask for another callback. It must
 * not free a client, wait for one, throw, call longjmp() or end its thread.
 */
typedef void (*wxsign_config_callback)(void *context,
                                       wxsign_status status,
                                       const wxsign_config *config,
                                       const wxsign_error *error);

/**
 * Receives a ticket or token, exactly once. If `status` is OK, `value` has `value_len` bytes and a
 * NUL, and `error` is NULL; otherwise `value` is NULL. Both are lent: they live until the callback
 * returns. The rules of wxsign_config_callback apply.
 */
typedef void (*wxsign_string_callback)(void *context,
                                       wxsign_status status,
                                       const char *value,
                                       size_t value_len,
                                       const wxsign_error *error);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Does nothing. Its name contains the ABI number, so a program that refers to it links and loads
 * only with a library of this ABI.
 */
void wxsign_abi_1(void);

/**
 * Returns the version of the linked library, such as "0.1.0". WXSIGN_VERSION is the header's.
 * The text is static: do not free it.
 */
const char *wxsign_version(void);

/**
 * Returns the ABI number of the linked library. It must equal WXSIGN_ABI_VERSION.
 */
uint32_t wxsign_abi_version(void);

/**
 * Signs a page with your own ticket. It only computes: no network, no file, no lock.
 *
 * Pass the page's location.href as `url`: it is cut at the first '#' and otherwise signed as it
 * is. `timestamp` is in seconds. The page must pass the same `timestamp` and `nonce` to wx.config.
 * All texts are UTF-8 and may contain any character, also NUL. On success `signature` contains 40
 * lower-case hexadecimal digits and a NUL.
 *
 * Fails with INVALID_ARGUMENT if an argument is NULL or not UTF-8.
 *
 * Threads: any, also after fork().
 */
wxsign_status wxsign_sign(const char *ticket,
                          size_t ticket_len,
                          const char *nonce,
                          size_t nonce_len,
                          uint64_t timestamp,
                          const char *url,
                          size_t url_len,
                          char signature[WXSIGN_SIGNATURE_SIZE],
                          wxsign_error **error);

/**
 * Signs the values of a card (cardExt, cardSign) or of chooseInvoice, with your own ticket of type
 * wx_card among them: SHA-1 over the values, sorted by their bytes and joined. Pass numbers as
 * texts, and leave out, or pass as empty, what is optional. It only computes: no network, no file,
 * no lock.
 *
 * `values` are `count` texts, and `lens` their lengths. On success `signature` contains 40
 * lower-case hexadecimal digits and a NUL.
 *
 * Fails with INVALID_ARGUMENT if an argument is NULL or a value is not UTF-8.
 *
 * Threads: any, also after fork().
 */
wxsign_status wxsign_card_sign(const char *const *values,
                               const size_t *lens,
                               size_t count,
                               char signature[WXSIGN_SIGNATURE_SIZE],
                               wxsign_error **error);

/**
 * Makes a nonce: 32 random letters and digits and a NUL.
 *
 * Fails with INVALID_ARGUMENT if `nonce` is NULL.
 *
 * Threads: any, also after fork(). A child never repeats its parent's nonces.
 */
wxsign_status wxsign_nonce(char nonce[WXSIGN_NONCE_SIZE], wxsign_error **error);

/**
 * Finds the page's URL in a request: the parameter "url" of a raw query string, or of a body of
 * the type application/x-www-form-urlencoded. The page sends it as
 * encodeURIComponent(location.href). All of wxsign's handlers use this function.
 *
 * On success `*url` is yours: free it with wxsign_string_free(). On failure it is NULL. `url_len`
 * may be NULL. Pass the URL to wxsign_client_config(), which checks it.
 *
 * Fails with INVALID_ARGUMENT if "url" is missing, empty or repeated, and with INVALID_URL if it
 * was not encoded, was encoded twice, or is not text.
 *
 * Threads: any.
 */
wxsign_status wxsign_url_from_query(const char *query,
                                    size_t query_len,
                                    char **url,
                                    size_t *url_len,
                                    wxsign_error **error);

/**
 * Explains a failed wx.config: whether the signature is right, and if not, what was signed
 * instead. It only computes: no network, no file, no lock.
 *
 * `evidence` is a JSON object. All its keys are optional: url (what the page sent to be signed),
 * pageUrl (location.href), realAuthUrl (a text or a list, from wx.error), ticket, nonceStr,
 * timestamp, signature, appId, errMsg, userAgent, inFrame. The report is a JSON object:
 *
 * | key | value |
 * |---|---|
 * | verdict | "valid", "invalid" or "unknown" |
 * | causes | a list, the surest first: |
 * | .code | a stable word, such as "fragment_kept" |
 * | .certainty | "proven" (the SHA-1 over exactly this mistake is the signature), "likely" or "possible" |
 * | .title, .titleZh, .fix, .fixZh | what happened and what to do, in English and Chinese |
 * | .signed, .expected | URLs or field names; missing if there are none |
 *
 * A report never contains a ticket or a signature. On success `*report` is yours: free it with
 * wxsign_string_free(). On failure it is NULL. `report_len` may be NULL.
 *
 * Fails with INVALID_ARGUMENT if the evidence is not such an object or is longer than 256 KiB.
 *
 * Threads: any, also after fork().
 */
wxsign_status wxsign_explain(const char *evidence,
                             size_t evidence_len,
                             char **report,
                             size_t *report_len,
                             wxsign_error **error);

/**
 * Makes options without any value. Free them with wxsign_options_free(). Returns NULL only because
 * of a defect of wxsign.
 */
wxsign_options *wxsign_options_new(void);

/**
 * Frees options. NULL is allowed. Clients that were made from them are not affected.
 */
void wxsign_options_free(wxsign_options *options);

/**
 * Sets the account's appId, such as "wx5823bf96d3bd56c7".
 *
 * Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
 */
wxsign_status wxsign_options_set_app_id(wxsign_options *options,
                                        const char *app_id,
                                        size_t app_id_len,
                                        wxsign_error **error);

/**
 * Sets an app of 企业微信 in place of an appId: the corp's id, and the app's agentId as a text. The
 * AppSecret is then the Secret of this app. wxsign_client_config() signs with the corp's ticket,
 * and wxsign_client_agent_config() with the app's.
 *
 * Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
 */
wxsign_status wxsign_options_set_corp(wxsign_options *options,
                                      const char *corp_id,
                                      size_t corp_id_len,
                                      const char *agent_id,
                                      size_t agent_id_len,
                                      wxsign_error **error);

/**
 * Sets the account's AppSecret. wxsign wipes its copy when the last user of it is freed.
 *
 * Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
 */
wxsign_status wxsign_options_set_app_secret(wxsign_options *options,
                                            const char *app_secret,
                                            size_t app_secret_len,
                                            wxsign_error **error);

/**
 * Sets your own access token in place of an AppSecret. wxsign uses it until
 * wxsign_client_set_access_token() replaces it, and never fetches one. If WeChat refuses it, calls
 * fail with TOKEN_INVALIDATED.
 *
 * Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
 */
wxsign_status wxsign_options_set_access_token(wxsign_options *options,
                                              const char *token,
                                              size_t token_len,
                                              wxsign_error **error);

/**
 * Sets a function that supplies the access token, in place of an AppSecret.
 *
 * wxsign passes `context` to the function and never dereferences it. Unless `context_free` is
 * NULL, wxsign calls it exactly once with `context`, on any thread, after these options and all
 * clients made from them are freed and the last call of the function has returned. That may be
 * after wxsign_client_free() returns, so without `context_free` the context must live until the
 * program ends. If this call fails, you keep `context`.
 *
 * Fails with INVALID_ARGUMENT: `options` or `function` is NULL.
 */
wxsign_status wxsign_options_set_access_token_function(wxsign_options *options,
                                                       wxsign_access_token_function function,
                                                       void *context,
                                                       void (*context_free)(void *context),
                                                       wxsign_error **error);

/**
 * Sets the interface that the access token is fetched from: WXSIGN_TOKEN_API_STABLE (the default)
 * or WXSIGN_TOKEN_API_CLASSIC.
 *
 * Fails with INVALID_ARGUMENT: NULL, or another number.
 */
wxsign_status wxsign_options_set_token_api(wxsign_options *options, uint32_t token_api, wxsign_error **error);

/**
 * Sets your own ticket for wx.config in place of an AppSecret, such as one from a central service.
 * wxsign uses it until wxsign_client_set_ticket() replaces it, makes no request and stores
 * nothing.
 *
 * Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
 */
wxsign_status wxsign_options_set_ticket(wxsign_options *options,
                                        const char *ticket,
                                        size_t ticket_len,
                                        wxsign_error **error);

/**
 * Sets a function that supplies the tickets, in place of an AppSecret: for a central service, or
 * for a kind of ticket that wxsign does not fetch. wxsign makes no request and stores nothing.
 * wxsign_options_set_access_token_function() explains `context` and `context_free`.
 *
 * Fails with INVALID_ARGUMENT: `options` or `function` is NULL.
 */
wxsign_status wxsign_options_set_ticket_function(wxsign_options *options,
                                                 wxsign_ticket_function function,
                                                 void *context,
                                                 void (*context_free)(void *context),
                                                 wxsign_error **error);

/**
 * Imports the ticket of the tutorial's jsapiTicket.json if it has not expired and the store has no
 * ticket. The first call reads the file. wxsign never changes it, and ignores one that is missing
 * or damaged. For 公众号 alone.
 *
 * Fails with INVALID_ARGUMENT: NULL, not UTF-8, or with a NUL inside.
 */
wxsign_status wxsign_options_set_import_ticket_file(wxsign_options *options,
                                                    const char *file,
                                                    size_t file_len,
                                                    wxsign_error **error);

/**
 * Adds an address of the service, with or without "/cgi-bin". The first one is the primary
 * address, further ones are fallbacks. Without any, wxsign uses WeChat's own. Plain http is
 * accepted for loopback only, unless wxsign_options_set_allow_http() is called.
 *
 * Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
 */
wxsign_status wxsign_options_add_base_url(wxsign_options *options,
                                          const char *url,
                                          size_t url_len,
                                          wxsign_error **error);

/**
 * Allows plain http to hosts that are not loopback, for a relay in your own network. Together with
 * an AppSecret, wxsign_client_new() refuses it for WeChat's own hosts.
 *
 * Fails with INVALID_ARGUMENT: `options` is NULL.
 */
wxsign_status wxsign_options_set_allow_http(wxsign_options *options, wxsign_error **error);

/**
 * Sets an HTTP proxy, "http://host:port". wxsign never reads a proxy from the environment.
 *
 * Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
 */
wxsign_status wxsign_options_set_proxy(wxsign_options *options,
                                       const char *url,
                                       size_t url_len,
                                       wxsign_error **error);

/**
 * Sets a file of PEM certificates, which are added to the system's roots. The first request reads
 * it.
 *
 * Fails with INVALID_ARGUMENT: NULL, not UTF-8, or with a NUL inside.
 */
wxsign_status wxsign_options_set_ca_file(wxsign_options *options,
                                         const char *file,
                                         size_t file_len,
                                         wxsign_error **error);

/**
 * Keeps credentials in files in this directory. wxsign makes it if it is missing; the user that
 * runs the program must own it. If no store is set, wxsign uses the platform's state directory.
 *
 * Fails with INVALID_ARGUMENT: NULL, not UTF-8, or with a NUL inside.
 */
wxsign_status wxsign_options_set_store_dir(wxsign_options *options,
                                           const char *dir,
                                           size_t dir_len,
                                           wxsign_error **error);

/**
 * Keeps credentials in Redis, for machines without a common disk:
 * "redis://[:password@]host[:port][/db]", or "rediss://" for TLS. While Redis fails, wxsign keeps
 * credentials in memory.
 *
 * Fails with INVALID_ARGUMENT: NULL, or not UTF-8. wxsign_client_new() refuses a malformed
 * address.
 */
wxsign_status wxsign_options_set_store_redis(wxsign_options *options,
                                             const char *url,
                                             size_t url_len,
                                             wxsign_error **error);

/**
 * Keeps credentials in memory only: they end with the process.
 *
 * Fails with INVALID_ARGUMENT: `options` is NULL.
 */
wxsign_status wxsign_options_set_store_memory(wxsign_options *options, wxsign_error **error);

/**
 * Adds a host whose pages may be signed: "example.com", "example.com:8443", "*.example.com" or
 * "*". Without any, pages of every host are signed.
 *
 * Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
 */
wxsign_status wxsign_options_add_allowed_host(wxsign_options *options,
                                              const char *host,
                                              size_t host_len,
                                              wxsign_error **error);

/**
 * Sets how long calls with the timeout 0 wait: 1 to 600,000 milliseconds, 10,000 by default.
 * wxsign_client_new() refuses other values.
 *
 * Fails with INVALID_ARGUMENT: `options` is NULL.
 */
wxsign_status wxsign_options_set_timeout_ms(wxsign_options *options,
                                            uint32_t timeout_ms,
                                            wxsign_error **error);

/**
 * Sets a listener for events. wxsign_options_set_access_token_function() explains `context` and
 * `context_free`.
 *
 * Fails with INVALID_ARGUMENT: `options` or `listener` is NULL.
 */
wxsign_status wxsign_options_set_event_listener(wxsign_options *options,
                                                wxsign_event_listener listener,
                                                void *context,
                                                void (*context_free)(void *context),
                                                wxsign_error **error);

/**
 * Answers with the access token. Always frees `reply`.
 *
 * Fails with INVALID_ARGUMENT if an argument is NULL or the token is not UTF-8. The waiting calls
 * then fail as well.
 */
wxsign_status wxsign_token_reply_send(wxsign_token_reply *reply,
                                      const char *token,
                                      size_t token_len,
                                      wxsign_error **error);

/**
 * Answers that there is no token. `why` becomes part of the callers' error message, so it must not
 * contain a secret. Always frees `reply`.
 *
 * Fails with INVALID_ARGUMENT if an argument is NULL or `why` is not UTF-8. The waiting calls then
 * fail as well.
 */
wxsign_status wxsign_token_reply_fail(wxsign_token_reply *reply,
                                      const char *why,
                                      size_t why_len,
                                      wxsign_error **error);

/**
 * Answers with a ticket. `life_ms` is how many milliseconds the ticket still lives, at most a day.
 * With WXSIGN_LIFE_UNKNOWN, wxsign serves it for a minute. With 0 the ticket has expired, and the
 * waiting calls fail with INVALID_ARGUMENT. Always frees `reply`.
 *
 * Fails with INVALID_ARGUMENT if an argument is NULL or the ticket is not UTF-8. The waiting calls
 * then fail as well.
 */
wxsign_status wxsign_ticket_reply_send(wxsign_ticket_reply *reply,
                                       const char *ticket,
                                       size_t ticket_len,
                                       uint64_t life_ms,
                                       wxsign_error **error);

/**
 * Answers that there is no ticket. `why` becomes part of the callers' error message, so it must
 * not contain a secret. Always frees `reply`.
 *
 * Fails with INVALID_ARGUMENT if an argument is NULL or `why` is not UTF-8. The waiting calls then
 * fail as well.
 */
wxsign_status wxsign_ticket_reply_fail(wxsign_ticket_reply *reply,
                                       const char *why,
                                       size_t why_len,
                                       wxsign_error **error);

/**
 * Checks the options and makes a client. Free it with wxsign_client_free(). Makes no request: the
 * first call that needs a credential does. On failure `*client` is NULL.
 *
 * Fails with INVALID_ARGUMENT if an option is missing or wrong; the message names it.
 */
wxsign_status wxsign_client_new(const wxsign_options *options, wxsign_client **client, wxsign_error **error);

/**
 * Closes a client: all waiting calls and every later call fail with CLOSED. Waiting callbacks get
 * CLOSED as well, on threads of wxsign. This function waits until they and running callbacks have
 * returned, at most five seconds, and not if it is called from within a callback. Closing again
 * does nothing.
 *
 * Fails with INVALID_ARGUMENT (`client` is NULL) or FORKED.
 */
wxsign_status wxsign_client_close(const wxsign_client *client, wxsign_error **error);

/**
 * Closes a client if it is open, and frees it. NULL is allowed. Does not wait for a request that
 * is under way. Calls waiting callbacks like wxsign_client_close().
 *
 * Never call it from a callback, or while another thread is in a call on the same client: close
 * the client first, and free it when those calls have returned.
 *
 * In a forked child it leaks the parent's client, because another thread of the parent may have
 * held its locks.
 */
void wxsign_client_free(wxsign_client *client);

/**
 * Returns what a page passes to wx.config as appId, to wx.agentConfig as corpid: the account's
 * appId or the corp's id, without the spaces and line breaks that stood around it. NULL if there is
 * none, or `client` is NULL. Also works on a closed client and after fork().
 */
const char *wxsign_client_app_id(const wxsign_client *client);

/**
 * Returns what a page passes to wx.agentConfig as agentid, without the spaces and line breaks that
 * stood around it. NULL if the client is not one of 企业微信, or `client` is NULL. Also works on a
 * closed client and after fork().
 */
const char *wxsign_client_agent_id(const wxsign_client *client);

/**
 * Replaces the access token of a client that was made with wxsign_options_set_access_token().
 *
 * Fails with INVALID_ARGUMENT (also if the client was made without that option), CLOSED or FORKED.
 */
wxsign_status wxsign_client_set_access_token(const wxsign_client *client,
                                             const char *token,
                                             size_t token_len,
                                             wxsign_error **error);

/**
 * Replaces the ticket of a client that was made with wxsign_options_set_ticket().
 *
 * Fails with INVALID_ARGUMENT (also if the client was made without that option), CLOSED or FORKED.
 */
wxsign_status wxsign_client_set_ticket(const wxsign_client *client,
                                       const char *ticket,
                                       size_t ticket_len,
                                       wxsign_error **error);

/**
 * Drops the token or ticket `value` if it is still the cached one; a newer value stays. Writes to
 * `*dropped` whether it was dropped. The next call then fetches a new one.
 *
 * Fails with INVALID_ARGUMENT, CLOSED or FORKED.
 */
wxsign_status wxsign_client_invalidate(const wxsign_client *client,
                                       const char *value,
                                       size_t value_len,
                                       bool *dropped,
                                       wxsign_error **error);

/**
 * Returns the client's state as a JSON object. It contains no secret, token or ticket. Makes no
 * request, reads no file, never waits, and also works on a closed client.
 *
 * | key | value |
 * |---|---|
 * | appId, closed | |
 * | store | "memory", "file" or "redis" |
 * | storeFailure | why the store cannot be used, with the next step in English and Chinese, or null |
 * | lock | the scope of the store's lock: "process", "file" (this machine), "redis" (all clients of that Redis), or "none" if the file system has no reliable lock |
 * | circuitOpen | whether wxsign asks WeChat only once a minute, because it fails |
 * | requests, failures | the requests to WeChat; those that failed, by errcode or code |
 * | unlocked | the fetches without the lock, because its holder did not release it |
 * | lost | the fetches that hung and were given up |
 * | token, ticket, agentTicket, cardTicket | one object for each credential; the last two are missing until they are asked for: |
 * | .freshness | "fresh", "stale" (served during the refresh), "expiring" (calls wait for the refresh) or "expired" |
 * | .source | "service" (WeChat), "store", "import" or "caller" (your own ticket) |
 * | .ageMs, .remainingMs, .nextRefreshMs | milliseconds, or null |
 * | .ageKnown | whether the age is known |
 * | .lastError, .lastErrcode, .retryAtMs | the last failure since the last success, or null |
 *
 * On success `*json` is yours: free it with wxsign_string_free(). On failure it is NULL.
 * `json_len` may be NULL.
 *
 * Fails with INVALID_ARGUMENT or FORKED.
 */
wxsign_status wxsign_client_state(const wxsign_client *client,
                                  char **json,
                                  size_t *json_len,
                                  wxsign_error **error);

/**
 * Like wxsign_explain(), with the tickets that the client remembers: the last two of each kind, in
 * memory only. It finds the ticket that made the signature, and adds what became of it. A cause
 * then has two more keys, if there is something to add:
 *
 * | key | value |
 * |---|---|
 * | .detail, .detailZh | when the ticket was handed out, and when it was replaced, refused or expired |
 *
 * If the evidence names a ticket, that one is used. A client that has just been made remembers
 * nothing: call wxsign_client_ticket() first. Makes no request, reads no file, never waits, and
 * also works on a closed client.
 *
 * On success `*report` is yours: free it with wxsign_string_free(). On failure it is NULL.
 * `report_len` may be NULL.
 *
 * Fails with INVALID_ARGUMENT or FORKED.
 */
wxsign_status wxsign_client_explain(const wxsign_client *client,
                                    const char *evidence,
                                    size_t evidence_len,
                                    char **report,
                                    size_t *report_len,
                                    wxsign_error **error);

/**
 * Signs the page at `url`. If no usable ticket is in memory, waits for one, at most `timeout_ms`
 * milliseconds (0: the client's own timeout). Pass the page's location.href: a '#' and what
 * follows it are not signed. Fills `*config` on success and leaves it unchanged on failure.
 *
 * Fails with INVALID_ARGUMENT, INVALID_URL, HOST_NOT_ALLOWED, CLOSED, FORKED, TIMEOUT, or the
 * error of the fetch.
 */
wxsign_status wxsign_client_config(const wxsign_client *client,
                                   const char *url,
                                   size_t url_len,
                                   uint32_t timeout_ms,
                                   wxsign_config *config,
                                   wxsign_error **error);

/**
 * Like wxsign_client_config(), but never waits: for event loops. If no usable ticket is in memory,
 * it starts a fetch and fails with NOT_READY.
 */
wxsign_status wxsign_client_try_config(const wxsign_client *client,
                                       const char *url,
                                       size_t url_len,
                                       wxsign_config *config,
                                       wxsign_error **error);

/**
 * Like wxsign_client_config() if that would not wait; otherwise starts no fetch and fails with
 * NOT_READY. For programs that then call wxsign_client_config_async(). Unlike
 * wxsign_client_try_config() it does not serve a ticket that is about to expire.
 */
wxsign_status wxsign_client_config_if_fresh(const wxsign_client *client,
                                            const char *url,
                                            size_t url_len,
                                            wxsign_config *config,
                                            wxsign_error **error);

/**
 * Like wxsign_client_config(), with a callback. If it returns OK, wxsign calls `callback` exactly
 * once, also for failures. If there is nothing to wait for, it does so before this function
 * returns, on this thread; otherwise on a thread of wxsign.
 * If this function returns anything else, which is INVALID_ARGUMENT, `callback` is never called.
 *
 * Called from within a callback, this function always returns first and calls back later, so a
 * callback may ask again without end and the stack does not grow.
 *
 * `context` is passed to `callback` and must be valid until then.
 */
wxsign_status wxsign_client_config_async(const wxsign_client *client,
                                         const char *url,
                                         size_t url_len,
                                         uint32_t timeout_ms,
                                         wxsign_config_callback callback,
                                         void *context,
                                         wxsign_error **error);

/**
 * Signs the page at `url` for wx.agentConfig of 企业微信, like wxsign_client_config() but with the
 * app's own ticket. The client must have been made with wxsign_options_set_corp(). wx.agentConfig
 * takes `timestamp`, `nonceStr` and `signature` together with `corpid`, `agentid` and `jsApiList`.
 *
 * Fails with INVALID_ARGUMENT, INVALID_URL, HOST_NOT_ALLOWED, CLOSED, FORKED, TIMEOUT, or the
 * error of the fetch.
 */
wxsign_status wxsign_client_agent_config(const wxsign_client *client,
                                         const char *url,
                                         size_t url_len,
                                         uint32_t timeout_ms,
                                         wxsign_config *config,
                                         wxsign_error **error);

/**
 * Like wxsign_client_agent_config(), but never waits. If no usable ticket is in memory, it starts
 * a fetch and fails with NOT_READY.
 */
wxsign_status wxsign_client_try_agent_config(const wxsign_client *client,
                                             const char *url,
                                             size_t url_len,
                                             wxsign_config *config,
                                             wxsign_error **error);

/**
 * Like wxsign_client_agent_config(), with a callback: the rules of wxsign_client_config_async()
 * apply.
 */
wxsign_status wxsign_client_agent_config_async(const wxsign_client *client,
                                               const char *url,
                                               size_t url_len,
                                               uint32_t timeout_ms,
                                               wxsign_config_callback callback,
                                               void *context,
                                               wxsign_error **error);

/**
 * Makes what a page passes to chooseInvoice, of 公众号 and 企业微信: `timestamp` (which chooseInvoice
 * takes as a text), `nonceStr`, and `signature`, which is its `cardSign`. If no usable ticket is
 * in memory, waits for one, at most `timeout_ms` milliseconds (0: the client's own timeout). Fills
 * `*config` on success and leaves it unchanged on failure.
 *
 * Fails with INVALID_ARGUMENT, CLOSED, FORKED, TIMEOUT, or the error of the fetch.
 */
wxsign_status wxsign_client_invoice_config(const wxsign_client *client,
                                           uint32_t timeout_ms,
                                           wxsign_config *config,
                                           wxsign_error **error);

/**
 * Like wxsign_client_invoice_config(), but never waits. If no usable ticket is in memory, it
 * starts a fetch and fails with NOT_READY.
 */
wxsign_status wxsign_client_try_invoice_config(const wxsign_client *client,
                                               wxsign_config *config,
                                               wxsign_error **error);

/**
 * Like wxsign_client_invoice_config(), with a callback: the rules of wxsign_client_config_async()
 * apply.
 */
wxsign_status wxsign_client_invoice_config_async(const wxsign_client *client,
                                                 uint32_t timeout_ms,
                                                 wxsign_config_callback callback,
                                                 void *context,
                                                 wxsign_error **error);

/**
 * Returns the jsapi_ticket. If no usable one is in memory, waits for it, at most `timeout_ms`
 * milliseconds (0: the client's own timeout). The ticket is a secret.
 *
 * On success `*ticket` is yours: free it with wxsign_string_free(). On failure it is NULL.
 * `ticket_len` may be NULL.
 *
 * Fails with INVALID_ARGUMENT, CLOSED, FORKED, TIMEOUT, or the error of the fetch.
 */
wxsign_status wxsign_client_ticket(const wxsign_client *client,
                                   uint32_t timeout_ms,
                                   char **ticket,
                                   size_t *ticket_len,
                                   wxsign_error **error);

/**
 * Like wxsign_client_ticket(), but never waits. If no usable ticket is in memory, it starts a
 * fetch and fails with NOT_READY.
 */
wxsign_status wxsign_client_try_ticket(const wxsign_client *client,
                                       char **ticket,
                                       size_t *ticket_len,
                                       wxsign_error **error);

/**
 * Like wxsign_client_ticket(), with a callback: the rules of wxsign_client_config_async() apply.
 */
wxsign_status wxsign_client_ticket_async(const wxsign_client *client,
                                         uint32_t timeout_ms,
                                         wxsign_string_callback callback,
                                         void *context,
                                         wxsign_error **error);

/**
 * Returns the access_token. If no usable one is in memory, waits for it, at most `timeout_ms`
 * milliseconds (0: the client's own timeout). The token is a secret.
 *
 * On success `*token` is yours: free it with wxsign_string_free(). On failure it is NULL.
 * `token_len` may be NULL.
 *
 * Fails with INVALID_ARGUMENT, CLOSED, FORKED, TIMEOUT, or the error of the fetch.
 */
wxsign_status wxsign_client_access_token(const wxsign_client *client,
                                         uint32_t timeout_ms,
                                         char **token,
                                         size_t *token_len,
                                         wxsign_error **error);

/**
 * Like wxsign_client_access_token(), but never waits. If no usable token is in memory, it starts a
 * fetch and fails with NOT_READY.
 */
wxsign_status wxsign_client_try_access_token(const wxsign_client *client,
                                             char **token,
                                             size_t *token_len,
                                             wxsign_error **error);

/**
 * Like wxsign_client_access_token(), with a callback: the rules of wxsign_client_config_async()
 * apply.
 */
wxsign_status wxsign_client_access_token_async(const wxsign_client *client,
                                               uint32_t timeout_ms,
                                               wxsign_string_callback callback,
                                               void *context,
                                               wxsign_error **error);

/**
 * Returns the kind of event: "refreshed", "failed", "stale" (a cached value was served although
 * refreshing it fails; at most once a minute per credential) or "store_degraded". Later versions
 * may add more.
 */
const char *wxsign_event_name(const wxsign_event *event);

/**
 * Returns the credential that the event concerns, "token", "ticket", "agent_ticket" or
 * "card_ticket", or NULL.
 */
const char *wxsign_event_credential(const wxsign_event *event);

/**
 * Returns where a refreshed credential came from, "service" (WeChat), "store" or "caller" (your own
 * function), or NULL.
 */
const char *wxsign_event_source(const wxsign_event *event);

/**
 * Returns the failure, or NULL. It is lent like the event; wxsign_error_clone() makes a copy.
 */
const wxsign_error *wxsign_event_error(const wxsign_event *event);

/**
 * Returns how long a refreshed credential will be served, in milliseconds. Other events give 0.
 */
uint64_t wxsign_event_remaining_ms(const wxsign_event *event);

/**
 * Returns why the store cannot be used ("store_degraded"), or NULL.
 */
const char *wxsign_event_reason(const wxsign_event *event);

/**
 * Frees an error. NULL is allowed. Never free an error that a callback, an event or
 * wxsign_error_cause() lent to you.
 */
void wxsign_error_free(wxsign_error *error);

/**
 * Returns a copy of an error, for example to keep one that a callback was lent. Free the copy with
 * wxsign_error_free(). NULL gives NULL.
 */
wxsign_error *wxsign_error_clone(const wxsign_error *error);

/**
 * Returns the status that the call returned. NULL gives WXSIGN_STATUS_OK.
 */
wxsign_status wxsign_error_code(const wxsign_error *error);

/**
 * Returns the word for the code, such as "QUOTA_EXCEEDED". NULL gives "OK".
 */
const char *wxsign_error_name(const wxsign_error *error);

/**
 * Returns what happened, in English and in one line. If WeChat refused, this is its errmsg without
 * control characters and secrets. NULL gives "".
 */
const char *wxsign_error_message(const wxsign_error *error);

/**
 * Returns WeChat's errcode, or 0 if WeChat sent none.
 */
int64_t wxsign_error_errcode(const wxsign_error *error);

/**
 * Returns the request's id in Tencent's logs, which Tencent's support asks for, or NULL.
 */
const char *wxsign_error_rid(const wxsign_error *error);

/**
 * Returns the IP address that WeChat saw and refused (WXSIGN_STATUS_IP_NOT_ALLOWED), or NULL.
 */
const char *wxsign_error_ip(const wxsign_error *error);

/**
 * Returns whether the same call can succeed later without any change.
 */
bool wxsign_error_retryable(const wxsign_error *error);

/**
 * Returns when wxsign asks WeChat again at the earliest, in milliseconds since 1970, or 0 if no
 * cooldown applies. Until then calls fail with this error at once.
 */
int64_t wxsign_error_retry_at_ms(const wxsign_error *error);

/**
 * Returns what to do next, in English. NULL gives "".
 */
const char *wxsign_error_hint(const wxsign_error *error);

/**
 * Returns what to do next, in Chinese (UTF-8). NULL gives "".
 */
const char *wxsign_error_hint_zh(const wxsign_error *error);

/**
 * Returns the cause below the code as one word, such as "ECONNREFUSED", "ENOTFOUND" or
 * "PROXY_407", or NULL. The page that wxsign_error_docs_url() returns lists the words.
 */
const char *wxsign_error_reason(const wxsign_error *error);

/**
 * Returns the thing that failed: a host, a path, the name of an option's setter, or a parameter;
 * or NULL. wxsign_error_subject_kind() returns which of them it is.
 */
const char *wxsign_error_subject(const wxsign_error *error);

/**
 * Returns "host", "path", "option" or "parameter", or NULL. The text is static.
 */
const char *wxsign_error_subject_kind(const wxsign_error *error);

/**
 * Returns when the failure was recorded, in milliseconds since 1970, if that was before this call:
 * an earlier call, an earlier run of the program or another process met it. Otherwise returns 0.
 */
int64_t wxsign_error_recorded_at_ms(const wxsign_error *error);

/**
 * Returns the address of the page that explains the code. NULL gives "".
 */
const char *wxsign_error_docs_url(const wxsign_error *error);

/**
 * Returns the HTTP status for a handler that could not sign a page: 400, 403, 500, 502 or 503. All
 * of wxsign's bindings use the same statuses. NULL gives 200.
 */
uint32_t wxsign_error_http_status(const wxsign_error *error);

/**
 * Returns the seconds for an HTTP answer's Retry-After header, at least 1, or 0 if the answer
 * should not have that header.
 */
uint64_t wxsign_error_retry_after_seconds(const wxsign_error *error);

/**
 * Returns the JSON body for an HTTP answer: {"code":…,"message":…}, with one fixed sentence per
 * code. It contains nothing that a visitor should not see. NULL gives "{}".
 */
const char *wxsign_error_public_json(const wxsign_error *error);

/**
 * Returns the failure that caused this one, or NULL. A TIMEOUT carries the last error of the fetch
 * that the call waited for. The cause belongs to `error`: do not free it.
 */
const wxsign_error *wxsign_error_cause(const wxsign_error *error);

/**
 * Makes an error, for bindings to other languages that meet a failure themselves: it gets the
 * hints and the HTTP status of its code. `status` is a wxsign_status except OK. `message` must not
 * contain a secret. Free the error with wxsign_error_free().
 *
 * Returns NULL if `status` is no such number, or `message` is NULL or not UTF-8.
 */
wxsign_error *wxsign_error_new(uint32_t status, const char *message, size_t message_len);

/**
 * Returns the whole error with its causes as a JSON object, for logs and for bindings to other
 * languages. Its keys: code, message, reason, errcode, rid, ip, retryable, retryAt, recordedAt;
 * host, path, option or parameter; hint, hintZh, docsUrl, cause. A key without a value is missing.
 * `names` is WXSIGN_NAMES_C or WXSIGN_NAMES_GO and chooses how messages and hints spell options.
 *
 * On success `*json` is yours: free it with wxsign_string_free(). On failure it is NULL.
 * `json_len` may be NULL.
 *
 * Fails with INVALID_ARGUMENT.
 */
wxsign_status wxsign_error_json(const wxsign_error *of,
                                uint32_t names,
                                char **json,
                                size_t *json_len,
                                wxsign_error **error);

/**
 * Returns the word for a status, such as "QUOTA_EXCEEDED": "OK" for 0, "UNKNOWN" for any other
 * number. All of wxsign's bindings use the same words. The text is static: do not free it.
 */
const char *wxsign_status_name(uint32_t status);

/**
 * Wipes and frees a string that wxsign returned. NULL is allowed. Never pass such a string to
 * free().
 */
void wxsign_string_free(char *string);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* WXSIGN_H */
