/* Behaviours: tokens that die, and tokens of the caller's own. */
#define _POSIX_C_SOURCE 200809L
#include "behaviours.h"

#include "fixture.h"

#include <pthread.h>
#include <stdio.h>

BEHAVIOUR(dead_token_is_refetched)
{
    char *token;
    setup(NULL);
    token = token_of(client);
    sandbox_post(&sandbox, "kill", "{\"what\":\"token\"}");
    config_verifies(&sandbox, client, PAGE);
    CHECK_EQUAL(sandbox_count(&sandbox, "stable_token"), 2);
    CHECK_EQUAL(sandbox_count(&sandbox, "getticket"), 2);
    wxsign_string_free(token);
    teardown();
}

BEHAVIOUR(invalidate)
{
    char *ticket, *other;
    bool dropped = true;
    setup(NULL);
    ticket = ticket_of(client);
    CHECK_EQUAL(wxsign_client_invalidate(client, TEXT("another"), &dropped, NULL), WXSIGN_STATUS_OK);
    CHECK(!dropped);
    sandbox_post(&sandbox, "kill", "{\"what\":\"ticket\"}");
    CHECK_EQUAL(wxsign_client_invalidate(client, TEXT(ticket), &dropped, NULL), WXSIGN_STATUS_OK);
    CHECK(dropped);
    other = ticket_of(client);
    CHECK(other != NULL && strcmp(ticket, other) != 0);
    CHECK_EQUAL(wxsign_client_invalidate(client, TEXT(ticket), &dropped, NULL), WXSIGN_STATUS_OK);
    CHECK(!dropped);
    config_verifies(&sandbox, client, PAGE);
    CHECK_EQUAL(sandbox_count(&sandbox, "getticket"), 2);
    wxsign_string_free(ticket);
    wxsign_string_free(other);
    teardown();
}

/* The client's report on a signature that was made with the ticket; to be freed. */
static char *explained(const wxsign_client *client, const char *ticket)
{
    char signature[WXSIGN_SIGNATURE_SIZE], evidence[512], *report = NULL;
    CHECK_EQUAL(wxsign_sign(TEXT(ticket), TEXT("n"), 1700000000, TEXT(PAGE), signature, NULL), WXSIGN_STATUS_OK);
    snprintf(evidence, sizeof(evidence),
             "{\"url\":\"" PAGE "\",\"nonceStr\":\"n\",\"timestamp\":1700000000,\"signature\":\"%s\"}", signature);
    CHECK_EQUAL(wxsign_client_explain(client, TEXT(evidence), &report, NULL, NULL), WXSIGN_STATUS_OK);
    return report;
}

BEHAVIOUR(explains_former_ticket)
{
    char *former, *current, *dead, *alive;
    bool dropped = false;
    setup(NULL);
    former = ticket_of(client);
    sandbox_post(&sandbox, "kill", "{\"what\":\"ticket\"}");
    CHECK_EQUAL(wxsign_client_invalidate(client, TEXT(former), &dropped, NULL), WXSIGN_STATUS_OK);
    current = ticket_of(client);
    dead = explained(client, former);
    alive = explained(client, current);
    CHECK(dead != NULL && strstr(dead, "\"verdict\":\"invalid\"") != NULL);
    CHECK(dead != NULL && strstr(dead, "\"code\":\"dead_ticket\",\"certainty\":\"proven\"") != NULL);
    CHECK(dead != NULL && strstr(dead, "was refused at") != NULL && strstr(dead, "\"detailZh\"") != NULL);
    CHECK_TEXT(alive, "{\"verdict\":\"valid\",\"causes\":[]}");
    check_no_secret(dead);
    wxsign_string_free(former);
    wxsign_string_free(current);
    wxsign_string_free(dead);
    wxsign_string_free(alive);
    teardown();
}

/* A token that the sandbox takes: bought by another client. */
static char *buy_token(const struct sandbox *sandbox)
{
    wxsign_client *client = sandbox_client(sandbox);
    char *token = token_of(client);
    wxsign_client_free(client);
    return token;
}

static wxsign_options *options_without_secret(const struct sandbox *sandbox)
{
    wxsign_options *options = wxsign_options_new();
    wxsign_options_set_app_id(options, TEXT(SANDBOX_APP_ID), NULL);
    wxsign_options_add_base_url(options, TEXT(sandbox->url), NULL);
    wxsign_options_set_store_memory(options, NULL);
    return options;
}

