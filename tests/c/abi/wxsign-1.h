/*
 * wxsign.h: signs WeChat JS-SDK pages, and keeps the access_token and jsapi_ticket that signing needs.
 * Unofficial.
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
 *         wxsign_options_set_app_id(options, "wx...", strlen("wx..."), NULL);
 *         wxsign_options_set_app_secret(options, "...", strlen("..."), NULL);
 *         if (wxsign_client_new(options, &client, &error) == WXSIGN_STATUS_OK
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
 * In the order of this file: the library's version, signing with a ticket of your own, the options of a
 * client, the client (made, closed, and asked in three ways: wait with a timeout, try without waiting, be
 * called back), events, errors.
 *
 * What holds everywhere:
 *
 * Status. A function that can fail returns a wxsign_status, WXSIGN_STATUS_OK (0) when it worked, and takes a
 * place for an error last. That place may be NULL. Where it is not, a failure puts a new error there, which
 * you free with wxsign_error_free(); a success leaves it alone. An error that is already there is
 * overwritten, not freed.
 *
 * Texts in. A pointer and a length in bytes; a final NUL is neither needed nor counted. They are UTF-8 and
 * copied where they are kept. NULL is INVALID_ARGUMENT, whatever the length: the empty text is "" and 0.
 *
 * Texts out. `char **`: yours, with a final NUL, freed by wxsign_string_free() and by nothing else. `const
 * char *`: lent by what it was asked of, with a final NUL.
 *
 * Places out. None may be NULL but those of errors and lengths.
 *
 * Owners. What a function named _new, or one with a place for it, gives is yours: free it with the _free of
 * its type. Every _free takes NULL. What a callback is given is lent until it returns.
 *
 * Threads. Each type says its own rule. Functions that take no type are for any thread.
 *
 * Fork. In the child signing works, clients of the parent's fail with FORKED, and new clients work.
 *
 * wxsign changes neither the environment nor how signals are handled, and starts threads only when a client
 * needs them.
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

/** What a wxsign_config begins as: wxsign_config config = WXSIGN_CONFIG_INIT; */
#define WXSIGN_CONFIG_INIT {sizeof(wxsign_config), 0, {0}, {0}}

/**
 * The size of a signature in a caller's buffer: forty hexadecimal digits and the end of the string.
 */
#define WXSIGN_SIGNATURE_SIZE 41

/**
 * The size of a nonce in a caller's buffer: 32 letters and digits and the end of the string.
 */
#define WXSIGN_NONCE_SIZE 33

/**
 * The number of this header's ABI, which is also the number in the shared library's name.
 */
#define WXSIGN_ABI_VERSION 1

/**
 * Fetch the token from stable_token, which Tencent recommends: repeated calls return the same token.
 */
#define WXSIGN_TOKEN_API_STABLE 0

/**
 * Fetch it from token: each call makes a new token and ends the one before.
 */
#define WXSIGN_TOKEN_API_CLASSIC 1

/**
 * What became of a call. Later versions may add codes: have a default case.
 */
