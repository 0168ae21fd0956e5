/*
 * wxsign.hpp: wxsign.h for C++17. Header only; the library to link is the same. Unofficial.
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
 *         if (config)
 *             std::cout << config->timestamp << ' ' << config->nonce << ' ' << config->signature << '\n';
 *     }
 *
 * What wxsign.h says of each call holds here too; this file tells only what C++ adds. It is one file, so that it can be
 * copied into a project.
 *
 * Failures. A call that can fail gives a Result, which is looked at before it is used (`if (config) … else
 * config.error()`), or asked for its value() where an Exception is preferred:
 * `auto config = wxsign::Client(options).config(url).value();`. Nothing else here throws, but for std::bad_alloc.
 *
 * Owners. Options, Client, Error, Text and TokenReply free what they hold; they can be moved, not copied. One that was
 * moved from holds nothing: calls on it fail with INVALID_ARGUMENT. String views that come out live as long as what
 * they were asked of.
 *
 * Callbacks. Any callable, such as a lambda or a std::function; it is kept as long as it may be called and then
 * destroyed. One that throws ends the program, as an exception that leaves a thread does (an access token function may
 * throw: that is an answer). What wxsign.h forbids in a callback is forbidden here: no waiting, no end of a Client.
 */
#ifndef WXSIGN_HPP
#define WXSIGN_HPP

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

namespace wxsign {

namespace detail {
/* An empty view may have no address; C takes NULL for a text that is missing. */
inline const char *address(std::string_view text) { return text.data() != nullptr ? text.data() : ""; }
inline std::string_view view(const char *text) { return text != nullptr ? std::string_view(text) : std::string_view(); }

/* C's 0 is the client's own timeout, so a time that is already over must not become one. */
inline std::uint32_t timeout(std::chrono::milliseconds time)
{
    using count = std::chrono::milliseconds::rep;
    return time.count() == 0 ? 0 : static_cast<std::uint32_t>(std::clamp<count>(time.count(), 1, UINT32_MAX));
}

template <class Function> void destroy(void *function) noexcept { delete static_cast<Function *>(function); }
} // namespace detail

/** What became of a call: WXSIGN_STATUS_QUOTA_EXCEEDED and so on. */
using Status = wxsign_status;

/** An error that belongs to somebody else: it is good for as long as what it was asked of. */
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
    /** Empty where there is none. */
    std::string_view rid() const noexcept { return detail::view(wxsign_error_rid(error_)); }
    std::string_view ip() const noexcept { return detail::view(wxsign_error_ip(error_)); }
    bool retryable() const noexcept { return wxsign_error_retryable(error_); }
    /** When wxsign will ask WeChat again at the earliest; nothing where that is not known. */
    std::optional<std::chrono::system_clock::time_point> retry_at() const
    {
        const std::int64_t at = wxsign_error_retry_at_ms(error_);
        if (at == 0)
            return std::nullopt;
        return std::chrono::system_clock::time_point(std::chrono::milliseconds(at));
    }
    /** The failure behind this one. */
    std::optional<ErrorRef> cause() const noexcept
    {
        const wxsign_error *cause = wxsign_error_cause(error_);
        return cause != nullptr ? std::optional<ErrorRef>(ErrorRef(cause)) : std::nullopt;
    }
    /** C's error, or NULL. */
    const wxsign_error *get() const noexcept { return error_; }

protected:
    const wxsign_error *error_;
    Status status_;
};

