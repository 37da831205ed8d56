// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "actors/record_uuid.hpp"
#include "messages/record.hpp"

namespace record_uuid_test {

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("ids of records are UUIDs of version 7, with their time in front") {
  record_uuid ids{1};
  // The example of RFC 9562: 2022-02-22 19:22:22 UTC.
  const auto id = ids.next(timestamp{1'645'557'742'000ms});
  CHECK(id.starts_with("017f22e2-79b0-7"));
  CHECK(std::regex_match(id, std::regex{"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                        "[0-9a-f]{12}"}));
  CHECK(is_record_id(id));
}

TEST_CASE("ids of records sort by time, to the microsecond") {
  record_uuid ids{1};
  std::string last;
  for (std::int64_t i = 0; i < 3000; ++i) {
    const auto id = ids.next(timestamp{1'645'557'742'000ms + std::chrono::microseconds{i}});
    CHECK(id > last);
    last = id;
  }
}

TEST_CASE("ids of one moment differ, and another seed gives others") {
  record_uuid ids{1};
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i)
    seen.insert(ids.next(timestamp{1ms}));
  CHECK(seen.size() == 1000);
  CHECK_FALSE(seen.contains(record_uuid{2}.next(timestamp{1ms})));
  CHECK(seen.contains(record_uuid{1}.next(timestamp{1ms})));
}

} // namespace record_uuid_test
