// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>

#include "actors/kept_text.hpp"

namespace kept_text_test {

using troupe::kept_text;

TEST_CASE("what fits is kept without the newlines at its end") {
  kept_text x{100};
  x.append("one\n");
  x.append("");
  x.append("two\n\n");
  CHECK(x.text(100) == "one\ntwo");
  CHECK(x.text(3) == "two");
}

TEST_CASE("of what goes on for long the beginning and the end are kept in bounded memory") {
  kept_text x{1000};
  x.append("begin ");
  for (int i = 0; i < 10'000; ++i)
    x.append("0123456789012345678901234567890123456789");
  x.append(" end");
  const auto text = x.text(500);
  CHECK(text.size() <= 500);
  CHECK(text.starts_with("begin "));
  CHECK(text.ends_with(" end"));
  CHECK(text.find(" bytes ...] ") != std::string::npos);
}

TEST_CASE("pieces of any size are kept as the whole is") {
  std::string all;
  for (int i = 0; i < 3000; ++i)
    all += "line " + std::to_string(i) + " \xc3\xa4\n";
  kept_text whole{300};
  whole.append(all);
  for (const std::size_t piece : {1U, 7U, 299U, 5000U}) {
    kept_text pieces{300};
    for (std::size_t at = 0; at < all.size(); at += piece)
      pieces.append(std::string_view{all}.substr(at, piece));
    CHECK(pieces.text(300) == whole.text(300));
  }
}

} // namespace kept_text_test
