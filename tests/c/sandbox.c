/* Starts the sandbox, and speaks HTTP with it. */
#define _POSIX_C_SOURCE 200809L
#define _DARWIN_C_SOURCE 1
#include "sandbox.h"

#include "check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(2);
}

void sandbox_start(struct sandbox *sandbox)
{
    const char *program = getenv("WXSIGN_SANDBOX");
    int to[2], from[2];
    char line[256];
    size_t len = 0;
    if (program == NULL) {
        fputs("WXSIGN_SANDBOX is not set\n", stderr);
        exit(2);
    }
    if (pipe(to) || pipe(from))
        die("pipe");
    fflush(NULL);
    sandbox->pid = fork();
    if (sandbox->pid < 0)
        die("fork");
    if (sandbox->pid == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        close(to[0]), close(to[1]), close(from[0]), close(from[1]);
        execl(program, program, "--exit-with-parent", (char *)NULL);
        die(program);
    }
    close(to[0]), close(from[1]);
    sandbox->leash = to[1];
    /* Another sandbox that inherited this one's leash would keep it alive. */
    fcntl(to[1], F_SETFD, FD_CLOEXEC);
    while (len < sizeof line - 1 && read(from[0], line + len, 1) == 1 && line[len] != '\n')
        len++;
    line[len] = 0;
    close(from[0]);
    if (strrchr(line, ':') == NULL)
        die("the sandbox's first line");
    sandbox->port = atoi(strrchr(line, ':') + 1);
    snprintf(sandbox->url, sizeof sandbox->url, "http://127.0.0.1:%d", sandbox->port);
}

void sandbox_stop(struct sandbox *sandbox)
{
    close(sandbox->leash);
    kill(sandbox->pid, SIGTERM);
    waitpid(sandbox->pid, NULL, 0);
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

char *sandbox_ask(const struct sandbox *sandbox, const char *endpoint, const char *body)
{
    struct sockaddr_in address = loopback(sandbox->port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    const char *dir = endpoint[0] == '/' ? "" : "/_sandbox/";
    size_t size = 1 << 16, len = 0, sent = 0, all;
    char *answer = malloc(size), *request = malloc(size), *start;
    ssize_t n;
    if (fd < 0 || answer == NULL || request == NULL)
        die("sandbox_ask");
    if (connect(fd, (struct sockaddr *)&address, sizeof address))
        die("connect");
    all = (size_t)snprintf(request, size,
                           "%s %s%s HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n"
                           "Content-Type: application/json\r\nContent-Length: %lu\r\n\r\n%s",
                           body ? "POST" : "GET", dir, endpoint, (unsigned long)(body ? strlen(body) : 0),
                           body ? body : "");
    while (sent < all && (n = write(fd, request + sent, all - sent)) > 0)
        sent += (size_t)n;
    while ((n = read(fd, answer + len, size - len - 1)) > 0) {
        len += (size_t)n;
        if (size - len < 4096 && (answer = realloc(answer, size *= 2)) == NULL)
            die("realloc");
    }
    answer[len] = 0;
    close(fd);
    free(request);
    start = strstr(answer, "\r\n\r\n");
    if (start == NULL)
        die("the sandbox's answer");
    memmove(answer, start + 4, strlen(start + 4) + 1);
    return answer;
}

void sandbox_post(const struct sandbox *sandbox, const char *endpoint, const char *body)
{
    char *answer = sandbox_ask(sandbox, endpoint, body);
    if (strstr(answer, "\"ok\":false") != NULL)
        CHECK_TEXT(answer, body);
    free(answer);
}

static const char *after(const char *json, const char *name)
{
    char key[64];
    const char *at;
    snprintf(key, sizeof key, "\"%s\":", name);
    at = strstr(json, key);
    return at ? at + strlen(key) : NULL;
}

long json_number(const char *json, const char *name)
{
    const char *at = after(json, name);
    return at ? strtol(at, NULL, 10) : -1;
}

char *json_text(const char *json, const char *name)
{
    const char *at = after(json, name), *end;
    if (at == NULL || *at != '"' || (end = strchr(at + 1, '"')) == NULL)
        return NULL;
    return strndup(at + 1, (size_t)(end - at - 1));
}

long sandbox_count(const struct sandbox *sandbox, const char *name)
{
    char *answer = sandbox_ask(sandbox, "counts", NULL);
    long count = json_number(answer, name);
    free(answer);
    return count;
}

struct sandbox no_sandbox(void)
{
    struct sandbox sandbox;
    memset(&sandbox, 0, sizeof sandbox);
    snprintf(sandbox.url, sizeof sandbox.url, "http://127.0.0.1:1");
    return sandbox;
}

int unused_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address)
        || getsockname(fd, (struct sockaddr *)&address, &len))
        die("unused_port");
    close(fd);
    return ntohs(address.sin_port);
}
