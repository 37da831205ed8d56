// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "apps/troupe/progress.hpp"
#include "apps/troupe/text_format.hpp"

namespace progress_test {

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("a meter says rate and time left") {
  progress_meter meter{"waiting", 1000};
  meter.update(250, 1s);
  meter.update(500, 2s);

  CHECK(meter.per_second() == Approx(250));
  CHECK(meter.line(60) == "waiting [###########............] 500/1000 250/s, 2.0 s left");
}

TEST_CASE("the rate is that of the last seconds, not of the whole task") {
  progress_meter meter{"waiting", 100'000};
  for (auto second = 1; second <= 20; ++second)
    meter.update(static_cast<std::uint64_t>(second <= 10 ? 1000 * second : 10'000 + second),
                 second * 1s);

  CHECK(meter.per_second() == Approx(1));
}

TEST_CASE("a meter without a total counts") {
  progress_meter meter{"submitting", 0};
  meter.update(300, 2s);

  CHECK(meter.line(80) == "submitting 300 150/s");
}

TEST_CASE("a meter never gets wider than the terminal") {
  progress_meter meter{"waiting", 1000};
  meter.update(500, 1s);

  auto width = GENERATE(as<std::size_t>{}, 0, 1, 10, 30, 50, 79, 200);
  CHECK(character_count(meter.line(width)) <= width);
}

TEST_CASE("a meter at its start, at its end and at a standstill names no time left") {
  progress_meter meter{"waiting", 10};
  CHECK(meter.line(0).empty());
  CHECK(meter.line(80).find("left") == std::string::npos);
  meter.update(0, 1s);
  CHECK(meter.line(80).find("left") == std::string::npos);
  meter.update(10, 2s);
  CHECK(meter.line(80).find("left") == std::string::npos);
}

} // namespace progress_test
