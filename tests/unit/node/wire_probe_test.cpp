// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>

#include "node/wire_probe.hpp"

namespace wire_probe_test {

using namespace troupe;

TEST_CASE("the wire identifier is found between other bytes of a handshake") {
  auto handshake = std::string(40, '\0') + "\x01" + "\x0e" + "troupe.wire.17" + "99";

  CHECK(find_wire_identifier(handshake) == "troupe.wire.17");
}

TEST_CASE("what is no handshake of ours has no wire identifier") {
  CHECK(find_wire_identifier("").empty());
  CHECK(find_wire_identifier("HTTP/1.1 400 Bad Request").empty());
  CHECK(find_wire_identifier("troupe.wire.1").empty());
}

TEST_CASE("a wire identifier that has not come completely, or has a wrong length, is not taken") {
  CHECK(find_wire_identifier(std::string{"\x0e"} + "troupe.wire.1").empty());
  CHECK(find_wire_identifier(std::string{"\x02"} + "troupe.wire.1").empty());
  CHECK(find_wire_identifier(std::string{"\xff"} + "troupe.wire.1").empty());
}

} // namespace wire_probe_test
