/* Reads the cells of the fault matrix. */
#define _POSIX_C_SOURCE 200809L
#include "cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wxsign.h>

const char *const kinds[KINDS] = {"token", "ticket", "agent_ticket"};

/* The next field of the line that is being read. */
static char *field(void)
{
    char *field = strtok(NULL, "\t\n");
    if (field == NULL)
        exit(2);
    return field;
}

static long number(void)
{
    return strtol(field(), NULL, 10);
}

static int kind(void)
{
    const char *word = field();
    int kind = TOKEN;
    while (kind < KINDS - 1 && strcmp(word, kinds[kind]) != 0)
        kind++;
    return kind;
}

/* Reads a line, and returns its first field. */
static char *begin(char *line, int size)
{
    char *first = fgets(line, size, stdin) ? strtok(line, "\t") : NULL;
    if (first == NULL)
        exit(2);
    return first;
}

static void read_cell(struct cell *cell)
{
    char line[4096], *api;
    cell->name = strdup(begin(line, sizeof line));
    cell->fault = strdup(field());
    api = field();
    cell->token_api = strcmp(api, "work") == 0      ? WORK
                      : strcmp(api, "classic") == 0 ? WXSIGN_TOKEN_API_CLASSIC
                                                    : WXSIGN_TOKEN_API_STABLE;
    cell->ask = kind();
    cell->faulty = kind();
    cell->seed[TOKEN] = number();
    cell->seed[TICKET] = number();
    cell->seed[AGENT_TICKET] = number();
    cell->timeout_ms = number();
    cell->at_least_ms = number();
    cell->within_ms = number();
    cell->caller = strdup(field());
    cell->errcode = number();
    cell->retryable = (int)number();
    cell->fetch = strdup(field());
    cell->tokens = number();
    cell->tickets = number();
}

struct matrix read_matrix(void)
{
    struct matrix matrix;
    char line[4096];
    long i;
    matrix.count = strtol(begin(line, sizeof line), NULL, 10);
    matrix.again = number();
    matrix.again_within_ms = number();
    matrix.settled_within_ms = number();
    for (i = 0; i < 3; i++)
        matrix.canaries[i] = strdup(field());
    matrix.cells = calloc((size_t)matrix.count, sizeof *matrix.cells);
    if (matrix.cells == NULL)
        exit(2);
    for (i = 0; i < matrix.count; i++)
        read_cell(&matrix.cells[i]);
    return matrix;
}
