/* The C binding against OpenSSL. Prints JSON: `c.config` is what a page is answered, with nonce and timestamp; `c.sign`
 * is the signature alone. */

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
static answer given = {"abcdefghijklmnopqrstuvwxyz234567", 1414587457, ""};
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

static void ours(answer *to)
{
    const char *page = url;
    if (wxsign_sign(ticket, 86, to->nonce, 32, to->timestamp, page, strlen(page), to->signature, NULL))
        fail("wxsign_sign");
}

static void ours_given(void)
{
    ours(&given);
}

static void given_with_one_call(void)
{
    sign_with_one_call(&given);
}

static void given_with_fetched(void)
{
    sign_with_fetched(&given);
}

static void given_as_usual(void)
{
    sign_as_usual(&given);
}

typedef struct {
    const char *name;
    void (*call)(void);
    answer *result;
    double *times;
} contender;

#define COUNT 4
static contender configs[COUNT] = {{"wxsign_client_config", ours_config, &made, NULL},
                                   {"OpenSSL SHA1(), tuned", config_with_one_call, &made, NULL},
                                   {"OpenSSL, fetched algorithm, tuned", config_with_fetched, &made, NULL},
                                   {"OpenSSL, typical program", config_as_usual, &made, NULL}};
static contender signatures[COUNT] = {{"wxsign_sign", ours_given, &given, NULL},
                                      {"OpenSSL SHA1(), tuned", given_with_one_call, &given, NULL},
                                      {"OpenSSL, fetched algorithm, tuned", given_with_fetched, &given, NULL},
                                      {"OpenSSL, typical program", given_as_usual, &given, NULL}};

/* Whoever signs wrongly is not measured. The client's own ticket is another one than the peers'. */
static void check(const contender *one)
{
    answer right;
    one->call();
    right = *one->result;
    ours(&right);
    if (one->call != ours_config && strcmp(one->result->signature, right.signature) != 0)
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

/* A turn in which the kernel gave the processor to somebody else is taken again, some times at most. */
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

static void measure(const char *group, contender *all, int rounds)
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
    printf("\"%s\":", group);
    for (int i = 0; i < COUNT; i++) {
        printf("%s\"%s\":[", i ? "," : "{", all[i].name);
        for (int round = 0; round < rounds; round++)
            printf("%s%.2f", round ? "," : "", all[i].times[round]);
        printf("]");
        free(all[i].times);
    }
    printf("}");
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
    printf("{\"groups\":{");
    measure("c.config", configs, rounds);
    printf(",");
    measure("c.sign", signatures, rounds);
    puts("}}");
    wxsign_client_free(client);
    return 0;
}
