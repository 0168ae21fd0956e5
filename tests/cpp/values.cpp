// What wxsign.hpp adds without a client: views, results, exceptions, and who owns what.
#include "binding.hpp"

#include <iterator>
#include <sstream>
#include <type_traits>

template <class T> constexpr bool only_moves = std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>
                                               && !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;
static_assert(only_moves<wxsign::Client> && only_moves<wxsign::Options> && only_moves<wxsign::Error>);
static_assert(only_moves<wxsign::Text> && only_moves<wxsign::TokenReply>);
static_assert(std::is_nothrow_copy_constructible_v<wxsign::Exception>);

bool other_file_signs();

static void the_official_vector_is_met()
{
    const auto signature = wxsign::sign("sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
                                        "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value");
    CHECK(good(signature) && *signature == std::string_view("0f9de62fce790f9a083d5c99e95740ceb90c27ed"));
    std::ostringstream out;
    out << signature.value();
    CHECK_TEXT(out.str().c_str(), signature->c_str());
    CHECK(other_file_signs());
}

static void a_view_without_an_address_is_the_empty_text()
{
    const auto nothing = wxsign::sign({}, {}, 1, {});
    const auto empty = wxsign::sign("", "", 1, "");
    CHECK(good(nothing) && good(empty) && *nothing == *empty);
    wxsign::Options options;
    options.app_id({}).app_secret({}).base_url({}).access_token({}).allowed_host({}).proxy({}).ca_file({}).store_dir({}).store_redis({});
    CHECK(!options.failure());
    fails(wxsign::Client::make(options), WXSIGN_STATUS_INVALID_ARGUMENT);
    auto client = wxsign::Client::make(wxsign::Options().app_id("wx1").app_secret("s").store_memory());
    CHECK(good(client));
    fails(client->config({}), WXSIGN_STATUS_INVALID_URL);
    fails(client->try_config({}), WXSIGN_STATUS_INVALID_URL);
    CHECK(good(client->invalidate({})) && !*client->invalidate({}));
}

static void a_view_that_ends_inside_a_text_is_not_read_further()
{
    const std::string_view text = "tick#et";
    CHECK(wxsign::sign(text.substr(0, 4), "n", 1, "u").value() == wxsign::sign("tick", "n", 1, "u").value());
    CHECK(wxsign::sign("a\0b", "n", 1, "u").value() != wxsign::sign(std::string_view("a\0b", 3), "n", 1, "u").value());
}

static void a_failure_is_a_result_or_an_exception()
{
    const auto result = wxsign::sign("\xff", "n", 1, "u");
    fails(result, WXSIGN_STATUS_INVALID_ARGUMENT);
    bool caught = false;
    try {
        (void)result.value();
    } catch (const wxsign::Exception &exception) {
        const wxsign::Exception copy = exception;
        caught = copy.error().code() == WXSIGN_STATUS_INVALID_ARGUMENT;
        CHECK_TEXT(copy.what(), "INVALID_ARGUMENT: ticket is not UTF-8");
        CHECK(copy.error().name() == "INVALID_ARGUMENT" && !copy.error().hint_zh().empty() && !copy.error().retry_at());
    }
    CHECK(caught);
    // The const result still has its error.
    fails(result, WXSIGN_STATUS_INVALID_ARGUMENT);
    CHECK(wxsign::nonce().value() != wxsign::nonce().value());
}

static void make_reports_the_first_wrong_option()
{
    wxsign::Options options;
    options.app_id("wx1").app_secret("\xff").token_api(7).store_memory();
    CHECK(options.failure() && options.failure()->message() == "app_secret is not UTF-8");
    const auto client = wxsign::Client::make(options);
    CHECK(!client && client.error().message() == "app_secret is not UTF-8");
    bool caught = false;
    try {
        wxsign::Client throws(options);
    } catch (const std::exception &) {
        caught = true;
    }
    CHECK(caught);
    for (const auto time : {std::chrono::milliseconds(0), std::chrono::milliseconds(-1), std::chrono::milliseconds(1LL << 40)}) {
        wxsign::Options timed;
        fails(wxsign::Client::make(timed.app_id("wx1").app_secret("s").store_memory().timeout(time)), WXSIGN_STATUS_INVALID_ARGUMENT);
    }
}

static void what_was_moved_from_holds_nothing()
{
    wxsign::Options options;
    options.app_id("wx1").app_secret("s").store_memory();
    wxsign::Options taken = std::move(options);
    // What a moved-from object does is promised, so the tools' warning is not for this test.
    fails(wxsign::Client::make(options.app_id("wx2")), WXSIGN_STATUS_INVALID_ARGUMENT); // NOLINT
    wxsign::Client one(taken), two = std::move(one);
    fails(one.config(page), WXSIGN_STATUS_INVALID_ARGUMENT); // NOLINT
    fails(one.close(), WXSIGN_STATUS_INVALID_ARGUMENT);
    int calls = 0;
    one.config_async(page, [&](wxsign::Result<wxsign::Config> config) { calls += !config; });
    CHECK_EQUAL(calls, 1);
    CHECK(good(two.state()));
    one = std::move(two);
    CHECK(good(one.close()) && good(one.close()));
    fails(one.config(page), WXSIGN_STATUS_CLOSED);

    wxsign::Error error = wxsign::sign("\xff", "", 1, "").error();
    wxsign::Error kept = std::move(error);
    CHECK(error.message().empty() && error.get() == nullptr); // NOLINT
    CHECK(kept.message() == "ticket is not UTF-8");
    kept = wxsign::Error(wxsign::ErrorRef(kept));
    CHECK(kept.message() == "ticket is not UTF-8" && kept.code() == WXSIGN_STATUS_INVALID_ARGUMENT);
}

static void an_explanation_is_json_or_an_error()
{
    const auto report = wxsign::explain("{\"timestamp\":\"undefined\"}");
    CHECK(good(report) && report->find("timestamp_missing") != std::string::npos);
    fails(wxsign::explain({}), WXSIGN_STATUS_INVALID_ARGUMENT);
}

CHECK_MAIN(TEST(the_official_vector_is_met), TEST(a_view_without_an_address_is_the_empty_text),
           TEST(a_view_that_ends_inside_a_text_is_not_read_further), TEST(a_failure_is_a_result_or_an_exception),
           TEST(make_reports_the_first_wrong_option), TEST(an_explanation_is_json_or_an_error),
           TEST(what_was_moved_from_holds_nothing))
