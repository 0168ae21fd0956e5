/*
 * wxsign.hpp: wxsign.h for C++17. Header only; link the same library. Unofficial.
 *
 *     #include <iostream>
 *     #include <wxsign.hpp>
 *
 *     int main()
 *     {
 *         wxsign::Options options;
 *         options.app_id("wx...").app_secret("...");
 *         auto client = wxsign::Client::make(options);
 *         if (!client) {
 *             std::cerr << client.error().message() << '\n' << client.error().hint() << '\n';
 *             return 1;
 *         }
 *         auto config = client->config("https://example.com/page");
 *         if (!config) {
 *             std::cerr << config.error().message() << '\n' << config.error().hint() << '\n';
 *             return 1;
 *         }
 *         std::cout << config->timestamp << ' ' << config->nonce << ' ' << config->signature << '\n';
 *     }
 *
 * wxsign.h documents each call; this file documents only what C++ adds. You may copy it into a
 * project, which is why it is one file.
 *
 * Failures. A call that can fail returns a Result. Test it before you use it (`if (config) … else
 * config.error()`), or call value(), which throws an Exception on failure:
 * `auto config = wxsign::Client(options).config(url).value();`. Nothing else throws, except
 * std::bad_alloc.
 *
 * Ownership. Options, Client, Error, Text and the replies free what they own. They can be moved,
 * not copied. Calls on an object that was moved from fail with INVALID_ARGUMENT. A string view
 * lives as long as the object that returned it.
 *
 * Callbacks. Any callable, such as a lambda or a std::function. wxsign keeps it until its last call
 * has returned, and then destroys it. An exception that leaves a callback is caught and dropped,
 * because it cannot pass through wxsign's thread; an access token function that throws has answered
 * with a failure. The rules of wxsign.h apply: a callback must not wait, and must not destroy a
 * Client.
 */
#ifndef WXSIGN_HPP
#define WXSIGN_HPP

#if !(__cplusplus >= 201703L || (defined(_MSVC_LANG) && _MSVC_LANG >= 201703L))
#error wxsign.hpp needs C++17 (for example -std=c++17); wxsign.h serves older standards
#else

#include <wxsign.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace wxsign {

namespace detail {
/* An empty view may have no address, but NULL means a missing text to C. */
inline const char *address(std::string_view text) { return text.data() != nullptr ? text.data() : ""; }
inline std::string_view view(const char *text) { return text != nullptr ? std::string_view(text) : std::string_view(); }

/* 0 means the client's own timeout to C, so a time in the past becomes 1. */
inline std::uint32_t timeout(std::chrono::milliseconds time)
{
    using count = std::chrono::milliseconds::rep;
    return time.count() == 0 ? 0 : static_cast<std::uint32_t>(std::clamp<count>(time.count(), 1, UINT32_MAX));
}

/* Milliseconds since 1970; 0 means that there is no such time. */
inline std::optional<std::chrono::system_clock::time_point> moment(std::int64_t ms)
{
    if (ms == 0)
        return std::nullopt;
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(ms));
}

template <class Function> void destroy(void *function) noexcept { delete static_cast<Function *>(function); }

/* Calls a function of the program. An exception ends here: it must not enter C's frames. Its own
 * destructor may throw again. */
template <class Call> void contain(Call &&call) noexcept
{
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
    try {
        try {
            call();
        } catch (...) {
        }
    } catch (...) {
    }
#else
    call();
#endif
}
} // namespace detail

/** The outcome of a call: WXSIGN_STATUS_QUOTA_EXCEEDED and so on. */
using Status = wxsign_status;

/** A borrowed error. It lives as long as the object that returned it. */
class ErrorRef {
public:
    explicit ErrorRef(const wxsign_error *error, Status status = WXSIGN_STATUS_INTERNAL) noexcept : error_(error), status_(status) {}

