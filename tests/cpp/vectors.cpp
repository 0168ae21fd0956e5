// Signs the shared vectors, which come on stdin as tests/c/vectors.py writes them.
#include "binding.hpp"

#include <iterator>
#include <optional>
#include <vector>

static std::optional<std::string> field()
{
    unsigned char size[4];
    if (std::fread(size, 1, 4, stdin) != 4)
        return std::nullopt;
    std::string text(size[0] | std::size_t(size[1]) << 8 | std::size_t(size[2]) << 16 | std::size_t(size[3]) << 24, '\0');
    CHECK_EQUAL(std::fread(text.data(), 1, text.size(), stdin), text.size());
    return text;
}

// The values of a card, each with a line end behind it.
static wxsign::Result<wxsign::Signature> sign_card(std::string_view text)
{
    std::vector<std::string_view> values;
    for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1))
        values.push_back(text.substr(0, end));
    return wxsign::card_sign(values);
}

static void every_vector_is_met()
{
    int vectors = 0, wrong = 0;
    while (const auto name = field()) {
        std::vector<std::string> f;
        while (f.size() < 6)
            f.push_back(field().value_or(""));
        const auto signature =
            f[5] == "cards" ? sign_card(f[0]) : wxsign::sign(f[0], f[1], std::stoull(f[2]), f[3]);
        const bool right = f[5] != "wrong";
        CHECK(good(signature));
        if ((*signature == std::string_view(f[4])) != right)
            CHECK_TEXT(name->c_str(), nullptr);
        (right ? vectors : wrong)++;
    }
    CHECK(vectors >= 1000 && wrong >= 4);
}

CHECK_MAIN(TEST(every_vector_is_met))