BEHAVIOUR(own_token)
{
    wxsign_options *options;
    wxsign_error *error = NULL;
    char *token, *same;
    sandbox_start(&sandbox);
    token = buy_token(&sandbox);
    options = options_without_secret(&sandbox);
    CHECK_EQUAL(wxsign_options_set_access_token(options, TEXT(token), NULL), WXSIGN_STATUS_OK);
    client = make_client(options);
    same = token_of(client);
    CHECK_TEXT(same, token);
    config_verifies(&sandbox, client, PAGE);
    CHECK_EQUAL(sandbox_count(&sandbox, "stable_token"), 1);
    wxsign_client_free(client);
    wxsign_string_free(same);

    sandbox_post(&sandbox, "kill", "{\"what\":\"token\"}");
    options = options_without_secret(&sandbox);
    wxsign_options_set_access_token(options, TEXT(token), NULL);
    client = make_client(options);
    wxsign_error_free(config_fails(client, 0, WXSIGN_STATUS_TOKEN_INVALIDATED));
    CHECK_EQUAL(sandbox_count(&sandbox, "stable_token"), 1);
    wxsign_string_free(token);
    token = buy_token(&sandbox);
    CHECK_EQUAL(wxsign_client_set_access_token(client, TEXT(token), &error), WXSIGN_STATUS_OK);
    CHECK(error == NULL);
    config_verifies(&sandbox, client, PAGE);
    CHECK_EQUAL(sandbox_count(&sandbox, "stable_token"), 2);
    wxsign_client_free(client);
    wxsign_string_free(token);

    client = sandbox_client(&sandbox);
    CHECK_EQUAL(wxsign_client_set_access_token(client, TEXT("x"), NULL), WXSIGN_STATUS_INVALID_ARGUMENT);
    teardown();
}

/* What an access token function sees and says. */
struct source {
    const struct sandbox *sandbox;
    char *token;
    int calls, refusals, freed;
    int later, says_no;
    wxsign_token_reply *reply;
    pthread_t thread;
};

static void *answer_later(void *context)
{
    struct source *source = context;
    check_sleep_ms(50);
    CHECK_EQUAL(wxsign_token_reply_send(source->reply, TEXT(source->token), NULL), WXSIGN_STATUS_OK);
    return NULL;
}

static void give_token(void *context, const char *rejected, size_t rejected_len, wxsign_token_reply *reply)
{
    struct source *source = context;
    source->calls++;
    if (rejected != NULL) {
        source->refusals++;
        CHECK_TEXT(rejected, source->token);
        CHECK_EQUAL(rejected_len, strlen(source->token));
        wxsign_string_free(source->token);
        source->token = buy_token(source->sandbox);
    }
    if (source->says_no) {
        CHECK_EQUAL(wxsign_token_reply_fail(reply, TEXT("no token today"), NULL), WXSIGN_STATUS_OK);
    } else if (source->later) {
        source->reply = reply;
        CHECK_EQUAL(pthread_create(&source->thread, NULL, answer_later, source), 0);
    } else {
        CHECK_EQUAL(wxsign_token_reply_send(reply, TEXT(source->token), NULL), WXSIGN_STATUS_OK);
    }
}

static void free_source(void *context)
{
    ((struct source *)context)->freed++;
}

static wxsign_client *with_function(struct source *source)
{
    wxsign_options *options = options_without_secret(source->sandbox);
    CHECK_EQUAL(wxsign_options_set_access_token_function(options, give_token, source, free_source, NULL),
                WXSIGN_STATUS_OK);
    return make_client(options);
}

/* The last user of a context may be a thread that is just ending. */
static void freed_once(const struct source *source)
{
    int i;
    for (i = 0; i < 200 && source->freed == 0; i++)
        check_sleep_ms(5);
    CHECK_EQUAL(source->freed, 1);
}

BEHAVIOUR(own_token_function)
{
    struct sandbox sandbox;
    struct source source, no;
    wxsign_client *client;
    wxsign_error *error;
    sandbox_start(&sandbox);
    memset(&source, 0, sizeof source);
    source.sandbox = &sandbox;
    source.token = buy_token(&sandbox);
    sandbox_post(&sandbox, "kill", "{\"what\":\"token\"}");
    client = with_function(&source);
    config_verifies(&sandbox, client, PAGE);
    CHECK_EQUAL(source.calls, 2);
    CHECK_EQUAL(source.refusals, 1);
    wxsign_client_free(client);
    freed_once(&source);

    source.freed = source.calls = 0;
    source.later = 1;
    client = with_function(&source);
    config_verifies(&sandbox, client, PAGE);
    CHECK_EQUAL(source.calls, 1);
    pthread_join(source.thread, NULL);
    wxsign_client_free(client);
    freed_once(&source);
    wxsign_string_free(source.token);

    memset(&no, 0, sizeof no);
    no.sandbox = &sandbox;
    no.says_no = 1;
    client = with_function(&no);
    error = config_fails(client, 0, WXSIGN_STATUS_TOKEN_INVALIDATED);
    CHECK(strstr(wxsign_error_message(error), "no token today") != NULL);
    wxsign_error_free(error);
    wxsign_client_free(client);
    freed_once(&no);
    sandbox_stop(&sandbox);
}