    Status code() const noexcept { return error_ != nullptr ? wxsign_error_code(error_) : status_; }
    /** The word for the code, such as "QUOTA_EXCEEDED". */
    std::string_view name() const noexcept { return wxsign_status_name(static_cast<std::uint32_t>(code())); }
    std::string_view message() const noexcept { return detail::view(wxsign_error_message(error_)); }
    /** What to do next, in English and in Chinese. */
    std::string_view hint() const noexcept { return detail::view(wxsign_error_hint(error_)); }
    std::string_view hint_zh() const noexcept { return detail::view(wxsign_error_hint_zh(error_)); }
    /** WeChat's errcode, or 0. */
    std::int64_t errcode() const noexcept { return wxsign_error_errcode(error_); }
    /** Empty if there is none. */
    std::string_view rid() const noexcept { return detail::view(wxsign_error_rid(error_)); }
    std::string_view ip() const noexcept { return detail::view(wxsign_error_ip(error_)); }
    bool retryable() const noexcept { return wxsign_error_retryable(error_); }
    /** When wxsign asks WeChat again at the earliest; empty if no cooldown applies. */
    std::optional<std::chrono::system_clock::time_point> retry_at() const
    {
        return detail::moment(wxsign_error_retry_at_ms(error_));
    }
    /** The cause below the code, such as "ECONNREFUSED". */
    std::string_view reason() const noexcept { return detail::view(wxsign_error_reason(error_)); }
    /** The host, path, option or parameter that failed. */
    std::string_view subject() const noexcept { return detail::view(wxsign_error_subject(error_)); }
    /** "host", "path", "option", "parameter" or empty. */
    std::string_view subject_kind() const noexcept { return detail::view(wxsign_error_subject_kind(error_)); }
    /** When the failure was recorded; empty if this call met it. */
    std::optional<std::chrono::system_clock::time_point> recorded_at() const
    {
        return detail::moment(wxsign_error_recorded_at_ms(error_));
    }
    /** The page that explains the code. */
    std::string_view docs_url() const noexcept { return detail::view(wxsign_error_docs_url(error_)); }
    /**
     * The status, Retry-After and body of an HTTP answer; Retry-After is empty if the answer
     * should not have it.
     */
    unsigned http_status() const noexcept { return wxsign_error_http_status(error_); }
    std::optional<std::chrono::seconds> retry_after() const noexcept
    {
        const std::uint64_t seconds = wxsign_error_retry_after_seconds(error_);
        return seconds != 0 ? std::optional<std::chrono::seconds>(seconds) : std::nullopt;
    }
    std::string_view public_json() const noexcept { return detail::view(wxsign_error_public_json(error_)); }
    /** The failure that caused this one. */
    std::optional<ErrorRef> cause() const noexcept
    {
        const wxsign_error *cause = wxsign_error_cause(error_);
        return cause != nullptr ? std::optional<ErrorRef>(ErrorRef(cause)) : std::nullopt;
    }
    /** The error of the C library, or NULL. */
    const wxsign_error *get() const noexcept { return error_; }

protected:
    const wxsign_error *error_;
    Status status_;
};

/** Why a call failed. Owns its texts. */
class Error : public ErrorRef {
public:
    /** Takes ownership of an error of the C library. `status` is what the call returned. */
    Error(wxsign_error *error, Status status) noexcept : ErrorRef(error, status), owner_(error) {}
    /** Copies a borrowed error. */
    explicit Error(ErrorRef borrowed) : Error(wxsign_error_clone(borrowed.get()), borrowed.code()) {}
    Error(Error &&other) noexcept : ErrorRef(other), owner_(std::move(other.owner_)) { other.error_ = nullptr; }
    Error &operator=(Error &&other) noexcept
    {
        ErrorRef::operator=(other);
        owner_ = std::move(other.owner_);
        if (this != &other)
            other.error_ = nullptr;
        return *this;
    }

private:
    struct Free {
        void operator()(wxsign_error *error) const noexcept { wxsign_error_free(error); }
    };
    std::unique_ptr<wxsign_error, Free> owner_;
};

/** What Result::value() throws on failure. what() returns the code's word and the message. */
class Exception : public std::runtime_error {
public:
    explicit Exception(Error error)
        : std::runtime_error(std::string(error.name()).append(": ").append(error.message())),
          error_(std::make_shared<const Error>(std::move(error)))
    {
    }
    const Error &error() const noexcept { return *error_; }

private:
    std::shared_ptr<const Error> error_;
};

namespace detail {
[[noreturn]] inline void raise(Error &&error)
{
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
    throw Exception(std::move(error));
#else
    (void)error;
    std::abort();
#endif
}
} // namespace detail

