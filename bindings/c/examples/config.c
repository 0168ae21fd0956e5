/* Prints the argument of wx.config for a page, as JSON. The environment names the account:
 * WX_APP_ID, WX_APP_SECRET, and WX_BASE_URL if it is not at WeChat's own address. Build it at the
 * top of a checkout:
 *
 *   static: cc -std=c99 -Iinclude -o config bindings/c/examples/config.c build/lib/libwxsign.a -lutil -lrt -lpthread -lm -ldl -lc
 *   shared: cc -std=c99 -Iinclude -o config bindings/c/examples/config.c -Lbuild/lib -Wl,-rpath,"$PWD/build/lib" -lwxsign
 *
 *   WX_APP_ID=wx... WX_APP_SECRET=... ./config 'https://example.com/page?from=timeline'
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wxsign.h>

int main(int argc, char **argv)
{
    const char *app_id = getenv("WX_APP_ID"), *secret = getenv("WX_APP_SECRET"), *base_url = getenv("WX_BASE_URL");
    wxsign_options *options = wxsign_options_new();
    wxsign_client *client = NULL;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_error *error = NULL;
    wxsign_status status;

    if (argc != 2 || app_id == NULL || secret == NULL) {
        fputs("usage: WX_APP_ID=wx... WX_APP_SECRET=... ./config URL\n", stderr);
        wxsign_options_free(options);
        return 2;
    }
    status = wxsign_options_set_app_id(options, app_id, strlen(app_id), &error);
    if (status == WXSIGN_STATUS_OK)
        status = wxsign_options_set_app_secret(options, secret, strlen(secret), &error);
    if (status == WXSIGN_STATUS_OK && base_url != NULL)
        status = wxsign_options_add_base_url(options, base_url, strlen(base_url), &error);
    if (status == WXSIGN_STATUS_OK)
        status = wxsign_client_new(options, &client, &error);
    if (status == WXSIGN_STATUS_OK)
        status = wxsign_client_config(client, argv[1], strlen(argv[1]), 0, &config, &error);
    if (status == WXSIGN_STATUS_OK)
        printf("{\"appId\": \"%s\", \"timestamp\": %llu, \"nonceStr\": \"%s\", \"signature\": \"%s\"}\n",
               wxsign_client_app_id(client), (unsigned long long)config.timestamp, config.nonce, config.signature);
    else
        fprintf(stderr, "%s: %s\n%s\n%s\n", wxsign_error_name(error), wxsign_error_message(error),
                wxsign_error_hint(error), wxsign_error_hint_zh(error));

    wxsign_error_free(error);
    wxsign_client_free(client);
    wxsign_options_free(options);
    return status == WXSIGN_STATUS_OK ? 0 : 1;
}
