// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/error_text.hpp"
#include "actors/utf8.hpp"

namespace error_text_test {

using namespace troupe;

namespace {

std::string repeated(const std::string& text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i)
    result += text;
  return result;
}

} // namespace

TEST_CASE("an error's text that fits stays as it is") {
  CHECK(error_text("").empty());
  CHECK(error_text("no such picture").size() == 15);
  CHECK(error_text(repeated("x", 200), 200) == repeated("x", 200));
}

TEST_CASE("a long error's text loses its middle, and says how much") {
  auto text = error_text("begin " + repeated("x", 5000) + " end", 200);

  CHECK(text.size() <= 200);
  CHECK(text.starts_with("begin "));
  CHECK(text.ends_with("x end"));
  CHECK(text.find(" bytes ...] ") != std::string::npos);
}

TEST_CASE("an error's text is cut between letters, whatever their length") {
  for (const auto* letter : {"\xc5\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80"})
    for (std::size_t shift = 0; shift < 4; ++shift)
      for (std::size_t bytes_max = 100; bytes_max < 110; ++bytes_max) {
        auto text = error_text(repeated("x", shift) + repeated(letter, 600), bytes_max);
        CHECK(is_utf8(text));
        CHECK(text.size() <= bytes_max);
        CHECK(text.size() + 8 > bytes_max);
      }
}

TEST_CASE("bytes that are no UTF-8 become replacement characters, the others stay") {
  CHECK(error_text("caf\xe9 \xc5\xbc") == "caf\xef\xbf\xbd \xc5\xbc");
  CHECK(error_text("\xc5") == "\xef\xbf\xbd");
  CHECK(is_utf8(error_text(repeated("\xff\xbc\xc5", 9000))));
}

} // namespace error_text_test