/** A value, or the error of the call. */
template <class T> class [[nodiscard]] Result {
public:
    Result(T value) : either_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : either_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const noexcept { return either_.index() == 0; }
    /** Returns the value, or throws an Exception that takes the error over. */
    T &value() & { return *this ? **this : (detail::raise(std::move(*std::get_if<1>(&either_))), **this); }
    const T &value() const & { return *this ? **this : (detail::raise(Error(ErrorRef(error()))), **this); }
    T value() && { return std::move(value()); }
    /** The value. Call it only on success. */
    T &operator*() noexcept { return *std::get_if<0>(&either_); }
    const T &operator*() const noexcept { return *std::get_if<0>(&either_); }
    T *operator->() noexcept { return std::get_if<0>(&either_); }
    const T *operator->() const noexcept { return std::get_if<0>(&either_); }
    /** The error. Call it only on failure. */
    const Error &error() const & noexcept { return *std::get_if<1>(&either_); }
    Error error() && { return std::move(*std::get_if<1>(&either_)); }

private:
    std::variant<T, Error> either_;
};

/** Success, or the error of the call. */
template <> class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    explicit operator bool() const noexcept { return !error_; }
    void value() &&
    {
        if (error_)
            detail::raise(std::move(*error_));
    }
    const Error &error() const & noexcept { return *error_; }
    Error error() && { return std::move(*error_); }

private:
    std::optional<Error> error_;
};

namespace detail {
/* Makes a call whose last parameter is a place for an error. */
template <class Call> Result<void> attempt(Call &&call)
{
    wxsign_error *error = nullptr;
    const Status status = call(&error);
    return status == WXSIGN_STATUS_OK ? Result<void>() : Result<void>(Error(error, status));
}
} // namespace detail

/** A text of fixed length, such as a signature. */
template <std::size_t Size> class Characters {
public:
    std::string_view view() const noexcept { return {text_, Size - 1}; }
    operator std::string_view() const noexcept { return view(); }
    std::string str() const { return std::string(view()); }
    const char *c_str() const noexcept { return text_; }
    char (&buffer() noexcept)[Size] { return text_; }
    friend bool operator==(const Characters &a, const Characters &b) noexcept { return a.view() == b.view(); }
    friend bool operator!=(const Characters &a, const Characters &b) noexcept { return a.view() != b.view(); }
    friend std::ostream &operator<<(std::ostream &out, const Characters &text) { return out << text.view(); }

private:
    char text_[Size] = {};
};
using Signature = Characters<WXSIGN_SIGNATURE_SIZE>;
using Nonce = Characters<WXSIGN_NONCE_SIZE>;

/**
 * What a page passes to wx.config (and to wx.agentConfig and chooseInvoice), besides names and
 * lists. Plain data.
 */
struct Config {
    /** Unix time in seconds. */
    std::uint64_t timestamp = 0;
    /** wx.config calls it "nonceStr". */
    Nonce nonce;
    Signature signature;

    Config() = default;
    explicit Config(const wxsign_config &from) noexcept : timestamp(from.timestamp)
    {
        std::memcpy(nonce.buffer(), from.nonce, WXSIGN_NONCE_SIZE);
        std::memcpy(signature.buffer(), from.signature, WXSIGN_SIGNATURE_SIZE);
    }
};

/** A text that wxsign wipes and frees. A ticket or token is a secret: avoid copies of it. */
class Text {
public:
    Text(char *text, std::size_t length) noexcept : text_(text), length_(length) {}
    std::string_view view() const noexcept { return text_ ? std::string_view(text_.get(), length_) : std::string_view(); }
    operator std::string_view() const noexcept { return view(); }
    std::string str() const { return std::string(view()); }
    const char *c_str() const noexcept { return text_ ? text_.get() : ""; }

private:
    struct Free {
        void operator()(char *text) const noexcept { wxsign_string_free(text); }
    };
    std::unique_ptr<char, Free> text_;
    std::size_t length_;
};

/** Signs a page with your own ticket: no network, no file, no lock. */
inline Result<Signature> sign(std::string_view ticket, std::string_view nonce, std::uint64_t timestamp, std::string_view url)
{
    Signature signature;
    auto done = detail::attempt([&](wxsign_error **error) {
        return wxsign_sign(detail::address(ticket), ticket.size(), detail::address(nonce), nonce.size(), timestamp,
                           detail::address(url), url.size(), signature.buffer(), error);
    });
    return done ? Result<Signature>(signature) : Result<Signature>(std::move(done).error());
}