typedef enum {
    /**
     * It worked.
     */
    WXSIGN_STATUS_OK = 0,
    /**
     * A wrong option or parameter: NULL, not UTF-8, or out of range. The message names it.
     */
    WXSIGN_STATUS_INVALID_ARGUMENT = 1,
    /**
     * The page's URL is not http(s), or has a control character, a backslash, user information, or over 2048
     * bytes.
     */
    WXSIGN_STATUS_INVALID_URL = 2,
    /**
     * There is a list of allowed hosts, and the page's host is not on it.
     */
    WXSIGN_STATUS_HOST_NOT_ALLOWED = 3,
    /**
     * WeChat refuses the appId or the AppSecret.
     */
    WXSIGN_STATUS_CREDENTIAL_REJECTED = 4,
    /**
     * WeChat refuses the address that this machine calls from; wxsign_error_ip() tells it.
     */
    WXSIGN_STATUS_IP_NOT_ALLOWED = 5,
    /**
     * The account may not use the interface.
     */
    WXSIGN_STATUS_PERMISSION_DENIED = 6,
    /**
     * A quota of calls is used up; wxsign_error_retry_at_ms() tells when it is filled again.
     */
    WXSIGN_STATUS_QUOTA_EXCEEDED = 7,
    /**
     * The access token is dead, and stayed so after it was fetched again once.
     */
    WXSIGN_STATUS_TOKEN_INVALIDATED = 8,
    /**
     * WeChat is busy or failing.
     */
    WXSIGN_STATUS_UPSTREAM_BUSY = 9,
    /**
     * WeChat refused with an errcode that has no code of its own; wxsign_error_errcode() tells it.
     */
    WXSIGN_STATUS_UPSTREAM_REJECTED = 10,
    /**
     * The answer is not one of WeChat's: a proxy's page, cut short, of wrong types, or too large.
     */
    WXSIGN_STATUS_BAD_RESPONSE = 11,
    /**
     * Asked without waiting, and nothing fresh is in memory.
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
     * The directory that was named for the store is unsafe.
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
     * The client was made before this process was forked.
     */
    WXSIGN_STATUS_FORKED = 18,
    /**
     * A defect of wxsign, caught before it could harm the program.
     */
    WXSIGN_STATUS_INTERNAL = 19,
} wxsign_status;

/**
 * One account of WeChat's: fetches, keeps and refreshes its credentials, and signs pages with them.
 *
 * Made by wxsign_client_new(), freed by wxsign_client_free(). Clients of one process that name the same
 * account and store share what they keep, so a second one costs nothing.
 *
 * Threads: any number may use one at once; none may while it is freed, or afterwards. After fork() a client
 * is the parent's: every call on it in the child fails at once with FORKED and takes no lock, and a new
 * client works.
 */
typedef struct wxsign_client wxsign_client;

/**
 * Why a call failed: a code, what WeChat said, when to try again, and what to do next.
 *
 * A call that fails makes one if its last argument is not NULL; free it with wxsign_error_free(). All texts
 * are UTF-8, belong to the error and live until it is freed. No secret, token or ticket is ever in one.
 *
 * Threads: it never changes, so any number of threads may read it at once; one of them frees it when all are
 * done.
 */
typedef struct wxsign_error wxsign_error;

/**
 * Something that happened behind the calls. No secret, token or ticket is ever in one.
 *
 * It is lent to the listener: it and all that is read from it live until the listener returns.
 *
 * Threads: only the thread that the listener was called on may use it.
 */
typedef struct wxsign_event wxsign_event;

/**
 * What a client is to be: an appId and an AppSecret are all that most need.
 *
 * Made by wxsign_options_new(), freed by wxsign_options_free(). Clients copy what they need, so it may serve
 * for several and be freed as soon as they are made. Setters copy the texts that they are given and check
 * little more than UTF-8: wxsign_client_new() checks the whole.
 *
 * Threads: one at a time.
 */
typedef struct wxsign_options wxsign_options;

/**
 * Takes the answer of an access token function.
 *
 * Answer each exactly once, with wxsign_token_reply_send() or wxsign_token_reply_fail(), both of which free
 * it. One that is never answered leaks, and the calls that wait for it fail with TIMEOUT.
 *
 * Threads: answer on any thread, at once or after the function has returned.
 */
typedef struct wxsign_token_reply wxsign_token_reply;

/**
 * Gives the access token. It is called whenever a ticket is fetched, on a thread of wxsign's, or on several
 * at once where several clients share the context. `rejected` is the token that WeChat has just refused
 * (`rejected_len` bytes and a NUL, lent until the function returns), or NULL. It answers through `reply`,
 * within nine seconds. It must not free a client, wait for one, throw or jump out.
 */
typedef void (*wxsign_access_token_function)(void *context,
                                             const char *rejected,
                                             size_t rejected_len,
                                             wxsign_token_reply *reply);

/**
 * Told what happens behind the calls. It is called on threads of wxsign's, several at once where several
 * clients share the context, and once during wxsign_client_new() where the store cannot be used. It should
 * return soon; it may sign and ask without waiting, and must not free a client, wait for one, throw or jump
 * out.
 */
typedef void (*wxsign_event_listener)(void *context, const wxsign_event *event);

