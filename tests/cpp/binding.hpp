// What the C++ tests share: the C suite's helpers (tests/c), and clients of the sandbox made the
// C++ way.
#ifndef BINDING_HPP
#define BINDING_HPP

#include <wxsign.hpp>

extern "C" {
#include "check.h"
#include "sandbox.h"
}

#include <cstdio>
#include <string>

constexpr const char *page = "https://example.com/a?b=c";

// A sandbox for the length of a test.
struct Sandbox : sandbox {
    Sandbox() { sandbox_start(this); }
    ~Sandbox() { sandbox_stop(this); }
    Sandbox(const Sandbox &) = delete;
    Sandbox &operator=(const Sandbox &) = delete;
    void fault(const char *json) { sandbox_post(this, "fault", json); }
    long count(const char *what) { return sandbox_count(this, what); }
    wxsign::Options bare_options() const
    {
        wxsign::Options options;
        options.app_id(SANDBOX_APP_ID).base_url(url).store_memory();
        return options;
    }
    wxsign::Options options() const
    {
        wxsign::Options options = bare_options();
        options.app_secret(SANDBOX_SECRET);
        return options;
    }
    wxsign::Client client() const { return wxsign::Client(options()); }
    // What the sandbox says of what a page passes to a call of the SDK; `more` are the call's
    // further fields.
    bool passes(const wxsign::Config &config, const char *field, const std::string &more) const
    {
        const std::string body = "{\"timestamp\":" + std::to_string(config.timestamp) + ",\"nonceStr\":\"" + config.nonce.str() + "\",\""
                                 + field + "\":\"" + config.signature.str() + "\"," + more + "}";
        char *answer = sandbox_ask(this, "/verify", body.c_str());
        const bool right = std::string(answer).find("\"ok\":true") != std::string::npos;
        if (!right)
            std::puts(answer);
        std::free(answer);
        return right;
    }
    bool verifies(const wxsign::Config &config, const char *of = page) const
    {
        return passes(config, "signature", "\"url\":\"" + std::string(of) + "\",\"appId\":\"" SANDBOX_APP_ID "\"");
    }
};

// A failure is a failed check, with its message.
template <class T> bool good(const wxsign::Result<T> &result)
{
    if (!result)
        CHECK_TEXT(std::string(result.error().message()).c_str(), "");
    return static_cast<bool>(result);
}
template <class T> void fails(const wxsign::Result<T> &result, wxsign::Status status)
{
    CHECK_EQUAL(result ? WXSIGN_STATUS_OK : result.error().code(), status);
    CHECK(result || !result.error().hint().empty());
}

#endif