/**
 * Explains a failed wx.config: evidence as a JSON object in, a report as a JSON object out (see
 * wxsign_explain).
 */
inline Result<std::string> explain(std::string_view evidence)
{
    char *report = nullptr;
    std::size_t length = 0;
    auto done = detail::attempt([&](wxsign_error **error) {
        return wxsign_explain(detail::address(evidence), evidence.size(), &report, &length, error);
    });
    return done ? Result<std::string>(Text(report, length).str()) : Result<std::string>(std::move(done).error());
}

/**
 * Signs the values of a card or of chooseInvoice, with your own ticket of type wx_card among them.
 * Numbers are passed as texts, and empty values do not count.
 */
inline Result<Signature> card_sign(const std::vector<std::string_view> &values)
{
    std::vector<const char *> texts;
    std::vector<std::size_t> lengths;
    for (const std::string_view value : values) {
        texts.push_back(detail::address(value));
        lengths.push_back(value.size());
    }
    static const char *const no_text = nullptr;
    static const std::size_t no_length = 0;
    Signature signature;
    auto done = detail::attempt([&](wxsign_error **error) {
        return wxsign_card_sign(texts.empty() ? &no_text : texts.data(), texts.empty() ? &no_length : lengths.data(),
                                texts.size(), signature.buffer(), error);
    });
    return done ? Result<Signature>(signature) : Result<Signature>(std::move(done).error());
}

/** 32 random letters and digits. */
inline Result<Nonce> nonce()
{
    Nonce nonce;
    auto done = detail::attempt([&](wxsign_error **error) { return wxsign_nonce(nonce.buffer(), error); });
    return done ? Result<Nonce>(nonce) : Result<Nonce>(std::move(done).error());
}

/**
 * The page's URL in a raw query string or form body: its parameter "url", by the rules of all
 * handlers.
 */
inline Result<Text> url_from_query(std::string_view query)
{
    char *url = nullptr;
    std::size_t length = 0;
    auto done = detail::attempt([&](wxsign_error **error) {
        return wxsign_url_from_query(detail::address(query), query.size(), &url, &length, error);
    });
    return done ? Result<Text>(Text(url, length)) : Result<Text>(std::move(done).error());
}

/**
 * Something that happened in the background. The event and its texts live until the listener
 * returns.
 */
class Event {
public:
    explicit Event(const wxsign_event *event) noexcept : event_(event) {}
    /** "refreshed", "failed", "stale", "store_degraded", or one of a later version. */
    std::string_view name() const noexcept { return detail::view(wxsign_event_name(event_)); }
    /** "token", "ticket", "agent_ticket", "card_ticket" or empty. */
    std::string_view credential() const noexcept { return detail::view(wxsign_event_credential(event_)); }
    /** "service", "store", "caller" or empty. */
    std::string_view source() const noexcept { return detail::view(wxsign_event_source(event_)); }
    /** Why the store cannot be used, or empty. */
    std::string_view reason() const noexcept { return detail::view(wxsign_event_reason(event_)); }
    std::chrono::milliseconds remaining() const noexcept
    {
        return std::chrono::milliseconds(static_cast<std::int64_t>(wxsign_event_remaining_ms(event_)));
    }
    std::optional<ErrorRef> error() const noexcept
    {
        const wxsign_error *error = wxsign_event_error(event_);
        return error != nullptr ? std::optional<ErrorRef>(ErrorRef(error)) : std::nullopt;
    }

private:
    const wxsign_event *event_;
};

/**
 * Takes the answer of an access token function, on any thread. Its destructor answers with a
 * failure.
 */
class TokenReply {
public:
    explicit TokenReply(wxsign_token_reply *reply) noexcept : reply_(reply) {}
    Result<void> send(std::string_view token) &&
    {
        return detail::attempt([&](wxsign_error **error) {
            return wxsign_token_reply_send(reply_.release(), detail::address(token), token.size(), error);
        });
    }
    /** Answers that there is no token. `why` becomes part of the error message: no secret. */
    Result<void> fail(std::string_view why) &&
    {
        return detail::attempt([&](wxsign_error **error) {
            return wxsign_token_reply_fail(reply_.release(), detail::address(why), why.size(), error);
        });
    }

private:
    struct Fail {
        void operator()(wxsign_token_reply *reply) const noexcept
        {
            static const char why[] = "the access token function gave no answer";
            wxsign_token_reply_fail(reply, why, sizeof why - 1, nullptr);
        }
    };
    std::unique_ptr<wxsign_token_reply, Fail> reply_;
};

