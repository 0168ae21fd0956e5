/* Clients for tests: what most of them want, in one call. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "check.h"
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>
#include <wxsign.h>

/* A text as wxsign takes it. */
#define TEXT(text) (text), strlen(text)

#define PAGE "https://example.com/a?b=c"

/* Options for the sandbox's first account, in memory. */
wxsign_options *sandbox_options(const struct sandbox *sandbox);
/* Makes a client and frees the options. A failure is a failed check, and NULL. */
wxsign_client *make_client(wxsign_options *options);
/* Both. */
wxsign_client *sandbox_client(const struct sandbox *sandbox);
/* What most tests need: a sandbox with this fault, or NULL, and a client that has not asked it yet. */
extern struct sandbox sandbox;
extern wxsign_client *client;
void setup(const char *fault);
void teardown(void);
/* One of the sandbox at url that keeps its records in a directory. */
wxsign_client *dir_client(const char *url, const char *dir);

/* Asks for a config, checks the status, and gives the error, to be freed. */
wxsign_error *config_fails(const wxsign_client *client, uint32_t timeout_ms, wxsign_status status);
/* Asks for a config and has it checked by the sandbox. */
void config_verifies(const struct sandbox *sandbox, const wxsign_client *client, const char *url);
/* What the sandbox says of a config. */
int verdict(const struct sandbox *sandbox, const wxsign_config *config, const char *url);

/* How wxsign spells the ticket or token that it has now; to be freed with wxsign_string_free(). */
char *ticket_of(const wxsign_client *client);
char *token_of(const wxsign_client *client);

/* Fails the test if a text holds the secret, a token or a ticket of the sandbox's. */
void check_no_secret(const char *text);

/* A call with one text, and everything else right. */
typedef wxsign_status (*with_text)(const char *text, size_t len, wxsign_error **error);
/* Checks that the call refuses NULL, impossible lengths and bytes that are not UTF-8, and names the
 * parameter. */
void refuses_wrong_texts(with_text call, const char *parameter);

/* A new directory below TMPDIR. remove_dir() removes it and frees the name. */
char *make_dir(void);
void remove_dir(char *dir);

#endif
