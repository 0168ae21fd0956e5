// Behaviours of tests/behaviours.json, asked of the C++ binding, and what it adds to them: closures
// that are kept and destroyed.
#include "binding.hpp"

#include <atomic>
#include <cstdlib>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static void config_verifies()
{
    Sandbox sandbox;
    auto client = sandbox.client();
    for (const char *url : {page, "https://example.com/%E4%B8%AD%E6%96%87?q=%C3%A9#片段"}) {
        const auto config = client.config(url);
        CHECK(good(config) && sandbox.verifies(*config, url));
    }
    CHECK_EQUAL(sandbox.count("total"), 2);
}

static void wrong_secret()
{
    Sandbox sandbox;
    auto client = wxsign::Client::make(sandbox.bare_options().app_secret("00000000000000000000000000000000")).value();
    const auto config = client.config(page);
    fails(config, WXSIGN_STATUS_CREDENTIAL_REJECTED);
    CHECK_EQUAL(config.error().errcode(), 40125);
    CHECK(!config.error().rid().empty() && !config.error().retryable());
    CHECK(config.error().retry_at() && *config.error().retry_at() < std::chrono::system_clock::now() + 61s);
    CHECK(!config.error().recorded_at());
    // Recorded: it makes no request.
    const auto again = client.config(page);
    fails(again, WXSIGN_STATUS_CREDENTIAL_REJECTED);
    CHECK(again.error().recorded_at() && *again.error().recorded_at() < std::chrono::system_clock::now() + 1s);
    CHECK_EQUAL(sandbox.count("total"), 1);
}

static void ip_not_allowed()
{
    Sandbox sandbox;
    sandbox.fault("{\"endpoint\":\"any\",\"kind\":\"errcode\",\"errcode\":40164}");
    const auto config = sandbox.client().config(page);
    fails(config, WXSIGN_STATUS_IP_NOT_ALLOWED);
    CHECK(!config.error().ip().empty());
}

static void invalid_urls()
{
    const auto client = wxsign::Client(wxsign::Options().app_id(SANDBOX_APP_ID).ticket("T"));
    for (const char *url : {"ftp://example.com/", "", "https://evil.com\\@good.com/", "https://user@example.com/"}) {
        fails(client.config(url), WXSIGN_STATUS_INVALID_URL);
        fails(client.try_config(url), WXSIGN_STATUS_INVALID_URL);
        CHECK(good(wxsign::sign("t", "n", 1, url)));
    }
}

static void invalid_arguments()
{
    using wxsign::Options;
    const auto account = [] { return std::move(Options().app_id(SANDBOX_APP_ID).app_secret(SANDBOX_SECRET).store_memory()); };
    const auto refused = [](const Options &options) { fails(wxsign::Client::make(options), WXSIGN_STATUS_INVALID_ARGUMENT); };
    refused(Options());
    refused(Options().app_id(SANDBOX_APP_ID));
    refused(account().app_id(""));
    refused(account().app_id("\xff"));
    refused(account().timeout(0ms));
    refused(account().timeout(-1ms));
    refused(account().token_api(2));
    refused(account().allowed_host("exa mple.com"));
    refused(account().import_ticket_file(std::string_view("a\0b", 3)));
    // Plain http needs the option, and is never for WeChat's own hosts.
    refused(account().base_url("http://relay:80"));
    refused(account().base_url("http://api.weixin.qq.com").allow_http());
    CHECK(good(wxsign::Client::make(account().base_url("http://relay:80").allow_http())));
    CHECK(good(wxsign::Client::make(account().token_api(WXSIGN_TOKEN_API_CLASSIC).import_ticket_file("/nonexistent"))));
}