/** Takes the answer of a ticket function, on any thread. Its destructor answers with a failure. */
class TicketReply {
public:
    explicit TicketReply(wxsign_ticket_reply *reply) noexcept : reply_(reply) {}
    /**
     * Without a life, wxsign serves the ticket for a minute. With a life of zero it has expired,
     * and the calls fail.
     */
    Result<void> send(std::string_view ticket, std::optional<std::chrono::milliseconds> life = std::nullopt) &&
    {
        using count = std::chrono::milliseconds::rep;
        const auto ms = life ? static_cast<std::uint64_t>(std::max<count>(life->count(), 0)) : WXSIGN_LIFE_UNKNOWN;
        return detail::attempt([&](wxsign_error **error) {
            return wxsign_ticket_reply_send(reply_.release(), detail::address(ticket), ticket.size(), ms, error);
        });
    }
    /** Answers that there is no ticket. `why` becomes part of the error message: no secret. */
    Result<void> fail(std::string_view why) &&
    {
        return detail::attempt([&](wxsign_error **error) {
            return wxsign_ticket_reply_fail(reply_.release(), detail::address(why), why.size(), error);
        });
    }

private:
    struct Fail {
        void operator()(wxsign_ticket_reply *reply) const noexcept
        {
            static const char why[] = "the ticket function gave no answer";
            wxsign_ticket_reply_fail(reply, why, sizeof why - 1, nullptr);
        }
    };
    std::unique_ptr<wxsign_ticket_reply, Fail> reply_;
};

/**
 * The options of a client. Setters return *this; Client::make() reports the first one that failed.
 */
class Options {
public:
    Options() noexcept : options_(wxsign_options_new()) {}

    Options &app_id(std::string_view text) { return set(wxsign_options_set_app_id, text); }
    /** An app of 企业微信 in place of an appId. The AppSecret is then the Secret of this app. */
    Options &corp(std::string_view corp_id, std::string_view agent_id)
    {
        return call(wxsign_options_set_corp, detail::address(corp_id), corp_id.size(), detail::address(agent_id),
                    agent_id.size());
    }
    Options &app_secret(std::string_view text) { return set(wxsign_options_set_app_secret, text); }
    /** Adds an address. The first one is the primary address, further ones are fallbacks. */
    Options &base_url(std::string_view url) { return set(wxsign_options_add_base_url, url); }
    /** Allows plain http to hosts that are not loopback. */
    Options &allow_http() { return call(wxsign_options_set_allow_http); }
    /** WXSIGN_TOKEN_API_STABLE or WXSIGN_TOKEN_API_CLASSIC. */
    Options &token_api(std::uint32_t api) { return call(wxsign_options_set_token_api, api); }
    Options &access_token(std::string_view token) { return set(wxsign_options_set_access_token, token); }
    /** Your own ticket for wx.config. */
    Options &ticket(std::string_view ticket) { return set(wxsign_options_set_ticket, ticket); }
    Options &store_dir(std::string_view dir) { return set(wxsign_options_set_store_dir, dir); }
    Options &store_redis(std::string_view url) { return set(wxsign_options_set_store_redis, url); }
    Options &store_memory() { return call(wxsign_options_set_store_memory); }
    /** Adds a host whose pages may be signed. */
    Options &allowed_host(std::string_view host) { return set(wxsign_options_add_allowed_host, host); }
    Options &timeout(std::chrono::milliseconds time)
    {
        // Not detail::timeout: as an option, 0 is an error.
        using count = std::chrono::milliseconds::rep;
        const auto ms = static_cast<std::uint32_t>(std::clamp<count>(time.count(), 0, UINT32_MAX));
        return call(wxsign_options_set_timeout_ms, ms);
    }
    Options &proxy(std::string_view url) { return set(wxsign_options_set_proxy, url); }
    Options &ca_file(std::string_view file) { return set(wxsign_options_set_ca_file, file); }
    /** Imports the ticket of the tutorial's jsapiTicket.json. */
    Options &import_ticket_file(std::string_view file) { return set(wxsign_options_set_import_ticket_file, file); }

