/* The behaviours of tests/behaviours.json, each a function with the same name. tests/c/run.sh
 * fails if one is missing. */
#ifndef BEHAVIOURS_H
#define BEHAVIOURS_H

/* behaviours_signing.c */
void official_vector(void);
void config_verifies_(void);
void one_fetch_for_many_calls(void);
void one_fetch_for_cold_callers(void);
void second_process_adopts(void);
void not_ready(void);
/* The part of second_process_adopts that runs in the second process. */
int second_process(const char *url, const char *dir);

/* behaviours_failures.c */
void wrong_secret(void);
void wrong_app_id(void);
void ip_not_allowed(void);
void quota_exceeded(void);
void permission_denied(void);
void unknown_errcode(void);
void busy(void);
void server_error(void);
void html(void);
void truncated(void);
void redirect(void);
void huge_body(void);
void reset(void);
void no_connection(void);
void slow_service(void);
void errors_explain(void);

/* behaviours_arguments.c */
void invalid_arguments(void);
void invalid_urls(void);
void host_not_allowed(void);

/* behaviours_tokens.c */
void dead_token_is_refetched(void);
void invalidate(void);
void explains_former_ticket(void);
void own_token(void);
void own_token_function(void);

/* behaviours_work.c */
void corp_config(void);
void invoice_config(void);
void card_vectors(void);
void corp_errors(void);
void own_ticket(void);
void own_ticket_function(void);

/* behaviours_life.c */
void close_(void);
void state(void);
void events(void);

#endif
