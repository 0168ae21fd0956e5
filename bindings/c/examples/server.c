/* A small HTTP server for pages: GET /wx/config?url=<encodeURIComponent(location.href)> answers
 * with the argument of wx.config as JSON. Run it behind a web server that terminates TLS.
 *
 *   static: cc -std=c99 -Iinclude -o server bindings/c/examples/server.c build/lib/libwxsign.a -lutil -lrt -lpthread -lm -ldl -lc
 *   shared: cc -std=c99 -Iinclude -o server bindings/c/examples/server.c -Lbuild/lib -Wl,-rpath,"$PWD/build/lib" -lwxsign -lpthread
 *
 *   WX_APP_ID=wx... WX_APP_SECRET=... WX_ALLOWED_HOST=example.com ./server 3000
 */
#define _POSIX_C_SOURCE 200809L
#define _DARWIN_C_SOURCE 1
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <wxsign.h>

/* All threads share one client. While a ticket is in memory a config takes microseconds, so few
 * threads are enough. */
#define THREADS 8
static wxsign_client *client;
static int listener;

static void answer(int connection, unsigned status, const char *more, const char *body)
{
    char text[1024];
    int length = snprintf(text, sizeof text,
                          "HTTP/1.1 %u wxsign\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n%s"
                          "Content-Length: %lu\r\nConnection: close\r\n\r\n%s",
                          status, more, (unsigned long)strlen(body), body);
    if (send(connection, text, (size_t)length, 0) != length)
        return; /* The visitor has left. */
}

static void serve(int connection)
{
    char request[32768], body[512], more[64] = "", *url = NULL;
    const char *query;
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_error *error = NULL;
    size_t length = 0;
    ssize_t got;
    static const char path[] = "GET /wx/config?";

    /* Reads the head. One that is too long, or slower than the socket's timeout, is refused below.
     */
    request[0] = 0;
    while (length < sizeof request - 1 && strstr(request, "\r\n\r\n") == NULL
           && (got = recv(connection, request + length, sizeof request - 1 - length, 0)) > 0)
        request[length += (size_t)got] = 0;
    if (strncmp(request, path, sizeof path - 1) != 0 || strstr(request, "\r\n\r\n") == NULL) {
        answer(connection, 404, "", "{\"code\":\"NOT_FOUND\"}");
        return;
    }
    query = request + sizeof path - 1;
    if (wxsign_url_from_query(query, strcspn(query, " \r\n"), &url, &length, &error) == WXSIGN_STATUS_OK
        && wxsign_client_config(client, url, length, 0, &config, &error) == WXSIGN_STATUS_OK) {
        snprintf(body, sizeof body, "{\"appId\":\"%s\",\"timestamp\":%llu,\"nonceStr\":\"%s\",\"signature\":\"%s\"}",
                 wxsign_client_app_id(client), (unsigned long long)config.timestamp, config.nonce, config.signature);
        answer(connection, 200, "", body);
        wxsign_string_free(url);
        return;
    }
    /* The log gets the reason and the hint, the visitor only the public part. */
    fprintf(stderr, "%s: %s\n%s\n", wxsign_error_name(error), wxsign_error_message(error), wxsign_error_hint(error));
    if (wxsign_error_retry_after_seconds(error) > 0)
        snprintf(more, sizeof more, "Retry-After: %llu\r\n", (unsigned long long)wxsign_error_retry_after_seconds(error));
    answer(connection, wxsign_error_http_status(error), more, wxsign_error_public_json(error));
    wxsign_error_free(error);
    wxsign_string_free(url);
}

static void *work(void *unused)
{
    struct timeval patience = {5, 0};
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0)
            continue;
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        serve(connection);
        close(connection);
    }
    return unused;
}

static int listen_on(int port)
{
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    int yes = 1;
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)
        || getsockname(listener, (struct sockaddr *)&address, &length))
        return 0;
    printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
    return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
    const char *app_id = getenv("WX_APP_ID"), *secret = getenv("WX_APP_SECRET");
    const char *host = getenv("WX_ALLOWED_HOST"), *base_url = getenv("WX_BASE_URL");
    wxsign_options *options = wxsign_options_new();
    wxsign_error *error = NULL;
    pthread_t threads[THREADS];
    int i;

    if (argc > 2 || app_id == NULL || secret == NULL || host == NULL) {
        fputs("usage: WX_APP_ID=wx... WX_APP_SECRET=... WX_ALLOWED_HOST=example.com ./server [PORT]\n", stderr);
        return 2;
    }
    if (wxsign_options_set_app_id(options, app_id, strlen(app_id), &error) != WXSIGN_STATUS_OK
        || wxsign_options_set_app_secret(options, secret, strlen(secret), &error) != WXSIGN_STATUS_OK
        || wxsign_options_add_allowed_host(options, host, strlen(host), &error) != WXSIGN_STATUS_OK
        || (base_url != NULL
            && wxsign_options_add_base_url(options, base_url, strlen(base_url), &error) != WXSIGN_STATUS_OK)
        || wxsign_client_new(options, &client, &error) != WXSIGN_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", wxsign_error_name(error), wxsign_error_message(error));
        return 1;
    }
    wxsign_options_free(options);

    signal(SIGPIPE, SIG_IGN);
    if (!listen_on(argc == 2 ? atoi(argv[1]) : 0)) {
        perror("listen");
        return 1;
    }
    for (i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, NULL))
            return 1;
    pthread_join(threads[0], NULL);
    return 0;
}