/** Why a call failed; it owns what it tells. */
class Error : public ErrorRef {
public:
    /** Takes over an error that C made; `status` is what the call returned. */
    Error(wxsign_error *error, Status status) noexcept : ErrorRef(error, status), owner_(error) {}
    /** Keeps a copy of a lent error. */
    explicit Error(ErrorRef lent) : Error(wxsign_error_clone(lent.get()), lent.code()) {}
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

/** What Result::value() throws where there is none. Its what() is the code's word and the message. */
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

/** A value, or why there is none. */
template <class T> class [[nodiscard]] Result {
public:
    Result(T value) : either_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : either_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const noexcept { return either_.index() == 0; }
    /** The value; throws an Exception where there is none, and takes the error along. */
    T &value() & { return *this ? **this : (detail::raise(std::move(*std::get_if<1>(&either_))), **this); }
    const T &value() const & { return *this ? **this : (detail::raise(Error(ErrorRef(error()))), **this); }
    T value() && { return std::move(value()); }
    /** The value, which must be there. */
    T &operator*() noexcept { return *std::get_if<0>(&either_); }
    const T &operator*() const noexcept { return *std::get_if<0>(&either_); }
    T *operator->() noexcept { return std::get_if<0>(&either_); }
    const T *operator->() const noexcept { return std::get_if<0>(&either_); }
    /** The error, which must be there. */
    const Error &error() const & noexcept { return *std::get_if<1>(&either_); }
    Error error() && { return std::move(*std::get_if<1>(&either_)); }

private:
    std::variant<T, Error> either_;
};

/** Nothing, or why not. */
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
/* A call whose last argument is a place for an error. */
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

/** What a page hands to wx.config, besides the appId and the list of interfaces. Plain data. */
struct Config {
    /** Unix time in seconds. */
    std::uint64_t timestamp = 0;
    /** "nonceStr" in wx.config. */
    Nonce nonce;
    Signature signature;

