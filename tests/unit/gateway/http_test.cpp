// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/http.hpp"

namespace http_test {

using namespace troupe;

TEST_CASE("percent-encoding comes back as it was") {
  const std::string text{"a b/c?d&e=\xc3\xa4\x00~", 15};
  CHECK(*percent_decode(percent_encode(text)) == text);
  CHECK(percent_encode("a b") == "a%20b");
}

TEST_CASE("a query has decoded parameters and the last of a name counts") {
  auto x = parse_query("q=two+words&limit=1&limit=2&empty=&flag");
  REQUIRE(x);
  CHECK(x->at("q") == "two words");
  CHECK(x->at("limit") == "2");
  CHECK(x->at("empty").empty());
  CHECK(x->contains("flag"));
}

TEST_CASE("S2 a query that is not well encoded is refused") {
  CHECK_FALSE(parse_query("q=%"));
  CHECK_FALSE(parse_query("%zz=1"));
}

} // namespace http_test
