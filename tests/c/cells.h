/* The cells of the fault matrix, as tests/c/matrix.py writes them. */
#ifndef CELLS_H
#define CELLS_H

#include <stdint.h>

enum { TOKEN, TICKET, AGENT_TICKET, KINDS };
/* The kinds' names in files and events. */
extern const char *const kinds[KINDS];

/* A further value of token_api: an app of 企业微信. */
#define WORK 100

/* A fault, what is asked for during it, and what must come of that. */
struct cell {
    char *name, *fault;
    uint32_t token_api;
    int ask, faulty;
    long seed[KINDS], timeout_ms, at_least_ms, within_ms;
    char *caller;
    long errcode;
    int retryable;
    char *fetch;
    long tokens, tickets;
};

/* What holds for all cells. */
struct matrix {
    long count, again, again_within_ms, settled_within_ms;
    /* Parts of secrets, tokens and tickets, which no text of wxsign contains. */
    char *canaries[3];
    struct cell *cells;
};

/* Reads it from stdin. What cannot be read ends the program. */
struct matrix read_matrix(void);

#endif
