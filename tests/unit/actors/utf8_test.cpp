// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/utf8.hpp"

namespace utf8_test {

using namespace troupe;

TEST_CASE("well-formed UTF-8 is told from the rest") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("abc"));
  CHECK(is_utf8("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xef\xbf\xbf \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"));
  for (const auto* text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(",
        "\xe2\x28\xa1", "\xe2\x82\x28"}) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
  }
}

} // namespace utf8_test