/**
 * What a page hands to wx.config, besides the appId and the list of interfaces.
 *
 * It is yours: begin it with WXSIGN_CONFIG_INIT (or set `struct_size`), and free nothing.
 *
 * Threads: it is plain data.
 */
typedef struct {
    /**
     * sizeof(wxsign_config) of the program, so that later versions can add fields.
     */
    size_t struct_size;
    /**
     * Unix time in seconds.
     */
    uint64_t timestamp;
    /**
     * "nonceStr" in wx.config: 32 letters and digits and a NUL.
     */
    char nonce[WXSIGN_NONCE_SIZE];
    /**
     * Forty hexadecimal digits and a NUL.
     */
    char signature[WXSIGN_SIGNATURE_SIZE];
} wxsign_config;

/**
 * Told the outcome of wxsign_client_config_async(), exactly once. With status OK `config` is given and
 * `error` is NULL, otherwise the other way round. Both are lent: they live until the callback returns.
 */
typedef void (*wxsign_config_callback)(void *context,
                                       wxsign_status status,
                                       const wxsign_config *config,
                                       const wxsign_error *error);

/**
 * Told a ticket or token, exactly once. With status OK `value` is given (`value_len` bytes and a NUL) and
 * `error` is NULL, otherwise the other way round. Both are lent: they live until the callback returns.
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
 * Does nothing, and holds the number of the ABI in its name: a program that refers to it links and loads
 * only with a library of this ABI.
 */
void wxsign_abi_1(void);

/**
 * The version of the library that is linked, such as "0.1.0"; WXSIGN_VERSION is the header's. The text is
 * static: do not free it.
 */
const char *wxsign_version(void);

/**
 * The number of the ABI of the library that is linked; it should equal WXSIGN_ABI_VERSION.
 */
uint32_t wxsign_abi_version(void);

/**
 * Signs a page with a ticket that you have. It computes and does nothing else: no network, no file, no lock.
 *
 * `url` is cut at its first '#' and otherwise taken as it is: pass the page's location.href. `timestamp` is
 * in seconds; the page must hand the very same `timestamp` and `nonce` to wx.config. All texts are UTF-8 and
 * may hold any character, NUL included. On success `signature` has forty lowercase hexadecimal digits and a
 * NUL.
 *
 * Fails with INVALID_ARGUMENT only: a NULL, or a text that is not UTF-8.
 *
 * Threads: call it from any, also after fork().
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
 * Makes a nonce: 32 random letters and digits and a NUL.
 *
 * Fails with INVALID_ARGUMENT only: `nonce` is NULL.
 *
 * Threads: call it from any, also after fork(), where it does not repeat what the parent gets.
 */
wxsign_status wxsign_nonce(char nonce[WXSIGN_NONCE_SIZE], wxsign_error **error);

/**
 * Begins the options of a client. Free them with wxsign_options_free(). NULL only where wxsign itself is
 * defective.
 */
wxsign_options *wxsign_options_new(void);

/**
 * Frees options. NULL is fine. Clients that were made from them go on.
 */
void wxsign_options_free(wxsign_options *options);

/**
 * Sets the account's appId, such as "wx5823bf96d3bd56c7". INVALID_ARGUMENT: NULL or not UTF-8.
 */
wxsign_status wxsign_options_set_app_id(wxsign_options *options,
                                        const char *app_id,
                                        size_t app_id_len,
                                        wxsign_error **error);

/**
 * Sets the account's AppSecret; the copy is wiped when nobody needs it any more. INVALID_ARGUMENT: NULL or
 * not UTF-8.
 */
wxsign_status wxsign_options_set_app_secret(wxsign_options *options,
                                            const char *app_secret,
                                            size_t app_secret_len,
                                            wxsign_error **error);

/**
 * Adds an address of the service, with or without "/cgi-bin"; the first is the primary one, later ones are
 * to fall back on. Without any, WeChat's own are used. Plain http is for loopback only. INVALID_ARGUMENT:
 * NULL or not UTF-8.
 */
wxsign_status wxsign_options_add_base_url(wxsign_options *options,
                                          const char *url,
                                          size_t url_len,
                                          wxsign_error **error);

