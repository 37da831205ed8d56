// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <optional>

#include "tests/support/chance.hpp"
#include "tests/support/job_cluster.hpp"
#include "tests/support/job_traffic.hpp"

namespace jobs_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// What clients, operators and pull workers do.
const rates all_traffic{{"enqueue", 0.25}, {"cancel", 0.08}, {"retry", 0.08}, {"redrive", 0.05},
                        {"pause", 0.03},   {"purge", 0.02},  {"await", 0.1},  {"events", 0.1},
                        {"read", 0.1},     {"write", 0.08},  {"odd", 0.03},   {"pull", 0.3},
                        {"beat", 0.15},    {"report", 0.15}, {"drain", 0.02}};

const rates all_faults{{"cut", 0.02},
                       {"partition", 0.02},
                       {"worker crash", 0.02},
                       {"control crash", 0.01},
                       {"full disk", 0.01},
                       {"drain", 0.05},
                       {"freeze", 0.01},
                       {"unknown commit", 0.02},
                       {"clock jump", 0.02},
                       {"dispatcher end", 0.01},
                       {"repository end", 0.005}};

rates both(rates x, const rates& y) {
  x.insert(y.begin(), y.end());
  return x;
}

/// A history that broke a promise.
struct broken {
  std::string promise; ///< its name
  std::string story;
};

std::optional<broken> play(std::uint64_t seed, const rates& rate) {
  job_cluster cluster{seed};
  job_traffic traffic{cluster};
  auto& checker = cluster.checker;
  for (int tick = 0; tick < 300 && checker.violations().empty(); ++tick) {
    if (tick % 10 == 0)
      cluster.enqueue(1 + cluster.net.pick(4));
    cluster.misbehave(rate);
    traffic.act(rate);
    cluster.run();
  }
  cluster.calm();
  auto left = [&] { return checker.unfinished(cluster.disk->data).size(); };
  for (int tick = 0; tick < 3000 && left() > 0 && checker.violations().empty(); ++tick) {
    if (rate.contains("drain") && tick % 20 == 0)
      cluster.resume_all();
    if (rate.contains("pull"))
      traffic.calm();
    cluster.run();
  }
  if (checker.violations().empty())
    checker.end(cluster.disk->data);
  if (checker.violations().empty()) {
    REQUIRE(checker.jobs() > 10);
    return std::nullopt;
  }
  const auto& first = checker.violations().front();
  return broken{first.substr(0, first.find(':')), checker.story()};
}

std::string names_of(const rates& rate) {
  std::string result;
  for (const auto& [name, chance] : rate)
    result += (result.empty() ? "" : ", ") + name;
  return result;
}

/// If a promise breaks, leaves out whatever it does not need to break, so that the history that is
/// told is a short one.
void all_promises_hold(std::uint64_t seed, rates rate) {
  auto found = play(seed, rate);
  if (!found)
    return;
  for (const auto& [name, chance] : rates{rate}) {
    auto fewer = rate;
    fewer.erase(name);
    if (auto still = play(seed, fewer); still && still->promise == found->promise) {
      found = std::move(still);
      rate = std::move(fewer);
    }
  }
  FAIL_CHECK("seed " << seed << ", with " << names_of(rate) << ":\n" << found->story);
}

} // namespace

TEST_CASE("all promises hold when nothing bad happens") {
  for (auto seed : seeds(20))
    all_promises_hold(seed, {});
}

TEST_CASE("all promises hold when connections break and bytes are held up") {
  for (auto seed : seeds(20))
    all_promises_hold(seed, {{"cut", 0.05}, {"partition", 0.05}});
}

TEST_CASE("all promises hold when worker nodes crash") {
  for (auto seed : seeds(20))
    all_promises_hold(seed, {{"worker crash", 0.05}});
}

TEST_CASE("all promises hold when the control node crashes and reads its disk again") {
  for (auto seed : seeds(20))
    all_promises_hold(seed, {{"control crash", 0.02}});
}

TEST_CASE("all promises hold while workers are drained and take jobs again") {
  for (auto seed : seeds(20))
    all_promises_hold(seed, {{"drain", 0.2}});
}

TEST_CASE("all promises hold whatever clients, operators and pull workers ask for") {
  for (auto seed : seeds(8))
    all_promises_hold(seed, all_traffic);
}

TEST_CASE("all promises hold when the disk does not say what it has stored") {
  for (auto seed : seeds(8))
    all_promises_hold(seed, both(all_traffic, {{"unknown commit", 0.1}, {"full disk", 0.02}}));
}

TEST_CASE("all promises hold when everything goes wrong at once") {
  for (auto seed : seeds(8))
    all_promises_hold(seed, both(all_faults, all_traffic));
}

TEST_CASE("a drained worker gets no jobs, and has some again soon after it may") {
  for (auto seed : seeds(20)) {
    INFO("seed " << seed);
    job_cluster cluster{seed};
    cluster.tell(1, true);
    cluster.net.advance(1s);
    cluster.enqueue(60);
    for (int tick = 0; tick < 20; ++tick) {
      cluster.run();
      REQUIRE(cluster.leases_of(1).empty());
    }

    cluster.tell(1, false);
    for (int tick = 0; tick < 20 && cluster.leases_of(1).empty(); ++tick)
      cluster.run();

    CHECK_FALSE(cluster.leases_of(1).empty());
  }
}

TEST_CASE("J4: a lost worker's leases end within their time") {
  for (auto seed : seeds(20)) {
    INFO("seed " << seed);
    job_cluster cluster{seed};
    cluster.enqueue(9);
    for (auto ticks = 5 + cluster.net.pick(10); ticks > 0; --ticks)
      cluster.run();
    auto crashed = cluster.leases_of(2), cut_off = cluster.leases_of(3);
    REQUIRE_FALSE((crashed.empty() && cut_off.empty()));

    cluster.net.crash(2);
    cluster.net.advance(100ms, 10ms);
    for (const auto& lease : crashed)
      CHECK_FALSE(cluster.is_current(lease));

    cluster.net.partition(0, 3);
    cluster.net.advance(cluster.silence_max);
    for (const auto& lease : cut_off)
      CHECK_FALSE(cluster.is_current(lease));
  }
}

TEST_CASE("one seed is one history") {
  auto history = [](std::uint64_t seed) {
    job_cluster cluster{seed};
    job_traffic traffic{cluster};
    for (int tick = 0; tick < 50; ++tick) {
      if (tick % 10 == 0)
        cluster.enqueue(2);
      cluster.misbehave(all_faults);
      traffic.act(all_traffic);
      cluster.run();
    }
    return cluster.net.events();
  };
  CHECK(history(7) == history(7));
  CHECK(history(7) != history(8));
}

} // namespace jobs_test
