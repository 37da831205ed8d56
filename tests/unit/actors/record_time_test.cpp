// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/record_time.hpp"
#include "messages/record.hpp"

namespace record_time_test {

using namespace troupe;

TEST_CASE("times are read with any offset and fraction, and written in UTC") {
  const auto again = [](std::string_view text) {
    auto read = read_rfc3339(text);
    return read ? rfc3339(*read) : read.error().text;
  };
  CHECK(again("2026-01-31T08:15:30Z") == "2026-01-31T08:15:30.000000Z");
  CHECK(again("2026-01-31t08:15:30.25z") == "2026-01-31T08:15:30.250000Z");
  CHECK(again("2026-01-31 08:15:30.1234569Z") == "2026-01-31T08:15:30.123456Z");
  CHECK(again("2026-01-01T00:15:30+01:00") == "2025-12-31T23:15:30.000000Z");
  CHECK(again("2026-12-31T23:15:30-01:00") == "2027-01-01T00:15:30.000000Z");
  CHECK(again("2024-02-29T00:00:00Z") == "2024-02-29T00:00:00.000000Z");
  CHECK(again("2016-12-31T23:59:60Z") == "2017-01-01T00:00:00.000000Z");
}

TEST_CASE("what is no time is refused") {
  for (const auto* text : {"", "2026", "2026-01-31", "2026-01-31T08:15:30", "2026-02-30T08:15:30Z",
                           "2026-13-01T08:15:30Z", "2026-01-31T24:00:00Z", "2026-01-31T08:60:00Z",
                           "2026-01-31T08:15:61Z", "2026-01-31T08:15:30.Z", "2026-01-31T08:15:30Zx",
                           "2026-01-31T08:15:30+1", "2026-01-31T08:15:30+99:00", "20260131T081530Z",
                           "-026-01-31T08:15:30Z"}) {
    CAPTURE(text);
    CHECK_FALSE(read_rfc3339(text));
  }
}

TEST_CASE("a time is one in UTC as well") {
  CHECK(read_rfc3339("9999-12-31T23:59:59.999999Z"));
  CHECK(read_rfc3339("0000-01-01T00:00:00Z"));
  CHECK_FALSE(read_rfc3339("9999-12-31T23:59:59-00:01"));
  CHECK_FALSE(read_rfc3339("9999-12-31T23:59:60Z"));
  CHECK_FALSE(read_rfc3339("0000-01-01T00:00:00+00:01"));
}

} // namespace record_time_test