/**
 * Sets which interface the access token is fetched from: WXSIGN_TOKEN_API_STABLE (the default) or
 * WXSIGN_TOKEN_API_CLASSIC. INVALID_ARGUMENT: NULL or another number.
 */
wxsign_status wxsign_options_set_token_api(wxsign_options *options, uint32_t token_api, wxsign_error **error);

/**
 * Sets an access token of your own in place of an AppSecret. It is used until
 * wxsign_client_set_access_token() replaces it and never fetched: where WeChat refuses it, calls fail with
 * TOKEN_INVALIDATED. INVALID_ARGUMENT: NULL or not UTF-8.
 */
wxsign_status wxsign_options_set_access_token(wxsign_options *options,
                                              const char *token,
                                              size_t token_len,
                                              wxsign_error **error);

/**
 * Sets a function that gives the access token, in place of an AppSecret.
 *
 * `context` is passed to it and otherwise left alone. `context_free`, unless NULL, is called with it exactly
 * once, on any thread, when these options and all clients made from them are gone and no call is under way.
 * That may be after wxsign_client_free() has returned, so without `context_free` the context must live as
 * long as the program. Where this call fails, `context` stays yours. INVALID_ARGUMENT: `options` or
 * `function` is NULL.
 */
wxsign_status wxsign_options_set_access_token_function(wxsign_options *options,
                                                       wxsign_access_token_function function,
                                                       void *context,
                                                       void (*context_free)(void *context),
                                                       wxsign_error **error);

/**
 * Keeps credentials in files in this directory, which must be yours alone; it is made where it is missing.
 * Without a store the platform's state directory is used. INVALID_ARGUMENT: NULL, not UTF-8, or with a NUL in
 * it.
 */
wxsign_status wxsign_options_set_store_dir(wxsign_options *options,
                                           const char *dir,
                                           size_t dir_len,
                                           wxsign_error **error);

/**
 * Keeps credentials in Redis, for machines that share no disk: `redis://[:password@]host[:port][/db]`, or
 * `rediss://` for TLS. While Redis fails, memory serves.
 *
 * Fails with INVALID_ARGUMENT: a NULL, or a text that is not UTF-8. A malformed address is told by
 * wxsign_client_new().
 */
wxsign_status wxsign_options_set_store_redis(wxsign_options *options,
                                             const char *url,
                                             size_t url_len,
                                             wxsign_error **error);

/**
 * Keeps credentials in memory only: nothing outlives the process. INVALID_ARGUMENT: `options` is NULL.
 */
wxsign_status wxsign_options_set_store_memory(wxsign_options *options, wxsign_error **error);

/**
 * Adds a host whose pages may be signed: "example.com", "example.com:8443", "*.example.com" or "*". Without
 * any, every host's may. INVALID_ARGUMENT: NULL or not UTF-8.
 */
wxsign_status wxsign_options_add_allowed_host(wxsign_options *options,
                                              const char *host,
                                              size_t host_len,
                                              wxsign_error **error);

/**
 * Sets how long calls wait where they are not told otherwise: 1 to 600,000 milliseconds (wxsign_client_new() refuses
 * others), 10,000 by default. INVALID_ARGUMENT: `options` is NULL.
 */
wxsign_status wxsign_options_set_timeout_ms(wxsign_options *options,
                                            uint32_t timeout_ms,
                                            wxsign_error **error);

/**
 * Sets an HTTP proxy, "http://host:port". The environment is never looked at. INVALID_ARGUMENT: NULL or not
 * UTF-8.
 */
wxsign_status wxsign_options_set_proxy(wxsign_options *options,
                                       const char *url,
                                       size_t url_len,
                                       wxsign_error **error);

/**
 * Sets a file of PEM certificates that replace the system's roots. INVALID_ARGUMENT: NULL, not UTF-8, or
 * with a NUL in it.
 */
wxsign_status wxsign_options_set_ca_file(wxsign_options *options,
                                         const char *file,
                                         size_t file_len,
                                         wxsign_error **error);

/**
 * Sets who is told what happens behind the calls. `context` and `context_free` are as for
 * wxsign_options_set_access_token_function(). INVALID_ARGUMENT: `options` or `listener` is NULL.
 */