    /** `listener(const Event &)`. wxsign calls it on its own threads, several at once. */
    template <class Listener> Options &on_event(Listener &&listener)
    {
        using Kept = std::decay_t<Listener>;
        const auto call = [](void *kept, const wxsign_event *event) noexcept {
            detail::contain([&] { (*static_cast<Kept *>(kept))(Event(event)); });
        };
        return keep<Kept>(wxsign_options_set_event_listener, call, std::forward<Listener>(listener));
    }
    /**
     * `function(std::optional<std::string_view> rejected, TokenReply reply)` supplies the access
     * token. wxsign calls it on its own threads, several at once. `rejected` is the token that
     * WeChat has just refused. Throwing is a failure.
     */
    template <class Function> Options &access_token_function(Function &&function)
    {
        using Kept = std::decay_t<Function>;
        const auto ask = [](void *kept, const char *rejected, std::size_t length, wxsign_token_reply *reply) noexcept {
            std::optional<std::string_view> refused;
            if (rejected != nullptr)
                refused.emplace(rejected, length);
            // If it throws, the destructor of the reply answers.
            detail::contain([&] { (*static_cast<Kept *>(kept))(refused, TokenReply(reply)); });
        };
        return keep<Kept>(wxsign_options_set_access_token_function, ask, std::forward<Function>(function));
    }

    /**
     * `function(std::string_view kind, std::optional<std::string_view> rejected, TicketReply
     * reply)` supplies the tickets: `kind` is "ticket", "agent_ticket" or "card_ticket", and
     * `rejected` the ticket that was just invalidated. wxsign calls it on its own threads, several
     * at once. Throwing is a failure.
     */
    template <class Function> Options &ticket_function(Function &&function)
    {
        using Kept = std::decay_t<Function>;
        const auto ask = [](void *kept, const char *kind, const char *rejected, std::size_t length,
                            wxsign_ticket_reply *reply) noexcept {
            std::optional<std::string_view> dropped;
            if (rejected != nullptr)
                dropped.emplace(rejected, length);
            // If it throws, the destructor of the reply answers.
            detail::contain([&] { (*static_cast<Kept *>(kept))(std::string_view(kind), dropped, TicketReply(reply)); });
        };
        return keep<Kept>(wxsign_options_set_ticket_function, ask, std::forward<Function>(function));
    }

    /** The options of the C library. */
    const wxsign_options *get() const noexcept { return options_.get(); }
    /** The failure of the first setter that failed. */
    const std::optional<Error> &failure() const noexcept { return failure_; }

private:
    template <class Call> Options &note(Call &&call)
    {
        auto done = detail::attempt(std::forward<Call>(call));
        if (!done && !failure_)
            failure_ = std::move(done).error();
        return *this;
    }
    template <class Setter, class... Arguments> Options &call(Setter setter, Arguments... arguments)
    {
        return note([&](wxsign_error **error) { return setter(options_.get(), arguments..., error); });
    }
    template <class Setter> Options &set(Setter setter, std::string_view text)
    {
        return call(setter, detail::address(text), text.size());
    }
    template <class Kept, class Setter, class Call, class Given> Options &keep(Setter setter, Call call, Given &&given)
    {
        auto kept = std::make_unique<Kept>(std::forward<Given>(given));
        return note([&](wxsign_error **error) {
            const Status status = setter(options_.get(), call, kept.get(), detail::destroy<Kept>, error);
            if (status == WXSIGN_STATUS_OK)
                kept.release();
            return status;
        });
    }

    struct Free {
        void operator()(wxsign_options *options) const noexcept { wxsign_options_free(options); }
    };
    std::unique_ptr<wxsign_options, Free> options_;
    std::optional<Error> failure_;
};

/**
 * A client of one WeChat account. Any number of threads may use it at once. Move or destroy it
 * only when no other thread is in a call on it. The destructor closes it, so waiting callbacks get
 * CLOSED.
 *
 * A timeout of zero, which is the default, means the client's own timeout.
 */
class Client {
public:
    using Timeout = std::chrono::milliseconds;

    static Result<Client> make(const Options &options)
    {
        if (options.failure())
            return Error(ErrorRef(*options.failure()));
        wxsign_client *client = nullptr;
        auto done = detail::attempt([&](wxsign_error **error) { return wxsign_client_new(options.get(), &client, error); });
        return done ? Result<Client>(Client(client)) : Result<Client>(std::move(done).error());
    }
    /** Like make(), but throws an Exception on failure. */
    explicit Client(const Options &options) : Client(make(options).value()) {}