static void closing()
{
    Sandbox sandbox;
    auto client = sandbox.client();
    CHECK(good(client.config(page)) && good(client.close()) && good(client.close()));
    fails(client.config(page), WXSIGN_STATUS_CLOSED);
    fails(client.try_config(page), WXSIGN_STATUS_CLOSED);
    fails(client.ticket(), WXSIGN_STATUS_CLOSED);
    fails(client.invalidate("x"), WXSIGN_STATUS_CLOSED);
    CHECK(client.state().value().str().find("\"closed\":true") != std::string::npos);
}

static void not_ready()
{
    Sandbox sandbox;
    // Without the delay a flight could be over before the call that began it looks again.
    sandbox.fault("{\"endpoint\":\"any\",\"kind\":\"delay\",\"ms\":100}");
    auto client = sandbox.client();
    fails(client.try_config(page), WXSIGN_STATUS_NOT_READY);
    fails(client.try_ticket(), WXSIGN_STATUS_NOT_READY);
    fails(client.config_if_fresh(page), WXSIGN_STATUS_NOT_READY);
    CHECK(good(client.config(page)) && good(client.try_config(page)) && good(client.try_ticket()) && good(client.try_access_token()));
    CHECK(good(client.config_if_fresh(page)));
}

static void slow_service()
{
    Sandbox sandbox;
    sandbox.fault("{\"endpoint\":\"any\",\"kind\":\"hang\"}");
    auto client = wxsign::Client(sandbox.options().timeout(300ms));
    for (const auto time : {0ms, 150ms, -5ms}) {
        const auto begin = check_now_ms();
        const auto config = client.config(page, time);
        fails(config, WXSIGN_STATUS_TIMEOUT);
        // A time that is over is not the client's own.
        const auto took = check_now_ms() - begin;
        CHECK(took < 1200 && (time < 0ms || took >= (time == 0ms ? 300 : 150)) && (time >= 0ms || took < 250));
    }
}

static void invalidate()
{
    Sandbox sandbox;
    auto client = sandbox.client();
    const auto ticket = client.ticket();
    CHECK(good(ticket) && !*client.invalidate("another") && *client.invalidate(*ticket) && !*client.invalidate(*ticket));
    CHECK(good(client.access_token()) && client.access_token()->view() != ticket->view());
}

static void explains_former_ticket()
{
    Sandbox sandbox;
    auto client = sandbox.client();
    const auto former = client.ticket().value();
    sandbox_post(&sandbox, "kill", "{\"what\":\"ticket\"}");
    CHECK(*client.invalidate(former));
    const auto current = client.ticket().value();
    const auto explained = [&](std::string_view ticket) {
        const auto signature = wxsign::sign(ticket, "n", 1700000000, page).value();
        const auto text = std::string("{\"url\":\"") + page + "\",\"nonceStr\":\"n\",\"timestamp\":1700000000,\"signature\":\"" +
                          std::string(signature.view()) + "\"}";
        return client.explain(text).value();
    };
    const auto dead = explained(former);
    CHECK(dead.find("\"code\":\"dead_ticket\",\"certainty\":\"proven\"") != std::string::npos);
    CHECK(dead.find(former.view()) == std::string::npos);
    CHECK(explained(current) == "{\"verdict\":\"valid\",\"causes\":[]}");
    fails(client.explain("[]"), WXSIGN_STATUS_INVALID_ARGUMENT);
}

static void host_not_allowed()
{
    Sandbox sandbox;
    auto client = wxsign::Client(sandbox.options().allowed_host("example.com"));
    fails(client.config("https://example.org/"), WXSIGN_STATUS_HOST_NOT_ALLOWED);
    CHECK(good(client.config(page)));
}

static wxsign::Options corp_options(const Sandbox &sandbox)
{
    wxsign::Options options;
    options.corp("ww5823bf96d3bd56c7", "1000002").app_secret("0123456789abcdef0123456789abcdef-agent10002");
    options.base_url(sandbox.url).store_memory();
    return options;
}

