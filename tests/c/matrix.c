/* Cells of the fault matrix, one for each fault. tests/matrix/cells.json explains cells;
 * tests/c/matrix.py chooses them and writes them to stdin. */
#define _POSIX_C_SOURCE 200809L
#include "cells.h"
#include "fixture.h"
#include "record.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* Cells at once. They wait for most of their time. */
#define WORKERS 32

static const char *const in_state[KINDS] = {"token", "ticket", "agentTicket"};

static struct matrix matrix;
static long taken, ran;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* A cell that is being run. */
struct run {
    const struct cell *cell;
    struct sandbox sandbox;
    wxsign_client *client;
    char *born, *dir, *value, file[8192];
    long tokens_before, tickets_before;
};

static void wrong(const struct cell *cell, const char *format, ...)
{
    char message[4096];
    int len = snprintf(message, sizeof message, "%s: ", cell->name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message + len, sizeof message - (size_t)len, format, arguments);
    va_end(arguments);
    check_that(0, message, __FILE__, __LINE__);
}

/* --- What the binding says -------------------------------------------------------------------- */

static void check_no_canary(const struct cell *cell, const char *text)
{
    size_t i;
    for (i = 0; text != NULL && i < sizeof matrix.canaries / sizeof *matrix.canaries; i++)
        if (strstr(text, matrix.canaries[i]) != NULL)
            wrong(cell, "%s in: %s", matrix.canaries[i], text);
}

static void check_error(const struct cell *cell, const wxsign_error *error)
{
    for (; error != NULL; error = wxsign_error_cause(error)) {
        check_no_canary(cell, wxsign_error_name(error));
        check_no_canary(cell, wxsign_error_message(error));
        check_no_canary(cell, wxsign_error_rid(error));
        check_no_canary(cell, wxsign_error_ip(error));
        check_no_canary(cell, wxsign_error_hint(error));
        check_no_canary(cell, wxsign_error_hint_zh(error));
    }
}

/* It may be called a last time after the client is gone: its context is the cell, which stays. */
static void on_event(void *context, const wxsign_event *event)
{
    const struct cell *cell = context;
    check_no_canary(cell, wxsign_event_name(event));
    check_no_canary(cell, wxsign_event_credential(event));
    check_no_canary(cell, wxsign_event_source(event));
    check_no_canary(cell, wxsign_event_reason(event));
    check_error(cell, wxsign_event_error(event));
}

/* --- The records of the store ----------------------------------------------------------------- */

/* Copies the record of a kind from the first client's directory, if the cell wants it; notes the
 * file of what is asked for. */
static void seed(struct run *run, int kind)
{
    DIR *entries = opendir(run->born);
    struct dirent *entry;
    char from[8192], to[8192], end[32], *record;
    int fd;
    snprintf(end, sizeof end, ".%s.json", kinds[kind]);
    while (entries != NULL && (entry = readdir(entries)) != NULL)
        if (strstr(entry->d_name, end) != NULL)
            break;
    if (entries == NULL || entry == NULL) {
        if (kind == AGENT_TICKET && run->cell->token_api != WORK)
            return;
        wrong(run->cell, "no record of a %s", kinds[kind]);
        exit(2);
    }
    snprintf(from, sizeof from, "%s/%s", run->born, entry->d_name);
    snprintf(to, sizeof to, "%s/%s", run->dir, entry->d_name);
    closedir(entries);
    record = record_read(from);
    if (kind == run->cell->ask) {
        strcpy(run->file, to);
        run->value = record ? json_text(record, "value") : NULL;
    }
    if (run->cell->seed[kind] < 0) {
        free(record);
        return;
    }
    fd = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (record == NULL || fd < 0)
        exit(2);
    record_age(record, run->cell->seed[kind]);
    CHECK_EQUAL(write(fd, record, strlen(record)), strlen(record));
    close(fd);
    free(record);
}

/* The value in the file of what is asked for, to be freed, or NULL. */
static char *in_file(const struct run *run)
{
    char *record = record_read(run->file), *value = record ? json_text(record, "value") : NULL;
    free(record);
    return value;
}

static int file_holds(const struct run *run, const char *value)
{
    char *is = in_file(run);
    int same = is == NULL || value == NULL ? is == value : strcmp(is, value) == 0;
    free(is);
    return same;
}

/* --- A cell ----------------------------------------------------------------------------------- */

