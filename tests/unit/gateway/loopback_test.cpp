// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/loopback.hpp"

namespace loopback_test {

using namespace troupe;

TEST_CASE("S1 loopback is what its address says and not what a name looks like") {
  for (const auto* host :
       {"127.0.0.1", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "localhost"}) {
    CAPTURE(host);
    CHECK(is_loopback(host));
  }
  for (const auto* host : {"127.evil.example", "127.0.0.1.evil.example", "127.", "127.0.0.1 ", "",
                           "10.0.0.1", "0.0.0.0", "::", "::2", "::ffff:10.0.0.1", "1270.0.0.1",
                           "localhost.evil.example", "example.org"}) {
    CAPTURE(host);
    CHECK_FALSE(is_loopback(host));
  }
}

} // namespace loopback_test