wxsign_status wxsign_options_set_event_listener(wxsign_options *options,
                                                wxsign_event_listener listener,
                                                void *context,
                                                void (*context_free)(void *context),
                                                wxsign_error **error);

/**
 * Answers with the access token, and frees `reply` in any case.
 *
 * Fails with INVALID_ARGUMENT: a NULL, or a token that is not UTF-8; whoever waits is told so.
 */
wxsign_status wxsign_token_reply_send(wxsign_token_reply *reply,
                                      const char *token,
                                      size_t token_len,
                                      wxsign_error **error);

/**
 * Answers that there is no token, and why, in a few words that reach the error (so no secret). Frees `reply`
 * in any case.
 *
 * Fails with INVALID_ARGUMENT: a NULL, or words that are not UTF-8; whoever waits is told so.
 */
wxsign_status wxsign_token_reply_fail(wxsign_token_reply *reply,
                                      const char *why,
                                      size_t why_len,
                                      wxsign_error **error);

/**
 * Checks the options and makes a client, which must be freed with wxsign_client_free(). No request is made
 * before the first call. On failure `*client` is NULL.
 *
 * Fails with INVALID_ARGUMENT (an option is missing or wrong; the message names it) or STORE (the directory is
 * unsafe).
 */
wxsign_status wxsign_client_new(const wxsign_options *options,
                                wxsign_client **client,
                                wxsign_error **error);

/**
 * Closes a client: whoever waits on it gets CLOSED, and so does every later call. Callbacks that wait are
 * called before this returns, on this thread; one that is being called on a thread of wxsign's just now may
 * end after it returned. Closing twice is fine.
 *
 * Fails with INVALID_ARGUMENT (`client` is NULL) or FORKED.
 */
wxsign_status wxsign_client_close(const wxsign_client *client, wxsign_error **error);

/**
 * Closes a client if that was not done, and frees it. NULL is fine. It does not wait for a request that is
 * under way. In a forked child it leaks the parent's client, because freeing would take locks that nobody
 * may ever release.
 *
 * Not from a callback, and not while another thread is in a call on the same client: close it first, and
 * free it when all such calls have returned. What it says of callbacks, wxsign_client_close() says.
 */
void wxsign_client_free(wxsign_client *client);

/**
 * Replaces the access token of a client that was made with wxsign_options_set_access_token().
 *
 * Fails with INVALID_ARGUMENT (also where the client has no token of its own), CLOSED or FORKED.
 */
wxsign_status wxsign_client_set_access_token(const wxsign_client *client,
                                             const char *token,
                                             size_t token_len,
                                             wxsign_error **error);

/**
 * Drops the token or ticket `value`, but only if it is still the one in memory: what another caller has
 * already replaced stays. `*dropped` says whether it was; the next call fetches a new one.
 *
 * Fails with INVALID_ARGUMENT, CLOSED or FORKED.
 */
wxsign_status wxsign_client_invalidate(const wxsign_client *client,
                                       const char *value,
                                       size_t value_len,
                                       bool *dropped,
                                       wxsign_error **error);

/**
 * Tells what the client knows of itself, as a JSON object: "appId", "closed", "store" ("memory", "file" or
 * "redis"), "storeFailure", "lock" (whom the store's lock keeps out: "process", this one's own fetches, "file",
 * those of this machine, "redis", everybody's there, or "none" where the file system has no lock to be trusted),
 * "circuitOpen" (the breaker: WeChat is known to fail and is asked once a minute), "requests" (to WeChat), "failures"
 * (of those, by errcode or code), "unlocked" (fetches without the lock because its holder did not give it back),
 * and for "token" and "ticket" each "freshness" ("fresh", "stale", "expiring" or "expired"), "source" ("service", "store"
 * or "import"), "ageMs", "remainingMs", "nextRefreshMs", "ageKnown", "lastError", "lastErrcode" and "retryAtMs";
 * what is not known is null. It names no secret, token or ticket, makes no request, reads no file and never
 * waits. A closed client still tells.
 *
 * `*json` must be freed with wxsign_string_free() and is NULL on failure; `json_len` may be NULL.
 *
 * Fails with INVALID_ARGUMENT or FORKED.
 */