static void corp_config()
{
    Sandbox sandbox;
    const std::string url = "\"url\":\"" + std::string(page) + "\",";
    const std::string of_corp = url + "\"appId\":\"ww5823bf96d3bd56c7\"";
    const std::string of_agent = url + "\"corpid\":\"ww5823bf96d3bd56c7\",\"agentid\":\"1000002\"";
    sandbox.fault("{\"endpoint\":\"any\",\"kind\":\"delay\",\"ms\":100}");
    auto client = wxsign::Client(corp_options(sandbox));
    fails(client.try_agent_config(page), WXSIGN_STATUS_NOT_READY);
    for (const auto &config : {client.agent_config(page), client.try_agent_config(page)})
        CHECK(good(config) && sandbox.passes(*config, "signature", of_agent));
    const auto config = client.config(page);
    CHECK(good(config) && sandbox.passes(*config, "signature", of_corp));
    bool called = false;
    client.agent_config_async(page, [&](wxsign::Result<wxsign::Config> got) {
        called = good(got) && sandbox.passes(*got, "signature", of_agent);
    });
    CHECK(called);
    CHECK_EQUAL(sandbox.count("gettoken"), 1);
    CHECK_EQUAL(sandbox.count("ticket_get"), 1);
    CHECK_EQUAL(sandbox.count("get_jsapi_ticket"), 1);
    CHECK(client.app_id() == "ww5823bf96d3bd56c7" && client.agent_id() == "1000002");
    fails(sandbox.client().agent_config(page), WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK(sandbox.client().app_id() == SANDBOX_APP_ID && sandbox.client().agent_id().empty());
}

static void corp_errors()
{
    Sandbox sandbox;
    sandbox_post(&sandbox, "settings", "{\"trusted_ip\":false}");
    const auto config = wxsign::Client(corp_options(sandbox)).config(page);
    fails(config, WXSIGN_STATUS_IP_NOT_ALLOWED);
    CHECK_EQUAL(config.error().errcode(), 60020);
    CHECK(!config.error().ip().empty() && !config.error().rid().empty());
    CHECK(config.error().hint_zh().find("企业可信IP") != std::string_view::npos);
}

static void invoice_config()
{
    Sandbox sandbox;
    const std::string of_account = "\"appId\":\"" SANDBOX_APP_ID "\"";
    sandbox.fault("{\"endpoint\":\"any\",\"kind\":\"delay\",\"ms\":100}");
    auto client = sandbox.client();
    fails(client.try_invoice_config(), WXSIGN_STATUS_NOT_READY);
    for (const auto &config : {client.invoice_config(), client.try_invoice_config()})
        CHECK(good(config) && sandbox.passes(*config, "cardSign", of_account));
    bool called = false;
    client.invoice_config_async([&](wxsign::Result<wxsign::Config> got) {
        called = good(got) && sandbox.passes(*got, "cardSign", of_account);
    });
    CHECK(called);
}

static void card_vectors()
{
    const char *const ticket = "ojZ8YtyVyr30HheH3CM73y7h4jJE ";
    const auto signature = wxsign::card_sign({"jonyqin_1434008071", "1404896688", "pjZ8Yt1XGILfi-FUsewpnnolGgZk", ticket, "jonyqin", {}});
    CHECK(good(signature) && signature->view() == "6b81fbf6af16e856334153b39737556063c82689");
    CHECK(good(wxsign::card_sign({})));
}

static void own_ticket()
{
    auto client = wxsign::Client(wxsign::Options().app_id(SANDBOX_APP_ID).ticket("FIRST"));
    CHECK(good(client.try_config(page)) && client.ticket()->view() == "FIRST");
    CHECK(good(client.set_ticket("SECOND")) && client.ticket()->view() == "SECOND");
    fails(client.set_ticket("two words"), WXSIGN_STATUS_INVALID_ARGUMENT);
    fails(client.access_token(), WXSIGN_STATUS_INVALID_ARGUMENT);
}

static void own_ticket_function()
{
    std::vector<std::string> asked;
    auto destroyed = std::make_shared<int>(0);
    {
        wxsign::Options options;
        options.corp("ww1", "1").ticket_function(
            [&asked, destroyed](std::string_view kind, std::optional<std::string_view> rejected, wxsign::TicketReply reply) {
                asked.push_back(std::string(kind) + ">" + std::string(rejected.value_or("")));
                CHECK(good(std::move(reply).send("MY-" + std::string(kind), 1h)));
            });
        auto client = wxsign::Client(options);
        CHECK(good(client.config(page)) && good(client.agent_config(page)) && good(client.invoice_config()));
        CHECK(*client.invalidate("MY-ticket") && client.ticket()->view() == "MY-ticket");
    }
    CHECK((asked == std::vector<std::string>{"ticket>", "agent_ticket>", "card_ticket>", "ticket>MY-ticket"}));
    for (int i = 0; i < 200 && destroyed.use_count() > 1; i++)
        std::this_thread::sleep_for(5ms);
    CHECK_EQUAL(destroyed.use_count(), 1);

    // One that throws or keeps silent has failed.
    const std::function<void(wxsign::TicketReply)> bad[] = {
        [](wxsign::TicketReply) { throw 1; },
        [](wxsign::TicketReply) {},
    };
    for (const auto &answer : bad) {
        wxsign::Options options;
        options.app_id(SANDBOX_APP_ID).ticket_function(
            [&answer](std::string_view, std::optional<std::string_view>, wxsign::TicketReply reply) { answer(std::move(reply)); });
        const auto config = wxsign::Client(options).config(page);
        fails(config, WXSIGN_STATUS_NOT_READY);
        CHECK(config.error().reason() == "FUNCTION");
    }
}

// A life of zero, or less, has expired; a missing one is unknown, and counts for a minute.
static void a_life_of_zero_has_expired()
{
    const auto client = [](std::optional<std::chrono::milliseconds> life) {
        wxsign::Options options;
        options.app_id(SANDBOX_APP_ID).ticket_function(
            [life](std::string_view, std::optional<std::string_view>, wxsign::TicketReply reply) {
                CHECK(good(std::move(reply).send("T", life)));
            });
        return wxsign::Client(options);
    };
    for (const auto life : {0ms, -1ms}) {
        const auto config = client(life).config(page);
        fails(config, WXSIGN_STATUS_INVALID_ARGUMENT);
        CHECK(config.error().message().find("has expired") != std::string_view::npos);
    }
    CHECK(good(client(1h).config(page)));
    const auto unknown = client(std::nullopt);
    CHECK(good(unknown.config(page)));
    const auto state = unknown.state().value().str();
    const auto remaining_ms = json_number(state.c_str() + state.find("\"ticket\":"), "remainingMs");
    CHECK(remaining_ms > 50000 && remaining_ms <= 60000);
}

static void own_token()
{
    Sandbox sandbox;
    const auto token = sandbox.client().access_token().value();
    auto client = wxsign::Client(sandbox.bare_options().access_token(token));
    CHECK(good(client.config(page)) && client.access_token()->view() == token.view());
    CHECK(good(client.set_access_token("another")) && client.access_token()->view() == "another");
    fails(sandbox.client().set_access_token("x"), WXSIGN_STATUS_INVALID_ARGUMENT);
}

static void own_token_function()
{
    Sandbox sandbox;
    const auto token = sandbox.client().access_token().value().str();
    std::thread later;
    {
        auto client = wxsign::Client(sandbox.bare_options().access_token_function(
            [&](std::optional<std::string_view> rejected, wxsign::TokenReply reply) {
                CHECK(!rejected);
                later = std::thread([&token, reply = std::move(reply)]() mutable {
                    check_sleep_ms(30);
                    CHECK(good(std::move(reply).send(token)));
                });
            }));
        const auto config = client.config(page);
        CHECK(good(config) && sandbox.verifies(*config));
        later.join();
    }
    const std::function<void(std::optional<std::string_view>, wxsign::TokenReply)> failing[] = {
        [](auto, auto reply) { CHECK(good(std::move(reply).fail("no token today"))); },
        [](auto, auto reply) { auto dropped = std::move(reply); },
        [](auto, auto) { throw std::runtime_error("thrown"); },
    };
    for (const auto &function : failing) {
        auto client = wxsign::Client(sandbox.bare_options().access_token_function(function));
        const auto begin = check_now_ms();
        const auto config = client.config(page);
        fails(config, WXSIGN_STATUS_TOKEN_INVALIDATED);
        CHECK(check_now_ms() - begin < 2000);
        CHECK(config.error().message().find(&function == failing ? "no token today" : "gave no answer") != std::string_view::npos);
    }
}

static void a_callback_is_called_once_and_destroyed()
{
    Sandbox sandbox;
    sandbox.fault("{\"endpoint\":\"any\",\"kind\":\"delay\",\"ms\":50,\"times\":2}");
    auto client = sandbox.client();
    const auto kept = std::make_shared<int>(0);
    std::promise<bool> right;
    client.config_async(page, [&, kept](wxsign::Result<wxsign::Config> config) { right.set_value(config && sandbox.verifies(*config)); });
    CHECK(right.get_future().get());
    std::promise<std::string> ticket, token;
    // A callable that can only be moved, and a std::function that is kept by the caller.
    client.ticket_async([&, alone = std::make_unique<int>(1)](wxsign::Result<std::string_view> value) {
        ticket.set_value(std::string(value.value()));
    });
    const std::function<void(wxsign::Result<std::string_view>)> function = [&, kept](auto value) {
        token.set_value(std::string(value.value()));
    };
    client.access_token_async(function, 5s);
    CHECK(ticket.get_future().get() == client.ticket()->view() && token.get_future().get() == client.access_token()->view());
    int failures = 0;
    client.config_async("ftp://x/", [&](auto config) { failures += config.error().code() == WXSIGN_STATUS_INVALID_URL; });
    client.config_async("\xff", [&](auto config) { failures += config.error().code() == WXSIGN_STATUS_INVALID_ARGUMENT; });
    CHECK_EQUAL(failures, 2);
    for (int i = 0; i < 200 && kept.use_count() > 2; i++)
        check_sleep_ms(5);
    CHECK_EQUAL(kept.use_count(), 2);
}

static void destroying_a_client_settles_callbacks()
{
    Sandbox sandbox;
    sandbox.fault("{\"endpoint\":\"any\",\"kind\":\"hang\"}");
    const auto kept = std::make_shared<int>(0);
    int calls = 0;
    {
        auto client = sandbox.client();
        client.config_async(page, [&, kept](auto config) { calls += config.error().code() == WXSIGN_STATUS_CLOSED; });
        client.ticket_async([&, kept](auto ticket) { calls += ticket.error().code() == WXSIGN_STATUS_CLOSED; });
        CHECK_EQUAL(calls, 0);
    }
    CHECK_EQUAL(calls, 2);
    CHECK_EQUAL(kept.use_count(), 1);
}

// An exception whose destructor throws again.
struct throws_again {
    ~throws_again() noexcept(false) { throw 1; }
};

// An exception of a callback or listener ends in wxsign.hpp, also on the thread that made the call;
// later calls go on.
static void a_callback_may_throw()
{
    Sandbox sandbox;
    auto client = wxsign::Client(sandbox.options().on_event([](const wxsign::Event &) { throw std::runtime_error("listener"); }));
    std::atomic<int> calls{0};
    const auto throws = [&](auto) {
        calls++;
        throw std::runtime_error("callback");
    };
    client.config_async(page, throws);
    client.ticket_async(throws);
    for (int i = 0; i < 1000 && calls < 2; i++)
        check_sleep_ms(5);
    client.config_async(page, throws);
    client.config_async("\xff", throws);
    CHECK_EQUAL(calls, 4);
    // C++ itself never frees such an exception.
    if (std::getenv("WXSIGN_LEAK_CHECK") == nullptr) {
        client.config_async(page, [&](auto) {
            calls++;
            throw throws_again();
        });
        CHECK_EQUAL(calls, 5);
    }
    CHECK(good(client.config(page)));
}

static void a_url_comes_from_a_query()
{
    const auto url = wxsign::url_from_query("a=1&url=https%3A%2F%2Fexample.com%2F%3Fb%3Dc");
    CHECK(good(url) && url->view() == "https://example.com/?b=c");
    const auto none = wxsign::url_from_query({});
    fails(none, WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK(none.error().http_status() == 400 && !none.error().retry_after() && none.error().subject() == "url");
    CHECK(none.error().public_json().find("\"code\":\"INVALID_ARGUMENT\"") != std::string_view::npos);
}

static void state()
{
    Sandbox sandbox;
    auto client = sandbox.client();
    CHECK(good(client.config(page)));
    const auto state = client.state().value().str();
    CHECK(state.find("\"freshness\":\"fresh\",\"source\":\"service\"") != std::string::npos && state.find("TICKET") == std::string::npos);
    CHECK(state.find("\"lock\":\"process\",\"circuitOpen\":false") != std::string::npos);
}

static void events()
{
    // The listener may be called once more while its client goes: what it writes to belongs to it.
    struct Diary {
        std::mutex mutex;
        std::string text;
    };
    const auto diary = std::make_shared<Diary>();
    Sandbox sandbox;
    sandbox.fault("{\"endpoint\":\"getticket\",\"kind\":\"errcode\",\"errcode\":48001}");
    {
        auto client = wxsign::Client(sandbox.options().on_event([diary](const wxsign::Event &event) {
            const std::lock_guard<std::mutex> lock(diary->mutex);
            diary->text.append(event.name()).append(" ").append(event.credential()).append(" ").append(event.source());
            diary->text.append(event.remaining() > 1min ? " long" : "").append(event.error() ? event.error()->name() : "").append(";");
        }));
        fails(client.config(page), WXSIGN_STATUS_PERMISSION_DENIED);
        // wxsign calls listeners on its own threads, so an event may come after its call has
        // returned.
        const auto has = [&](const char *text) {
            const std::lock_guard<std::mutex> lock(diary->mutex);
            return diary->text.find(text) != std::string::npos;
        };
        for (int i = 0; i < 1000 && !(has("refreshed token") && has("failed ticket")); i++)
            check_sleep_ms(5);
        const std::lock_guard<std::mutex> lock(diary->mutex);
        CHECK(diary->text.find("refreshed token service long;") != std::string::npos);
        CHECK(diary->text.find("failed ticket PERMISSION_DENIED;") != std::string::npos);
    }
    for (int i = 0; i < 200 && diary.use_count() > 1; i++)
        check_sleep_ms(5);
    CHECK_EQUAL(diary.use_count(), 1);
}

CHECK_MAIN(TEST(config_verifies), TEST(wrong_secret), TEST(not_ready), TEST(slow_service), TEST(invalidate),
           TEST(explains_former_ticket), TEST(host_not_allowed), TEST(own_token), TEST(own_token_function),
           TEST(ip_not_allowed), TEST(invalid_urls), TEST(invalid_arguments), TEST(closing), TEST(corp_config),
           TEST(corp_errors), TEST(invoice_config), TEST(card_vectors), TEST(own_ticket), TEST(own_ticket_function),
           TEST(a_life_of_zero_has_expired), TEST(a_callback_is_called_once_and_destroyed),
           TEST(destroying_a_client_settles_callbacks), TEST(a_callback_may_throw), TEST(a_url_comes_from_a_query),
           TEST(state), TEST(events))