    Result<Config> config(std::string_view url, Timeout timeout = Timeout::zero()) const
    {
        return config_by(wxsign_client_config, detail::address(url), url.size(), detail::timeout(timeout));
    }
    /** Never waits. If no usable ticket is in memory, starts a fetch and fails with NOT_READY. */
    Result<Config> try_config(std::string_view url) const
    {
        return config_by(wxsign_client_try_config, detail::address(url), url.size());
    }
    /** Like config() if that would not wait; otherwise starts no fetch and fails with NOT_READY. */
    Result<Config> config_if_fresh(std::string_view url) const
    {
        return config_by(wxsign_client_config_if_fresh, detail::address(url), url.size());
    }
    /**
     * `callback(Result<Config>)` is called exactly once: before this returns if there is nothing
     * to wait for, otherwise on a thread of wxsign.
     */
    template <class Callback> void config_async(std::string_view url, Callback &&callback, Timeout timeout = Timeout::zero()) const
    {
        config_async_by(std::forward<Callback>(callback), wxsign_client_config_async, detail::address(url), url.size(), detail::timeout(timeout));
    }

    /** Signs for wx.agentConfig of 企业微信. The client was made with Options::corp(). */
    Result<Config> agent_config(std::string_view url, Timeout timeout = Timeout::zero()) const
    {
        return config_by(wxsign_client_agent_config, detail::address(url), url.size(), detail::timeout(timeout));
    }
    Result<Config> try_agent_config(std::string_view url) const
    {
        return config_by(wxsign_client_try_agent_config, detail::address(url), url.size());
    }
    /** Like config_async(). */
    template <class Callback>
    void agent_config_async(std::string_view url, Callback &&callback, Timeout timeout = Timeout::zero()) const
    {
        config_async_by(std::forward<Callback>(callback), wxsign_client_agent_config_async, detail::address(url), url.size(),
                        detail::timeout(timeout));
    }

    /** What a page passes to chooseInvoice: `signature` is its cardSign. */
    Result<Config> invoice_config(Timeout timeout = Timeout::zero()) const
    {
        return config_by(wxsign_client_invoice_config, detail::timeout(timeout));
    }
    Result<Config> try_invoice_config() const { return config_by(wxsign_client_try_invoice_config); }
    /** Like config_async(). */
    template <class Callback> void invoice_config_async(Callback &&callback, Timeout timeout = Timeout::zero()) const
    {
        config_async_by(std::forward<Callback>(callback), wxsign_client_invoice_config_async, detail::timeout(timeout));
    }

    /** The jsapi_ticket. */
    Result<Text> ticket(Timeout timeout = Timeout::zero()) const
    {
        return text_by(wxsign_client_ticket, detail::timeout(timeout));
    }
    Result<Text> try_ticket() const { return text_by(wxsign_client_try_ticket); }
    /**
     * `callback(Result<std::string_view>)`, like config_async(). The view lives until the callback
     * returns.
     */
    template <class Callback> void ticket_async(Callback &&callback, Timeout timeout = Timeout::zero()) const
    {
        text_async(wxsign_client_ticket_async, std::forward<Callback>(callback), timeout);
    }

    Result<Text> access_token(Timeout timeout = Timeout::zero()) const
    {
        return text_by(wxsign_client_access_token, detail::timeout(timeout));
    }
    Result<Text> try_access_token() const { return text_by(wxsign_client_try_access_token); }
    template <class Callback> void access_token_async(Callback &&callback, Timeout timeout = Timeout::zero()) const
    {
        text_async(wxsign_client_access_token_async, std::forward<Callback>(callback), timeout);
    }

    /**
     * The appId or the corp's id, and an app's agentId, as a page passes them on. Empty if there
     * is none.
     */
    std::string_view app_id() const noexcept { return detail::view(wxsign_client_app_id(get())); }
    std::string_view agent_id() const noexcept { return detail::view(wxsign_client_agent_id(get())); }

