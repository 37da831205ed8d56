// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/hot_keys.hpp"

namespace hot_keys_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr hot_keys::time_point start{1h}; // simulated: nothing here reads a clock

std::uint64_t reads_of(const hot_keys& keys, const std::string& id, hot_keys::time_point now,
                       std::uint32_t collection = 0) {
  for (const auto& x : keys.most_read(now))
    if (x.id == id && x.collection == collection)
      return x.reads;
  return 0;
}

} // namespace

TEST_CASE("few reads are counted one by one, most read first") {
  hot_keys keys{1};
  CHECK(keys.most_read(start).empty());
  for (int i = 0; i < 3; ++i)
    keys.read(0, "b", start);
  keys.read(0, "a", start);
  keys.read(1, "b", start);
  keys.read(1, "b", start);
  const auto found = keys.most_read(start);
  REQUIRE(found.size() == 3);
  CHECK((found[0].collection == 0 && found[0].id == "b" && found[0].reads == 3));
  CHECK((found[1].collection == 1 && found[1].id == "b" && found[1].reads == 2));
  CHECK((found[2].collection == 0 && found[2].id == "a" && found[2].reads == 1));
}

TEST_CASE("a steady reader has the reads of a minute, and fades when it stops") {
  hot_keys keys{1};
  auto now = start;
  for (; now < start + 10min; now += 100ms)
    keys.read(0, "a", now);
  CHECK(reads_of(keys, "a", now) == Approx(600).epsilon(0.02));
  CHECK(reads_of(keys, "a", now + 1min) == Approx(600 / 2.718).epsilon(0.02));
  CHECK(keys.most_read(now + 1h).empty());
}

TEST_CASE("what is read now comes before what was read more in the past") {
  hot_keys keys{1};
  auto now = start;
  for (int i = 0; i < 1000; ++i, now += 1ms)
    keys.read(0, "old", now);
  now += 5min;
  for (int i = 0; i < 100; ++i, now += 1ms)
    keys.read(0, "new", now);
  CHECK(keys.most_read(now).front().id == "new");
  // After a long silence the old weights are as good as none.
  now += 100h;
  keys.read(0, "last", now);
  const auto found = keys.most_read(now);
  REQUIRE(found.size() == 1);
  CHECK(found[0].id == "last");
}

TEST_CASE("no key with its share of the reads is missed among any number of others") {
  hot_keys keys{1};
  auto now = start;
  int others = 0;
  for (int i = 0; i < 100'000; ++i, now += 10us)
    // Every fiftieth read is of one key, all others are read once.
    keys.read(0, i % 50 == 0 ? "hot" : "cold " + std::to_string(++others), now);
  const auto found = keys.most_read(now);
  CHECK(found.size() <= hot_keys::counters_max);
  REQUIRE_FALSE(found.empty());
  CHECK(found.front().id == "hot");
  CHECK(found.front().reads <= 2200);
  CHECK(found.front().reads >= 1400);
  // Those that only took a counter over do not count what it had.
  CHECK((found.size() == 1 || found[1].reads < 200));
}

TEST_CASE("at many reads the shares are still right, of readers that go round, too") {
  hot_keys keys{7};
  auto now = start;
  constexpr int rate = 50'000; // a second
  for (int i = 0; i < 60 * rate; ++i) {
    if (i % 100 == 0)
      now += 2ms;
    keys.read(0, i % 2 == 0 ? "half" : i % 4 == 1 ? "quarter" : std::to_string(i % 64), now);
  }
  // Of one minute, from nothing.
  const auto reads = 60 * rate * (1 - 1 / 2.718);
  CHECK(reads_of(keys, "half", now) == Approx(reads / 2).epsilon(0.1));
  CHECK(reads_of(keys, "quarter", now) == Approx(reads / 4).epsilon(0.1));
  CHECK(reads_of(keys, "3", now) == Approx(reads / 64).epsilon(0.3));
}

} // namespace hot_keys_test
