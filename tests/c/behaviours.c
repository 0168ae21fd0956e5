/* Runs the behaviours that every binding shares, each against a new sandbox. */
#include "behaviours.h"

#include "check.h"

#include <string.h>

int main(int argc, char **argv)
{
    static const struct check_test tests[] = {
        {"official_vector", official_vector},
        {"config_verifies", config_verifies_},
        {"one_fetch_for_many_calls", one_fetch_for_many_calls},
        {"one_fetch_for_cold_callers", one_fetch_for_cold_callers},
        {"second_process_adopts", second_process_adopts},
        {"wrong_secret", wrong_secret},
        {"wrong_app_id", wrong_app_id},
        {"ip_not_allowed", ip_not_allowed},
        {"quota_exceeded", quota_exceeded},
        {"permission_denied", permission_denied},
        {"unknown_errcode", unknown_errcode},
        {"busy", busy},
        {"server_error", server_error},
        {"html", html},
        {"truncated", truncated},
        {"redirect", redirect},
        {"huge_body", huge_body},
        {"reset", reset},
        {"no_connection", no_connection},
        {"slow_service", slow_service},
        {"dead_token_is_refetched", dead_token_is_refetched},
        {"not_ready", not_ready},
        {"invalid_arguments", invalid_arguments},
        {"invalid_urls", invalid_urls},
        {"host_not_allowed", host_not_allowed},
        {"invalidate", invalidate},
        {"explains_former_ticket", explains_former_ticket},
        {"own_token", own_token},
        {"own_token_function", own_token_function},
        {"corp_config", corp_config},
        {"invoice_config", invoice_config},
        {"card_vectors", card_vectors},
        {"corp_errors", corp_errors},
        {"own_ticket", own_ticket},
        {"own_ticket_function", own_ticket_function},
        {"close", close_},
        {"state", state},
        {"events", events},
        {"errors_explain", errors_explain},
    };
    if (argc == 4 && strcmp(argv[1], "--second-process") == 0)
        return second_process(argv[2], argv[3]);
    return check_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
