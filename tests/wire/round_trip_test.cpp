// SPDX-License-Identifier: Apache-2.0
#include <caf/error.hpp>
#include <catch2/catch.hpp>

#include "messages/error_category.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/wire/wire_types.hpp"

namespace round_trip_test {

using namespace troupe;
using namespace troupe::test;

TEST_CASE_METHOD(fixture, "every message survives the wire") {
  for (const auto& type : wire_types()) {
    INFO(type.name);
    auto bytes = encode(system, type.sample);

    auto received = decode(system, bytes);

    REQUIRE(received);
    CHECK(to_string(*received) == to_string(type.sample));
    CHECK(encode(system, *received) == bytes);
  }
}

TEST_CASE_METHOD(fixture, "an error survives the wire with its code and its text") {
  auto sent = to_caf({errc::queue_full, "queue 'mail' holds 10 jobs"});

  auto received = decode(system, encode(system, caf::make_message(sent)));

  REQUIRE(received);
  CHECK(from_caf(received->get_as<caf::error>(0)) == from_caf(sent));
}

TEST_CASE_METHOD(fixture, "a message of several values survives the wire") {
  const auto& types = wire_types();
  auto sent = types[4].sample + types[5].sample + types[6].sample;

  auto received = decode(system, encode(system, sent));

  REQUIRE(received);
  CHECK(to_string(*received) == to_string(sent));
}

} // namespace round_trip_test
