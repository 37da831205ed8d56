// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "gateway/event_stream.hpp"

namespace event_stream_test {

using namespace troupe;

TEST_CASE("the readers of many streams come back one after another") {
  std::vector<int> times;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    const auto head = event_stream_head(i).body;
    REQUIRE(head.starts_with("retry: "));
    times.push_back(std::stoi(head.substr(7)));
  }
  std::sort(times.begin(), times.end());
  CHECK(times.front() >= 500);
  CHECK(times.back() < 2500);
  int closest_hundred = 0; // as many as come within one tenth of a second
  for (std::size_t i = 0; i < times.size(); ++i)
    closest_hundred = std::max(
      closest_hundred, static_cast<int>(std::count_if(times.begin(), times.end(), [&](int x) {
        return x >= times[i] && x < times[i] + 100;
      })));
  CHECK(closest_hundred <= 10);
}

} // namespace event_stream_test