static wxsign_client *new_client(struct run *run, const char *dir, int is_asked)
{
    const struct cell *cell = run->cell;
    wxsign_options *options;
    if (cell->token_api == WORK) {
        options = wxsign_options_new();
        wxsign_options_set_corp(options, TEXT("ww5823bf96d3bd56c7"), TEXT("1000002"), NULL);
        wxsign_options_set_app_secret(options, TEXT(SANDBOX_SECRET "-agent10002"), NULL);
        wxsign_options_add_base_url(options, TEXT(run->sandbox.url), NULL);
    } else {
        options = sandbox_options(&run->sandbox);
        CHECK_EQUAL(wxsign_options_set_token_api(options, cell->token_api, NULL), WXSIGN_STATUS_OK);
    }
    CHECK_EQUAL(wxsign_options_set_store_dir(options, TEXT(dir), NULL), WXSIGN_STATUS_OK);
    if (is_asked) {
        CHECK_EQUAL(wxsign_options_set_timeout_ms(options, (uint32_t)cell->timeout_ms, NULL), WXSIGN_STATUS_OK);
        CHECK_EQUAL(wxsign_options_set_event_listener(options, on_event, (void *)cell, NULL, NULL), WXSIGN_STATUS_OK);
    }
    return make_client(options);
}

/* Whether what a call gave, a value or else a config, comes from this value. */
static int comes_from(const char *got, const wxsign_config *config, const char *value)
{
    char signature[WXSIGN_SIGNATURE_SIZE];
    if (got != NULL)
        return strcmp(got, value) == 0;
    CHECK_EQUAL(wxsign_sign(TEXT(value), TEXT(config->nonce), config->timestamp, TEXT(PAGE), signature, NULL),
                WXSIGN_STATUS_OK);
    return strcmp(config->signature, signature) == 0;
}

/* Asks, checks what the caller gets, and says how long that took. For a ticket, `once_more` asks
 * for a page's config. */
static long ask(struct run *run, int once_more)
{
    const struct cell *cell = run->cell;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_error *error = NULL;
    wxsign_status status;
    char *value = NULL, *stored;
    long long begun = check_now_ms(), ended;
    if (cell->ask == AGENT_TICKET)
        status = wxsign_client_agent_config(run->client, TEXT(PAGE), 0, &config, &error);
    else if (cell->ask == TOKEN)
        status = wxsign_client_access_token(run->client, 0, &value, NULL, &error);
    else if (once_more)
        status = wxsign_client_config(run->client, TEXT(PAGE), 0, &config, &error);
    else
        status = wxsign_client_ticket(run->client, 0, &value, NULL, &error);
    ended = check_now_ms();
    check_error(cell, error);
    if (strcmp(wxsign_status_name((uint32_t)status), cell->caller) != 0)
        wrong(cell, "got %s", wxsign_status_name((uint32_t)status));
    stored = in_file(run);
    if (status == WXSIGN_STATUS_OK && !comes_from(value, &config, run->value)
        && !(stored != NULL && comes_from(value, &config, stored)))
        wrong(cell, "got another value");
    free(stored);
    if (wxsign_error_code(error) != status || wxsign_error_errcode(error) != cell->errcode
        || wxsign_error_retryable(error) != cell->retryable)
        wrong(cell, "the error has code %d, errcode %lld and retryable %d", (int)wxsign_error_code(error),
              (long long)wxsign_error_errcode(error), wxsign_error_retryable(error));
    wxsign_string_free(value);
    wxsign_error_free(error);
    return (long)(ended - begun);
}

/* Whether state() says of the credential that the fault is about when it is asked for again, and
 * why not sooner. */
static int state_names(struct run *run, const char *code)
{
    char *json = NULL, key[24], *part, *name;
    int named;
    CHECK_EQUAL(wxsign_client_state(run->client, &json, NULL, NULL), WXSIGN_STATUS_OK);
    check_no_canary(run->cell, json);
    snprintf(key, sizeof key, "\"%s\":{", in_state[run->cell->faulty]);
    part = strstr(json, key);
    name = part ? json_text(part, "lastError") : NULL;
    named = name != NULL && strcmp(name, code) == 0 && json_number(part, "retryAtMs") > 0;
    free(name);
    wxsign_string_free(json);
    return named;
}

