// The server of server.c in C++17 with wxsign.hpp:
// GET /wx/config?url=<encodeURIComponent(location.href)> answers with the argument of wx.config as
// JSON. Run it behind a web server that terminates TLS.
//
//   static: c++ -std=c++17 -Iinclude -o server bindings/c/examples/server.cpp build/lib/libwxsign.a -lutil -lrt -lpthread -lm -ldl -lc
//   shared: c++ -std=c++17 -Iinclude -o server bindings/c/examples/server.cpp -Lbuild/lib -Wl,-rpath,"$PWD/build/lib" -lwxsign -lpthread
//
//   WX_APP_ID=wx... WX_APP_SECRET=... WX_ALLOWED_HOST=example.com ./server 3000
#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <vector>
#include <wxsign.hpp>

struct Answer {
    unsigned status;
    std::string body;
    std::string more = {};
};

// The log gets the reason and the hint, the visitor only the public part.
static Answer refusal(const wxsign::Error &error)
{
    std::cerr << error.name() << ": " << error.message() << '\n' << error.hint() << '\n';
    Answer answer{error.http_status(), std::string(error.public_json())};
    if (const auto wait = error.retry_after())
        answer.more = "Retry-After: " + std::to_string(wait->count()) + "\r\n";
    return answer;
}

static Answer serve(const wxsign::Client &client, std::string_view request)
{
    constexpr std::string_view path = "GET /wx/config?";
    if (request.substr(0, path.size()) != path || request.find("\r\n\r\n") == std::string_view::npos)
        return {404, "{\"code\":\"NOT_FOUND\"}"};
    request.remove_prefix(path.size());
    const auto url = wxsign::url_from_query(request.substr(0, request.find(' ')));
    if (!url)
        return refusal(url.error());
    const auto config = client.config(*url);
    if (!config)
        return refusal(config.error());
    return {200, "{\"appId\":\"" + std::string(client.app_id()) + "\",\"timestamp\":" + std::to_string(config->timestamp) + ",\"nonceStr\":\""
                     + config->nonce.str() + "\",\"signature\":\"" + config->signature.str() + "\"}"};
}

static void work(int listener, const wxsign::Client &client)
{
    for (;;) {
        const int connection = accept(listener, nullptr, nullptr);
        if (connection < 0)
            continue;
        const timeval patience{5, 0};
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        std::string request;
        char part[4096];
        // Reads the head. One that is too long, or slower than the socket's timeout, is refused.
        for (ssize_t got; request.size() < 32768 && request.find("\r\n\r\n") == std::string::npos
                          && (got = recv(connection, part, sizeof part, 0)) > 0;)
            request.append(part, static_cast<std::size_t>(got));
        const Answer answer = serve(client, request);
        const std::string text = "HTTP/1.1 " + std::to_string(answer.status)
                                 + " wxsign\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n" + answer.more
                                 + "Content-Length: " + std::to_string(answer.body.size()) + "\r\nConnection: close\r\n\r\n"
                                 + answer.body;
        // The visitor may have left.
        (void)!write(connection, text.data(), text.size());
        close(connection);
    }
}

static int listen_on(int port)
{
    sockaddr_in address{};
    socklen_t length = sizeof address;
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto *const generic = reinterpret_cast<sockaddr *>(&address);
    const int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, generic, sizeof address) || listen(listener, 64) || getsockname(listener, generic, &length))
        return -1;
    std::cout << "listening on http://127.0.0.1:" << ntohs(address.sin_port) << std::endl;
    return listener;
}

int main(int argc, char **argv)
{
    const auto variable = [](const char *name) { return std::string(std::getenv(name) ? std::getenv(name) : ""); };
    const std::string host = variable("WX_ALLOWED_HOST"), base_url = variable("WX_BASE_URL");
    wxsign::Options options;
    options.app_id(variable("WX_APP_ID")).app_secret(variable("WX_APP_SECRET")).allowed_host(host);
    if (!base_url.empty())
        options.base_url(base_url);
    const auto client = wxsign::Client::make(options);
    if (!client || host.empty()) {
        std::cerr << (client ? "WX_ALLOWED_HOST is missing" : client.error().message())
                  << "\nusage: WX_APP_ID=wx... WX_APP_SECRET=... WX_ALLOWED_HOST=example.com ./server [PORT]\n";
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    const int listener = listen_on(argc > 1 ? std::atoi(argv[1]) : 0);
    if (listener < 0) {
        std::perror("listen");
        return 1;
    }
    // All threads share one client. While a ticket is in memory a config takes microseconds, so few
    // threads are enough.
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; i++)
        threads.emplace_back([&] { work(listener, *client); });
    threads.front().join();
}