wxsign_status wxsign_client_state(const wxsign_client *client,
                                  char **json,
                                  size_t *json_len,
                                  wxsign_error **error);

/**
 * Signs the page at `url`, waiting for a ticket if there is none, for `timeout_ms` milliseconds at most (0:
 * the client's own timeout). Pass the page's location.href; what is after a '#' is not signed. `*config` is
 * filled on success and left alone on failure.
 *
 * Fails with INVALID_ARGUMENT, INVALID_URL, HOST_NOT_ALLOWED, CLOSED, FORKED, TIMEOUT, or with what became
 * of the request.
 */
wxsign_status wxsign_client_config(const wxsign_client *client,
                                   const char *url,
                                   size_t url_len,
                                   uint32_t timeout_ms,
                                   wxsign_config *config,
                                   wxsign_error **error);

/**
 * The same without waiting, for event loops: NOT_READY where no ticket is in memory. A fetch is then under
 * way.
 */
wxsign_status wxsign_client_try_config(const wxsign_client *client,
                                       const char *url,
                                       size_t url_len,
                                       wxsign_config *config,
                                       wxsign_error **error);

/**
 * The same where wxsign_client_config() would not wait, and else NOT_READY: for hosts that have a ticket called
 * back when they must wait. No fetch begins, and a ticket that is about to end, which wxsign_client_try_config()
 * serves, is not served.
 */
wxsign_status wxsign_client_config_if_fresh(const wxsign_client *client,
                                            const char *url,
                                            size_t url_len,
                                            wxsign_config *config,
                                            wxsign_error **error);

/**
 * The same by a call back. Where this returns OK, `callback` is called exactly once, and told of every
 * failure: before this returns and on this thread where nothing has to be waited for, else on a thread of
 * wxsign's, or on the one that closes the client. Where this returns anything else, which is
 * INVALID_ARGUMENT, `callback` is never called.
 *
 * A callback may sign, try, and ask for another call back. It must not wait for a client, free one, throw or
 * jump out. `context` is passed to it and must stay valid until then.
 */
wxsign_status wxsign_client_config_async(const wxsign_client *client,
                                         const char *url,
                                         size_t url_len,
                                         uint32_t timeout_ms,
                                         wxsign_config_callback callback,
                                         void *context,
                                         wxsign_error **error);

/**
 * Gives the jsapi_ticket, waiting for it if need be, for `timeout_ms` milliseconds at most (0: the client's
 * own timeout). Treat it as a secret.
 *
 * `*ticket` must be freed with wxsign_string_free() and is NULL on failure; `ticket_len` may be NULL.
 *
 * Fails with INVALID_ARGUMENT, CLOSED, FORKED, TIMEOUT, or with what became of the request.
 */
wxsign_status wxsign_client_ticket(const wxsign_client *client,
                                   uint32_t timeout_ms,
                                   char **ticket,
                                   size_t *ticket_len,
                                   wxsign_error **error);

/**
 * The same without waiting: NOT_READY where no ticket is in memory. A fetch is then under way.
 */
wxsign_status wxsign_client_try_ticket(const wxsign_client *client,
                                       char **ticket,
                                       size_t *ticket_len,
                                       wxsign_error **error);

/**
 * The same by a call back, with the rules of wxsign_client_config_async().
 */
wxsign_status wxsign_client_ticket_async(const wxsign_client *client,
                                         uint32_t timeout_ms,
                                         wxsign_string_callback callback,
                                         void *context,
                                         wxsign_error **error);

/**
 * Gives the access_token, waiting for it if need be, for `timeout_ms` milliseconds at most (0: the client's
 * own timeout). Treat it as a secret.
 *
 * `*token` must be freed with wxsign_string_free() and is NULL on failure; `token_len` may be NULL.
 *
 * Fails with INVALID_ARGUMENT, CLOSED, FORKED, TIMEOUT, or with what became of the request.
 */
wxsign_status wxsign_client_access_token(const wxsign_client *client,
                                         uint32_t timeout_ms,
                                         char **token,
                                         size_t *token_len,
                                         wxsign_error **error);

/**
 * The same without waiting: NOT_READY where no token is in memory. A fetch is then under way.
 */
