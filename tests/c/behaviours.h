/* The behaviours of tests/behaviours.json, each a function. tests/c/run.sh fails if one is missing. */
#ifndef BEHAVIOURS_H
#define BEHAVIOURS_H

#define BEHAVIOURS(EACH) \
    /* behaviours_signing.c */ \
    EACH(official_vector) EACH(config_verifies) EACH(one_fetch_for_many_calls) \
    EACH(one_fetch_for_cold_callers) EACH(second_process_adopts) EACH(not_ready) \
    /* behaviours_failures.c */ \
    EACH(wrong_secret) EACH(wrong_app_id) EACH(ip_not_allowed) EACH(quota_exceeded) \
    EACH(permission_denied) EACH(unknown_errcode) EACH(busy) EACH(server_error) EACH(html) \
    EACH(truncated) EACH(redirect) EACH(huge_body) EACH(reset) EACH(no_connection) EACH(slow_service) \
    EACH(errors_explain) \
    /* behaviours_arguments.c */ \
    EACH(invalid_arguments) EACH(invalid_urls) EACH(host_not_allowed) \
    /* behaviours_tokens.c */ \
    EACH(dead_token_is_refetched) EACH(invalidate) EACH(explains_former_ticket) EACH(own_token) \
    EACH(own_token_function) \
    /* behaviours_work.c */ \
    EACH(corp_config) EACH(invoice_config) EACH(card_vectors) EACH(corp_errors) EACH(own_ticket) \
    EACH(own_ticket_function) \
    /* behaviours_life.c */ \
    EACH(close) EACH(state) EACH(events)

/* Begins the definition of one. */
#define BEHAVIOUR(name) void behaviour_##name(void)
#define DECLARE(name) BEHAVIOUR(name);
BEHAVIOURS(DECLARE)

/* The part of second_process_adopts that runs in the second process. */
int second_process(const char *url, const char *dir);

#endif
