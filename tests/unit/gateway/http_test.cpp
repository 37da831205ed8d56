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

} // namespace http_test