/* Whether the service was asked as often as it should have been, and for nothing else. */
static int spent(const struct run *run, long *tokens, long *tickets)
{
    char *counts = sandbox_ask(&run->sandbox, "counts", NULL);
    long other = json_number(counts, "other");
    *tokens = json_number(counts, "token") + json_number(counts, "stable_token") + json_number(counts, "gettoken")
              - run->tokens_before;
    *tickets = json_number(counts, "getticket") + json_number(counts, "get_jsapi_ticket")
               + json_number(counts, "ticket_get") - run->tickets_before;
    free(counts);
    return *tokens == run->cell->tokens && *tickets == run->cell->tickets && other == 0;
}

static void check(struct run *run)
{
    const struct cell *cell = run->cell;
    long took, tokens, tickets, i;
    long long end;
    int fetched = strcmp(cell->fetch, "OK") == 0, slow = strcmp(cell->fetch, "TIMEOUT") == 0;
    for (i = 0; i < (slow ? 2 : 1); i++) {
        took = ask(run, i > 0);
        if (took < cell->at_least_ms || took > cell->within_ms)
            wrong(cell, "took %ld ms", took);
    }
    if (!fetched && !slow) {
        for (end = check_now_ms() + matrix.settled_within_ms; !state_names(run, cell->fetch) && check_now_ms() < end;)
            check_sleep_ms(20);
        for (i = 0; i < matrix.again; i++)
            if ((took = ask(run, 1)) > matrix.again_within_ms)
                wrong(cell, "waited %ld ms at the cooldown", took);
        if (!state_names(run, cell->fetch))
            wrong(cell, "state() does not name %s", cell->fetch);
    }
    for (end = check_now_ms() + matrix.settled_within_ms; !spent(run, &tokens, &tickets) && check_now_ms() < end;)
        check_sleep_ms(20);
    if (!spent(run, &tokens, &tickets))
        wrong(cell, "%ld token and %ld ticket requests, or others", tokens, tickets);
    if (fetched)
        for (end = check_now_ms() + matrix.settled_within_ms; file_holds(run, NULL) && check_now_ms() < end;)
            check_sleep_ms(20);
    if (fetched ? file_holds(run, NULL) : !file_holds(run, cell->seed[cell->ask] < 0 ? NULL : run->value))
        wrong(cell, "the file was lost or made up");
    state_names(run, "");
}

static void run_cell(const struct cell *cell)
{
    struct run run;
    wxsign_client *first;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    int kind;
    memset(&run, 0, sizeof run);
    run.cell = cell;
    /* One at a time, so that no sandbox inherits what another is being started with. */
    pthread_mutex_lock(&lock);
    sandbox_start(&run.sandbox);
    pthread_mutex_unlock(&lock);
    run.born = make_dir();
    run.dir = make_dir();

    first = new_client(&run, run.born, 0);
    wxsign_string_free(ticket_of(first));
    if (cell->token_api == WORK)
        CHECK_EQUAL(wxsign_client_agent_config(first, TEXT(PAGE), 0, &config, NULL), WXSIGN_STATUS_OK);
    wxsign_client_free(first);
    for (kind = 0; kind < KINDS; kind++)
        seed(&run, kind);
    sandbox_post(&run.sandbox, "fault", cell->fault);
    spent(&run, &run.tokens_before, &run.tickets_before);
    run.client = new_client(&run, run.dir, 1);
    check(&run);

    wxsign_client_free(run.client);
    free(run.value);
    sandbox_stop(&run.sandbox);
    remove_dir(run.born);
    remove_dir(run.dir);
}

/* --- All of them ------------------------------------------------------------------------------ */

static void *worker(void *unused)
{
    long mine;
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&lock);
        mine = taken < matrix.count ? taken++ : -1;
        pthread_mutex_unlock(&lock);
        if (mine < 0)
            return NULL;
        run_cell(&matrix.cells[mine]);
        pthread_mutex_lock(&lock);
        ran++;
        pthread_mutex_unlock(&lock);
    }
}

static void the_chosen_cells_hold(void)
{
    pthread_t threads[WORKERS];
    long i;
    matrix = read_matrix();
    for (i = 0; i < WORKERS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, worker, NULL), 0);
    for (i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    printf("  %ld cells\n", ran);
    CHECK_EQUAL(ran, matrix.count);
}

CHECK_MAIN(TEST(the_chosen_cells_hold))