    Config() = default;
    explicit Config(const wxsign_config &from) noexcept : timestamp(from.timestamp)
    {
        std::memcpy(nonce.buffer(), from.nonce, WXSIGN_NONCE_SIZE);
        std::memcpy(signature.buffer(), from.signature, WXSIGN_SIGNATURE_SIZE);
    }
};

/** A text of wxsign's, wiped when it goes. A ticket or token is a secret: copy it with str() only where you must. */
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

/** Signs a page with a ticket that you have: no network, no file, no lock. */
inline Result<Signature> sign(std::string_view ticket, std::string_view nonce, std::uint64_t timestamp, std::string_view url)
{
    Signature signature;
    auto done = detail::attempt([&](wxsign_error **error) {
        return wxsign_sign(detail::address(ticket), ticket.size(), detail::address(nonce), nonce.size(), timestamp,
                           detail::address(url), url.size(), signature.buffer(), error);
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

/** Something that happened behind the calls. It and its texts are good until the listener returns. */
class Event {
public:
    explicit Event(const wxsign_event *event) noexcept : event_(event) {}
    /** "refreshed", "failed", "stale", "store_degraded", or one of a later version. */
    std::string_view name() const noexcept { return detail::view(wxsign_event_name(event_)); }
    /** "token", "ticket" or empty. */
    std::string_view credential() const noexcept { return detail::view(wxsign_event_credential(event_)); }
    /** "service", "store" or empty. */
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

/** Takes the answer of an access token function, on any thread. One that is destroyed unanswered answers that. */
class TokenReply {
public:
    explicit TokenReply(wxsign_token_reply *reply) noexcept : reply_(reply) {}
    Result<void> send(std::string_view token) &&
    {
        return detail::attempt([&](wxsign_error **error) {
            return wxsign_token_reply_send(reply_.release(), detail::address(token), token.size(), error);
        });
    }
    /** Says why there is no token, in words that reach the error: no secret in them. */
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

/** What a client is to be. A setter that fails is told by Client::make(), so that setters can be written in a chain. */
class Options {
public:
    Options() noexcept : options_(wxsign_options_new()) {}

    Options &app_id(std::string_view text) { return set(wxsign_options_set_app_id, text); }
    Options &app_secret(std::string_view text) { return set(wxsign_options_set_app_secret, text); }
    /** The first address is the primary one, later ones are to fall back on. */
    Options &base_url(std::string_view url) { return set(wxsign_options_add_base_url, url); }
    /** WXSIGN_TOKEN_API_STABLE or WXSIGN_TOKEN_API_CLASSIC. */
    Options &token_api(std::uint32_t api)
    {
        return note([&](wxsign_error **error) { return wxsign_options_set_token_api(options_.get(), api, error); });
    }
    Options &access_token(std::string_view token) { return set(wxsign_options_set_access_token, token); }
    Options &store_dir(std::string_view dir) { return set(wxsign_options_set_store_dir, dir); }
    Options &store_redis(std::string_view url) { return set(wxsign_options_set_store_redis, url); }
    Options &store_memory()
    {
        return note([&](wxsign_error **error) { return wxsign_options_set_store_memory(options_.get(), error); });
    }
    /** Adds a host whose pages may be signed. */
    Options &allowed_host(std::string_view host) { return set(wxsign_options_add_allowed_host, host); }
    Options &timeout(std::chrono::milliseconds time)
    {
        // Not detail::timeout: here 0 is a mistake, and to be told.
        using count = std::chrono::milliseconds::rep;
        const auto ms = static_cast<std::uint32_t>(std::clamp<count>(time.count(), 0, UINT32_MAX));
        return note([&](wxsign_error **error) { return wxsign_options_set_timeout_ms(options_.get(), ms, error); });
    }
    Options &proxy(std::string_view url) { return set(wxsign_options_set_proxy, url); }
    Options &ca_file(std::string_view file) { return set(wxsign_options_set_ca_file, file); }

    /** `listener(const Event &)`; on threads of wxsign's, several at once. */
    template <class Listener> Options &on_event(Listener &&listener)
    {
        using Kept = std::decay_t<Listener>;
        const auto tell = [](void *kept, const wxsign_event *event) noexcept { (*static_cast<Kept *>(kept))(Event(event)); };
        return keep<Kept>(wxsign_options_set_event_listener, tell, std::forward<Listener>(listener));
    }
    /**
     * `function(std::optional<std::string_view> rejected, TokenReply reply)`: gives the access token; on threads of
     * wxsign's, several at once. `rejected` is the token that WeChat has just refused. What it throws is a failure.
     */
    template <class Function> Options &access_token_function(Function &&function)
    {
        using Kept = std::decay_t<Function>;
        const auto ask = [](void *kept, const char *rejected, std::size_t length, wxsign_token_reply *reply) noexcept {
            std::optional<std::string_view> refused;
            if (rejected != nullptr)
                refused.emplace(rejected, length);
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
            try {
                (*static_cast<Kept *>(kept))(refused, TokenReply(reply));
            } catch (...) {
                // The reply has been destroyed, and so answered.
            }
#else
            (*static_cast<Kept *>(kept))(refused, TokenReply(reply));
#endif
        };
        return keep<Kept>(wxsign_options_set_access_token_function, ask, std::forward<Function>(function));
    }

    /** C's options. */
    const wxsign_options *get() const noexcept { return options_.get(); }
    /** The first failure of a setter. */
    const std::optional<Error> &failure() const noexcept { return failure_; }

private:
    template <class Call> Options &note(Call &&call)
    {
        auto done = detail::attempt(std::forward<Call>(call));
        if (!done && !failure_)
            failure_ = std::move(done).error();
        return *this;
    }
    template <class Setter> Options &set(Setter setter, std::string_view text)
    {
        return note([&](wxsign_error **error) { return setter(options_.get(), detail::address(text), text.size(), error); });
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
 * One account of WeChat's. Any number of threads may use one at once; it may be moved or destroyed when no other thread is
 * in a call on it. Its destructor closes it, so that whoever waits is told.
 *
 * A timeout of zero, which is the default, is the client's own.
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
    /** The same, where an Exception is preferred. */
    explicit Client(const Options &options) : Client(make(options).value()) {}

    Result<Config> config(std::string_view url, Timeout timeout = Timeout::zero()) const
    {
        return config_by([&](const char *text, std::size_t length, wxsign_config *config, wxsign_error **error) {
            return wxsign_client_config(get(), text, length, detail::timeout(timeout), config, error);
        }, url);
    }
    /** Without waiting: NOT_READY where no ticket is in memory; a fetch is then under way. */
    Result<Config> try_config(std::string_view url) const
    {
        return config_by([&](const char *text, std::size_t length, wxsign_config *config, wxsign_error **error) {
            return wxsign_client_try_config(get(), text, length, config, error);
        }, url);
    }
    /** Where config() would not wait, and else NOT_READY: nothing that is about to end is served, and no fetch begins. */
    Result<Config> config_if_fresh(std::string_view url) const
    {
        return config_by([&](const char *text, std::size_t length, wxsign_config *config, wxsign_error **error) {
            return wxsign_client_config_if_fresh(get(), text, length, config, error);
        }, url);
    }
    /**
     * `callback(Result<Config>)`, exactly once: before this returns where nothing has to be waited for, else on a thread of
     * wxsign's or the one that closes the client.
     */
    template <class Callback> void config_async(std::string_view url, Callback &&callback, Timeout timeout = Timeout::zero()) const
    {
        using Kept = std::decay_t<Callback>;
        const auto tell = [](void *kept, Status, const wxsign_config *config, const wxsign_error *error) noexcept {
            std::unique_ptr<Kept> once(static_cast<Kept *>(kept));
            (*once)(config != nullptr ? Result<Config>(Config(*config)) : Result<Config>(Error(ErrorRef(error))));
        };
        call_back<Result<Config>>(std::make_unique<Kept>(std::forward<Callback>(callback)), [&](Kept *kept, wxsign_error **error) {
            return wxsign_client_config_async(get(), detail::address(url), url.size(), detail::timeout(timeout), tell, kept, error);
        });
    }

    /** The jsapi_ticket. */
    Result<Text> ticket(Timeout timeout = Timeout::zero()) const
    {
        return text_by(wxsign_client_ticket, detail::timeout(timeout));
    }
    Result<Text> try_ticket() const { return text_by(wxsign_client_try_ticket); }
    /** `callback(Result<std::string_view>)` as for config_async(); the view is good until the callback returns. */
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

    /** Replaces the token of a client that was made with Options::access_token(). */
    Result<void> set_access_token(std::string_view token) const
    {
        return detail::attempt([&](wxsign_error **error) {
            return wxsign_client_set_access_token(get(), detail::address(token), token.size(), error);
        });
    }
    /** Drops the token or ticket if it is still the one in memory, and says whether it was. */
    Result<bool> invalidate(std::string_view value) const
    {
        bool dropped = false;
        auto done = detail::attempt([&](wxsign_error **error) {
            return wxsign_client_invalidate(get(), detail::address(value), value.size(), &dropped, error);
        });
        return done ? Result<bool>(dropped) : Result<bool>(std::move(done).error());
    }
    /** What the client knows of itself, as a JSON object. */
    Result<Text> state() const { return text_by(wxsign_client_state); }

    /** Whoever waits gets CLOSED, and so does every later call. Closing twice is fine. */
    Result<void> close() const
    {
        return detail::attempt([&](wxsign_error **error) { return wxsign_client_close(get(), error); });
    }

    /** C's client. */
    const wxsign_client *get() const noexcept { return client_.get(); }

private:
    explicit Client(wxsign_client *client) noexcept : client_(client) {}

    template <class Call> Result<Config> config_by(Call &&call, std::string_view url) const
    {
        wxsign_config config = WXSIGN_CONFIG_INIT;
        auto done = detail::attempt(
            [&](wxsign_error **error) { return call(detail::address(url), url.size(), &config, error); });
        return done ? Result<Config>(Config(config)) : Result<Config>(std::move(done).error());
    }
    template <class Call, class... Timeouts> Result<Text> text_by(Call call, Timeouts... timeout) const
    {
        char *text = nullptr;
        std::size_t length = 0;
        auto done = detail::attempt([&](wxsign_error **error) { return call(get(), timeout..., &text, &length, error); });
        return done ? Result<Text>(Text(text, length)) : Result<Text>(std::move(done).error());
    }
    template <class Call, class Callback> void text_async(Call call, Callback &&callback, Timeout timeout) const
    {
        using Kept = std::decay_t<Callback>;
        using Outcome = Result<std::string_view>;
        const auto tell = [](void *kept, Status, const char *text, std::size_t length, const wxsign_error *error) noexcept {
            std::unique_ptr<Kept> once(static_cast<Kept *>(kept));
            (*once)(text != nullptr ? Outcome(std::string_view(text, length)) : Outcome(Error(ErrorRef(error))));
        };
        call_back<Outcome>(std::make_unique<Kept>(std::forward<Callback>(callback)), [&](Kept *kept, wxsign_error **error) {
            return call(get(), detail::timeout(timeout), tell, kept, error);
        });
    }
    /* The callback is told of a refused argument too; C leaves that one uncalled. */
    template <class Outcome, class Kept, class Call> static void call_back(std::unique_ptr<Kept> kept, Call &&call)
    {
        auto done = detail::attempt([&](wxsign_error **error) { return call(kept.get(), error); });
        if (done)
            kept.release(); // It is, or will be, freed by its one call.
        else
            (*kept)(Outcome(std::move(done).error()));
    }

    struct Free {
        void operator()(wxsign_client *client) const noexcept { wxsign_client_free(client); }
    };
    std::unique_ptr<wxsign_client, Free> client_;
};

} // namespace wxsign

#endif /* WXSIGN_HPP */
