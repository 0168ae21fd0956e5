/* For an app of 企业微信: prints the arguments of wx.config and wx.agentConfig for a page, as JSON.
 * The environment names the app: WX_CORP_ID, WX_AGENT_ID, WX_APP_SECRET, and WX_BASE_URL if it is
 * not at the service's own address. Build it at the top of a checkout:
 *
 *   static: cc -std=c99 -Iinclude -o wecom bindings/c/examples/wecom.c build/lib/libwxsign.a -lutil -lrt -lpthread -lm -ldl -lc
 *   shared: cc -std=c99 -Iinclude -o wecom bindings/c/examples/wecom.c -Lbuild/lib -Wl,-rpath,"$PWD/build/lib" -lwxsign
 *
 *   WX_CORP_ID=ww... WX_AGENT_ID=1000002 WX_APP_SECRET=... ./wecom 'https://example.com/page?from=timeline'
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wxsign.h>

int main(int argc, char **argv)
{
    const char *corp_id = getenv("WX_CORP_ID"), *agent_id = getenv("WX_AGENT_ID"), *secret = getenv("WX_APP_SECRET");
    const char *base_url = getenv("WX_BASE_URL");
    wxsign_options *options = wxsign_options_new();
    wxsign_client *client = NULL;
    wxsign_config config = WXSIGN_CONFIG_INIT, agent = WXSIGN_CONFIG_INIT;
    wxsign_error *error = NULL;
    wxsign_status status;

    if (argc != 2 || corp_id == NULL || agent_id == NULL || secret == NULL) {
        fputs("usage: WX_CORP_ID=ww... WX_AGENT_ID=1000002 WX_APP_SECRET=... ./wecom URL\n", stderr);
        wxsign_options_free(options);
        return 2;
    }
    status = wxsign_options_set_corp(options, corp_id, strlen(corp_id), agent_id, strlen(agent_id), &error);
    if (status == WXSIGN_STATUS_OK)
        status = wxsign_options_set_app_secret(options, secret, strlen(secret), &error);
    if (status == WXSIGN_STATUS_OK && base_url != NULL)
        status = wxsign_options_add_base_url(options, base_url, strlen(base_url), &error);
    if (status == WXSIGN_STATUS_OK)
        status = wxsign_client_new(options, &client, &error);
    /* wx.config is signed with the corp's ticket, wx.agentConfig with the app's. */
    if (status == WXSIGN_STATUS_OK)
        status = wxsign_client_config(client, argv[1], strlen(argv[1]), 0, &config, &error);
    if (status == WXSIGN_STATUS_OK)
        status = wxsign_client_agent_config(client, argv[1], strlen(argv[1]), 0, &agent, &error);
    if (status == WXSIGN_STATUS_OK) {
        /* beta: without it, wx.config does not define the calls that wx.invoke makes. */
        printf("{\"config\": {\"beta\": true, \"appId\": \"%s\", \"timestamp\": %llu, \"nonceStr\": \"%s\", \"signature\": \"%s\"},\n",
               wxsign_client_app_id(client), (unsigned long long)config.timestamp, config.nonce, config.signature);
        /* Here the ids are written in small letters. */
        printf(" \"agentConfig\": {\"corpid\": \"%s\", \"agentid\": \"%s\", \"timestamp\": %llu, \"nonceStr\": \"%s\", \"signature\": \"%s\"}}\n",
               wxsign_client_app_id(client), wxsign_client_agent_id(client), (unsigned long long)agent.timestamp, agent.nonce,
               agent.signature);
    } else {
        fprintf(stderr, "%s: %s\n%s\n%s\n", wxsign_error_name(error), wxsign_error_message(error),
                wxsign_error_hint(error), wxsign_error_hint_zh(error));
    }
    wxsign_error_free(error);
    wxsign_client_free(client);
    wxsign_options_free(options);
    return status == WXSIGN_STATUS_OK ? 0 : 1;
}