    /** Replaces the token of a client that was made with Options::access_token(). */
    Result<void> set_access_token(std::string_view token) const
    {
        return call(wxsign_client_set_access_token, detail::address(token), token.size());
    }
    /** Replaces the ticket of a client that was made with Options::ticket(). */
    Result<void> set_ticket(std::string_view ticket) const
    {
        return call(wxsign_client_set_ticket, detail::address(ticket), ticket.size());
    }
    /** Drops the token or ticket if it is still the cached one. Returns whether it was dropped. */
    Result<bool> invalidate(std::string_view value) const
    {
        bool dropped = false;
        auto done = call(wxsign_client_invalidate, detail::address(value), value.size(), &dropped);
        return done ? Result<bool>(dropped) : Result<bool>(std::move(done).error());
    }
    /** The client's state as a JSON object. */
    Result<Text> state() const { return text_by(wxsign_client_state); }

    /** Like explain(), with the tickets that the client remembers (see wxsign_client_explain). */
    Result<std::string> explain(std::string_view evidence) const
    {
        auto report = text_by(wxsign_client_explain, detail::address(evidence), evidence.size());
        return report ? Result<std::string>(report->str()) : Result<std::string>(std::move(report).error());
    }

    /** All waiting calls and every later call fail with CLOSED. Closing again does nothing. */
    Result<void> close() const { return call(wxsign_client_close); }

    /** The client of the C library. */
    const wxsign_client *get() const noexcept { return client_.get(); }

private:
    explicit Client(wxsign_client *client) noexcept : client_(client) {}

    template <class Call, class... Arguments> Result<void> call(Call function, Arguments... arguments) const
    {
        return detail::attempt([&](wxsign_error **error) { return function(get(), arguments..., error); });
    }
    template <class Call, class... Arguments> Result<Config> config_by(Call function, Arguments... arguments) const
    {
        wxsign_config config = WXSIGN_CONFIG_INIT;
        auto done = call(function, arguments..., &config);
        return done ? Result<Config>(Config(config)) : Result<Config>(std::move(done).error());
    }
    template <class Callback, class Call, class... Arguments>
    void config_async_by(Callback &&callback, Call function, Arguments... arguments) const
    {
        using Kept = std::decay_t<Callback>;
        const auto settle = [](void *kept, Status, const wxsign_config *config, const wxsign_error *error) noexcept {
            std::unique_ptr<Kept> once(static_cast<Kept *>(kept));
            detail::contain([&] {
                (*once)(config != nullptr ? Result<Config>(Config(*config)) : Result<Config>(Error(ErrorRef(error))));
            });
        };
        call_back<Result<Config>>(std::make_unique<Kept>(std::forward<Callback>(callback)),
                                  [&](Kept *kept, wxsign_error **error) { return function(get(), arguments..., settle, kept, error); });
    }
    template <class Call, class... Arguments> Result<Text> text_by(Call function, Arguments... arguments) const
    {
        char *text = nullptr;
        std::size_t length = 0;
        auto done = call(function, arguments..., &text, &length);
        return done ? Result<Text>(Text(text, length)) : Result<Text>(std::move(done).error());
    }
    template <class Call, class Callback> void text_async(Call function, Callback &&callback, Timeout timeout) const
    {
        using Kept = std::decay_t<Callback>;
        using Outcome = Result<std::string_view>;
        const auto settle = [](void *kept, Status, const char *text, std::size_t length, const wxsign_error *error) noexcept {
            std::unique_ptr<Kept> once(static_cast<Kept *>(kept));
            detail::contain([&] {
                (*once)(text != nullptr ? Outcome(std::string_view(text, length)) : Outcome(Error(ErrorRef(error))));
            });
        };
        call_back<Outcome>(std::make_unique<Kept>(std::forward<Callback>(callback)), [&](Kept *kept, wxsign_error **error) {
            return function(get(), detail::timeout(timeout), settle, kept, error);
        });
    }
    /* Reports a refused argument through the callback too, which C would not call. */
    template <class Outcome, class Kept, class Call> static void call_back(std::unique_ptr<Kept> kept, Call &&call)
    {
        auto done = detail::attempt([&](wxsign_error **error) { return call(kept.get(), error); });
        if (done)
            kept.release(); // Its one call frees it.
        else
            detail::contain([&] { (*kept)(Outcome(std::move(done).error())); });
    }

    struct Free {
        void operator()(wxsign_client *client) const noexcept { wxsign_client_free(client); }
    };
    std::unique_ptr<wxsign_client, Free> client_;
};

} // namespace wxsign

#endif /* C++17 */
#endif /* WXSIGN_HPP */
