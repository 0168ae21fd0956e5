/* The C binding against OpenSSL: what a page is answered, with nonce and timestamp. Prints JSON. */

#define _XOPEN_SOURCE 700
#include "peers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <wxsign.h>

#define REPEAT 1000
#define TRIES 6
#define WARM_UP 20

static wxsign_client *client;
static answer made;

/* Here the client does more than the others: it checks the URL and its host, and keeps the ticket alive. */
static void ours_config(void)
{
    wxsign_config config = WXSIGN_CONFIG_INIT;
    const char *page = url;
    if (wxsign_client_config(client, page, strlen(page), 0, &config, NULL))
        fail("wxsign_client_config");
    memcpy(made.nonce, config.nonce, sizeof made.nonce);
    memcpy(made.signature, config.signature, sizeof made.signature);
    made.timestamp = config.timestamp;
}

static void config_with_one_call(void)
{
    nonce_from_pool(&made);
    made.timestamp = (unsigned long long)time(NULL);
    sign_with_one_call(&made);
}

static void config_with_fetched(void)
{
    nonce_from_pool(&made);
    made.timestamp = (unsigned long long)time(NULL);
    sign_with_fetched(&made);
}

static void config_as_usual(void)
{
    nonce_as_usual(&made);
    made.timestamp = (unsigned long long)time(NULL);
    sign_as_usual(&made);
}

typedef struct {
    const char *name;
    void (*call)(void);
    double *times;
} contender;

#define COUNT 4
static contender configs[COUNT] = {{"wxsign_client_config", ours_config, NULL},
                                   {"OpenSSL SHA1(), tuned", config_with_one_call, NULL},
                                   {"OpenSSL, fetched algorithm, tuned", config_with_fetched, NULL},
                                   {"OpenSSL, typical program", config_as_usual, NULL}};

/* Only right signatures are measured. The client's own ticket is another one than the peers'. */
static void check(const contender *one)
{
    char right[sizeof made.signature];
    const char *page = url;
    one->call();
    if (one->call == ours_config)
        return;
    if (wxsign_sign(ticket, strlen(ticket), made.nonce, strlen(made.nonce), made.timestamp, page, strlen(page), right, NULL) ||
        strcmp(made.signature, right) != 0)
        fail(one->name);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static long disturbances(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nivcsw;
}

/* A turn in which the kernel gave the processor to another program is taken again, a few times at most. */
static double turn_of(void (*call)(void))
{
    double least = 0;
    for (int tries = 0; tries < TRIES; tries++) {
        long before = disturbances();
        double began = now(), took;
        for (int i = 0; i < REPEAT; i++)
            call();
        took = (now() - began) / REPEAT;
        if (tries == 0 || took < least)
            least = took;
        if (disturbances() == before)
            break;
    }
    return least;
}

static void measure(contender *all, int rounds)
{
    for (int i = 0; i < COUNT; i++) {
        check(&all[i]);
        if (!(all[i].times = calloc((size_t)rounds, sizeof(double))))
            fail("calloc");
    }
    for (int round = -WARM_UP; round < rounds; round++)
        for (int turn = 0; turn < COUNT; turn++) {
            contender *one = &all[(turn + round + WARM_UP) % COUNT];
            double took = turn_of(one->call);
            if (round >= 0)
                one->times[round] = took;
        }
    for (int i = 0; i < COUNT; i++) {
        printf("%s\"%s\":[", i ? "," : "", all[i].name);
        for (int round = 0; round < rounds; round++)
            printf("%s%.2f", round ? "," : "", all[i].times[round]);
        printf("]");
        free(all[i].times);
    }
}

static void make_client(void)
{
    static const char app_id[] = "wx5823bf96d3bd56c7", secret[] = "0123456789abcdef0123456789abcdef";
    static const char host[] = "example.com";
    const char *address = getenv("BENCH_SANDBOX");
    wxsign_options *options = wxsign_options_new();
    if (!address || wxsign_options_set_app_id(options, app_id, sizeof app_id - 1, NULL) ||
        wxsign_options_set_app_secret(options, secret, sizeof secret - 1, NULL) ||
        wxsign_options_add_base_url(options, address, strlen(address), NULL) ||
        wxsign_options_add_allowed_host(options, host, sizeof host - 1, NULL) ||
        wxsign_options_set_store_memory(options, NULL) || wxsign_client_new(options, &client, NULL))
        fail("wxsign_client_new");
    wxsign_options_free(options);
}

int main(void)
{
    const char *wanted = getenv("BENCH_ROUNDS");
    int rounds = wanted && atoi(wanted) > 0 ? atoi(wanted) : 100;
    peers_begin();
    make_client();
    printf("{\"groups\":{\"c.config\":{");
    measure(configs, rounds);
    puts("}}}");
    wxsign_client_free(client);
    return 0;
}
