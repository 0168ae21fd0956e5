/* Signs WeChat's published example with its ticket: no client, no network. Build it at the top of
 * a checkout:
 *
 *   static: cc -std=c99 -Iinclude -o sign bindings/c/examples/sign.c build/lib/libwxsign.a -lutil -lrt -lpthread -lm -ldl -lc
 *   shared: cc -std=c99 -Iinclude -o sign bindings/c/examples/sign.c -Lbuild/lib -Wl,-rpath,"$PWD/build/lib" -lwxsign
 */
#include <stdio.h>
#include <string.h>
#include <wxsign.h>

int main(void)
{
    const char *ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
    const char *nonce = "Wm3WZYTPz0wzccnW";
    const char *page = "http://mp.weixin.qq.com?params=value";
    char signature[WXSIGN_SIGNATURE_SIZE];
    wxsign_error *error = NULL;

    if (wxsign_sign(ticket, strlen(ticket), nonce, strlen(nonce), 1414587457, page, strlen(page), signature, &error)
        != WXSIGN_STATUS_OK) {
        fprintf(stderr, "%s\n", wxsign_error_message(error));
        wxsign_error_free(error);
        return 1;
    }
    puts(signature);
    return 0;
}
