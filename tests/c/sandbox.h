/* The stand-in for WeChat (see sandbox/README.md): each test starts another one, so that no
 * test sees the requests of another test. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <sys/types.h>

#define SANDBOX_APP_ID "wx5823bf96d3bd56c7"
#define SANDBOX_SECRET "0123456789abcdef0123456789abcdef"

struct sandbox {
    pid_t pid;
    int leash; /* its stdin: it exits when this is closed */
    int port;
    char url[64];
};

/* Starts the program that WXSIGN_SANDBOX names. A failure ends the test program. */
void sandbox_start(struct sandbox *sandbox);
void sandbox_stop(struct sandbox *sandbox);

/* Sends JSON to a control endpoint, such as "fault" or "/verify", or asks it (body NULL). The
 * answer's body is to be freed. */
char *sandbox_ask(const struct sandbox *sandbox, const char *endpoint, const char *body);
/* Like sandbox_ask(), for calls whose answer does not matter. */
void sandbox_post(const struct sandbox *sandbox, const char *endpoint, const char *body);
/* One of the counts: "token", "stable_token", "getticket", "other" or "total". */
long sandbox_count(const struct sandbox *sandbox, const char *name);

/* A number after "name": in JSON text, or -1. */
long json_number(const char *json, const char *name);
/* The text after "name": in JSON text, to be freed, or NULL. Escapes are left as they are. */
char *json_text(const char *json, const char *name);

/* The place of a sandbox for calls that must fail before a request. */
struct sandbox no_sandbox(void);

/* A port of this machine on which no server listens. */
int unused_port(void);

#endif
