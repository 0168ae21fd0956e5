/* A static program in a root directory without /dev, /proc and /etc, as in an image made from
 * scratch: it draws nonces, signs, and asks a service on loopback. */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE 1
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_ALLOWED = 77 };

static void in_child(const struct sandbox *sandbox)
{
    char first[WXSIGN_NONCE_SIZE], second[WXSIGN_NONCE_SIZE], signature[WXSIGN_SIGNATURE_SIZE];
    wxsign_client *client;
    CHECK(access("/dev", F_OK) != 0);
    CHECK_EQUAL(wxsign_nonce(first, NULL), WXSIGN_STATUS_OK);
    CHECK_EQUAL(wxsign_nonce(second, NULL), WXSIGN_STATUS_OK);
    CHECK(strlen(first) == 32 && strcmp(first, second) != 0);
    CHECK_EQUAL(wxsign_sign(TEXT("t"), TEXT("n"), 1, TEXT("u"), signature, NULL), WXSIGN_STATUS_OK);
    client = sandbox_client(sandbox);
    config_verifies(sandbox, client, PAGE);
    wxsign_client_free(client);
}

static void signing_without_dev(void)
{
    struct sandbox sandbox;
    char *dir = make_dir();
    int ended = -1;
    pid_t pid;
    sandbox_start(&sandbox);
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        alarm(30);
        if (chroot(dir) != 0 || chdir("/") != 0)
            _exit(NOT_ALLOWED);
        in_child(&sandbox);
        fflush(stdout);
        _exit(check_failures());
    }
    CHECK(waitpid(pid, &ended, 0) == pid && WIFEXITED(ended));
    if (WEXITSTATUS(ended) == NOT_ALLOWED)
        puts("SKIPPED signing without /dev: chroot needs root");
    else
        CHECK_EQUAL(WEXITSTATUS(ended), 0);
    sandbox_stop(&sandbox);
    remove_dir(dir);
}

CHECK_MAIN(TEST(signing_without_dev))
