/* Options, clients and errors made and freed again and again: nothing is left behind. The first
 * argument says how often. */
#define _POSIX_C_SOURCE 200809L
#include "fixture.h"

#include <stdio.h>
#include <unistd.h>

static long rounds = 10000;

/* The memory that this process has in use, in KiB; 0 if the system does not report it. */
static long resident(void)
{
    long all = 0, used = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%ld %ld", &all, &used) != 2)
        used = 0;
    fclose(file);
    return used * (sysconf(_SC_PAGESIZE) / 1024);
}

static long threads(void)
{
    long count = 0;
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "Threads:", 8) == 0)
            count = strtol(line + 8, NULL, 10);
    if (file != NULL)
        fclose(file);
    return count;
}

static void on_event(void *context, const wxsign_event *event)
{
    (void)context, (void)event;
}

static void freed(void *context)
{
    ++*(long *)context;
}

static void one_round(const struct sandbox *unreachable, long number, long *contexts)
{
    wxsign_options *options = sandbox_options(unreachable);
    wxsign_client *client = NULL, *twin = NULL;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_error *error = NULL, *copy;
    char app_id[32], *json = NULL;
    /* Every second client has another account. */
    snprintf(app_id, sizeof app_id, "wx%016lx", number % 2 ? number : 0);
    wxsign_options_set_app_id(options, TEXT(app_id), NULL);
    wxsign_options_set_event_listener(options, on_event, contexts, freed, NULL);
    CHECK_EQUAL(wxsign_client_new(options, &client, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_client_new(options, &twin, NULL), WXSIGN_STATUS_OK);
    wxsign_options_free(options);
    CHECK_EQUAL(wxsign_client_config(client, TEXT("ftp://x/"), 0, &config, &error), WXSIGN_STATUS_INVALID_URL);
    copy = wxsign_error_clone(error);
    CHECK_EQUAL(wxsign_error_code(copy), WXSIGN_STATUS_INVALID_URL);
    wxsign_error_free(copy);
    wxsign_error_free(error);
    CHECK_EQUAL(wxsign_client_state(twin, &json, NULL, NULL), WXSIGN_STATUS_OK);
    wxsign_string_free(json);
    if (number % 3 == 0)
        wxsign_client_close(client, NULL);
    wxsign_client_free(client);
    wxsign_client_free(twin);
}

/* Neither memory nor threads. */
static void freed_clients_leave_nothing_behind(void)
{
    struct sandbox unreachable = no_sandbox();
    long i, contexts = 0, memory, running;
    long warm = rounds / 10 < 2000 ? rounds / 10 : 2000;
    for (i = 0; i < warm; i++)
        one_round(&unreachable, i, &contexts);
    memory = resident(), running = threads();
    for (; i < rounds; i++)
        one_round(&unreachable, i, &contexts);
    printf("  %ld rounds, %ld KiB more\n", rounds, resident() - memory);
    /* Under valgrind, freed memory stays in use and there are fewer rounds; valgrind itself finds
     * leaks. */
    CHECK(rounds <= 1000 || resident() - memory < 1024);
    CHECK_EQUAL(threads(), running);
    CHECK_EQUAL(contexts, rounds);
}

int main(int argc, char **argv)
{
    static const struct check_test tests[] = {
        {"freed_clients_leave_nothing_behind", freed_clients_leave_nothing_behind},
    };
    if (argc > 1)
        rounds = strtol(argv[1], NULL, 10);
    return check_main(1, argv, tests, sizeof tests / sizeof *tests);
}