wxsign_status wxsign_client_try_access_token(const wxsign_client *client,
                                             char **token,
                                             size_t *token_len,
                                             wxsign_error **error);

/**
 * The same by a call back, with the rules of wxsign_client_config_async().
 */
wxsign_status wxsign_client_access_token_async(const wxsign_client *client,
                                               uint32_t timeout_ms,
                                               wxsign_string_callback callback,
                                               void *context,
                                               wxsign_error **error);

/**
 * The kind of event: "refreshed", "failed", "stale" (a value was served although refreshing it failed; told once
 * a minute for each credential) or "store_degraded". Later versions may add more.
 */
const char *wxsign_event_name(const wxsign_event *event);

/**
 * The credential that it is about, "token" or "ticket", or NULL.
 */
const char *wxsign_event_credential(const wxsign_event *event);

/**
 * Where a refreshed credential came from, "service" or "store", or NULL.
 */
const char *wxsign_event_source(const wxsign_event *event);

/**
 * The failure behind it, or NULL. It is lent like the event; wxsign_error_clone() keeps a copy.
 */
const wxsign_error *wxsign_event_error(const wxsign_event *event);

/**
 * How long a refreshed credential will be served, in milliseconds, else 0.
 */
uint64_t wxsign_event_remaining_ms(const wxsign_event *event);

/**
 * Why the store cannot be used, or NULL.
 */
const char *wxsign_event_reason(const wxsign_event *event);

/**
 * Frees an error. NULL is fine. Do not free one that a callback or wxsign_error_cause() gave you.
 */
void wxsign_error_free(wxsign_error *error);

/**
 * A copy of an error, to keep one that was only lent to a callback; free it with wxsign_error_free(). NULL
 * gives NULL.
 */
wxsign_error *wxsign_error_clone(const wxsign_error *error);

/**
 * The status that the call returned. NULL gives WXSIGN_STATUS_OK.
 */
wxsign_status wxsign_error_code(const wxsign_error *error);

/**
 * The word for the code, such as "QUOTA_EXCEEDED". NULL gives "OK".
 */
const char *wxsign_error_name(const wxsign_error *error);

/**
 * What happened, in English; where WeChat refused, its errmsg, cleaned. NULL gives "".
 */
const char *wxsign_error_message(const wxsign_error *error);

/**
 * WeChat's errcode, or 0 where WeChat gave none.
 */
int64_t wxsign_error_errcode(const wxsign_error *error);

/**
 * The request's id in Tencent's logs, which Tencent's support asks for, or NULL.
 */
const char *wxsign_error_rid(const wxsign_error *error);

/**
 * The address that WeChat saw and refused (WXSIGN_STATUS_IP_NOT_ALLOWED), or NULL.
 */
const char *wxsign_error_ip(const wxsign_error *error);

/**
 * Whether the same call can succeed later without anybody changing anything.
 */
bool wxsign_error_retryable(const wxsign_error *error);

/**
 * When wxsign will ask WeChat again at the earliest, in milliseconds since 1970, or 0 where it is not known.
 * Calls until then get this error at once.
 */
int64_t wxsign_error_retry_at_ms(const wxsign_error *error);

/**
 * What to do next, in English. NULL gives "".
 */
const char *wxsign_error_hint(const wxsign_error *error);

/**
 * What to do next, in Chinese (UTF-8). NULL gives "".
 */
const char *wxsign_error_hint_zh(const wxsign_error *error);

/**
 * The failure behind this one, or NULL: a TIMEOUT carries the last error of the fetch that it waited for. It
 * belongs to the error it was asked of: do not free it.
 */
const wxsign_error *wxsign_error_cause(const wxsign_error *error);

/**
 * The word for a status, such as "QUOTA_EXCEEDED"; "OK" for 0, and "UNKNOWN" for a number that is no status.
 * It is the same word in every language that wxsign serves. The text is static: do not free it.
 */
const char *wxsign_status_name(uint32_t status);

/**
 * Wipes and frees a string that a function of wxsign's handed over. NULL is fine. Never use free() for it.
 */
void wxsign_string_free(char *string);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* WXSIGN_H */
