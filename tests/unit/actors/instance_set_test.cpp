// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "actors/instance_set.hpp"

namespace instance_set_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

using number = instance_set::number;

constexpr instance_set::time_point start{1h};
constexpr std::uint64_t seed = 7;

// Instances that are there for so long that none of them is new.
instance_set set_of(std::size_t count, balancing strategy, milliseconds slow_start = 10s) {
  instance_set result{{strategy, slow_start}, seed};
  for (std::size_t i = 1; i <= count; ++i)
    result.add("service/" + std::to_string(i), start - 1h);
  return result;
}

number picked(instance_set& from, instance_set::time_point now = start,
              std::string_view record = {}) {
  auto which = from.pick(record, {}, now);
  REQUIRE(which);
  return *which;
}

std::map<number, int> shares(instance_set& from, int picks, instance_set::time_point now = start) {
  std::map<number, int> result;
  for (int i = 0; i < picks; ++i)
    ++result[picked(from, now)];
  return result;
}

void put_out(instance_set& in, number which, instance_set::time_point now = start) {
  in.sent(which);
  in.failed(which, now);
}

std::string record_at(int i) {
  return "notes/" + std::to_string(i);
}

} // namespace

TEST_CASE("an empty set of instances picks none") {
  auto set = set_of(0, balancing::two_choices);
  CHECK_FALSE(set.pick("notes/1", {}, start));
  CHECK_FALSE(set.has_other({}));
}

TEST_CASE("round robin gives each instance its turn") {
  auto set = set_of(3, balancing::round_robin);
  CHECK(shares(set, 300) == std::map<number, int>{{1, 100}, {2, 100}, {3, 100}});
  auto first = picked(set);
  auto second = picked(set);
  auto third = picked(set);
  CHECK(first != second);
  CHECK(second != third);
  CHECK(first != third);
}

TEST_CASE("the less busy of two is picked") {
  auto set = set_of(2, balancing::two_choices);
  set.sent(1);
  CHECK(shares(set, 50) == std::map<number, int>{{2, 50}});
  set.sent(2);
  set.sent(2);
  CHECK(shares(set, 50) == std::map<number, int>{{1, 50}});
}

TEST_CASE("two choices give slow instances less") {
  auto set = set_of(4, balancing::two_choices);
  // Instance 4 answers a request in 10 rounds, the others in 1; 4 requests arrive a round.
  std::map<number, int> taken;
  std::multimap<int, number> ends;
  for (int round = 0; round < 1000; ++round) {
    while (!ends.empty() && ends.begin()->first <= round) {
      set.answered(ends.begin()->second);
      ends.erase(ends.begin());
    }
    for (int i = 0; i < 4; ++i) {
      auto which = picked(set);
      set.sent(which);
      ++taken[which];
      ends.emplace(round + (which == 4 ? 10 : 1), which);
    }
  }
  CHECK(taken[4] < 500);
  CHECK(taken[4] > 50); // it has something to do all the time
  for (number fast = 1; fast <= 3; ++fast)
    CHECK(taken[fast] > 1000);
  // Blind turns would have sent it a quarter, and let 10 wait on average where now fewer do.
  CHECK(set.under_way(4) < 10);
}

TEST_CASE("by key, a record stays at its instance, and only the lost one's records move") {
  auto set = set_of(5, balancing::by_key);
  std::map<std::string, number> before;
  std::map<number, int> counts;
  for (int i = 0; i < 2000; ++i) {
    auto which = picked(set, start, record_at(i));
    before[record_at(i)] = which;
    ++counts[which];
  }
  for (auto& [which, count] : counts)
    CHECK((count > 300 && count < 500)); // of 400
  set.remove(3);
  std::map<number, int> moved;
  for (auto& [record, which] : before) {
    auto now_at = picked(set, start, record);
    if (which == 3)
      ++moved[now_at];
    else
      REQUIRE(now_at == which);
  }
  CHECK(moved.size() == 4); // not all to one
}

TEST_CASE("by key, what is about no record goes to the less busy") {
  auto set = set_of(2, balancing::by_key);
  set.sent(1);
  CHECK(shares(set, 50) == std::map<number, int>{{2, 50}});
}

TEST_CASE("by key, two balancers agree") {
  instance_set one{{balancing::by_key, 0s}, 1};
  instance_set other{{balancing::by_key, 0s}, 2};
  for (auto name : {"a", "b", "c"})
    one.add(name, start);
  for (auto name : {"c", "b", "a"})
    other.add(name, start);
  for (int i = 0; i < 200; ++i)
    REQUIRE(picked(one, start, record_at(i)) == 4 - picked(other, start, record_at(i)));
}

TEST_CASE("an instance that does not answer is left out until it answers a probe") {
  auto set = set_of(3, balancing::round_robin);
  put_out(set, 2);
  CHECK(set.is_out(2));
  CHECK(shares(set, 30) == std::map<number, int>{{1, 15}, {3, 15}});
  CHECK(set.due_probes(start).empty());
  CHECK(set.due_probes(start + 500ms) == std::vector<number>{2});
  CHECK(set.due_probes(start + 500ms).empty()); // one at a time
  CHECK(set.is_out(2));
  set.probed(2, true, start + 501ms);
  CHECK_FALSE(set.any_out());
  CHECK(shares(set, 30)[2] == 10);
}

TEST_CASE("an instance that does not answer its probes is asked less and less often") {
  auto set = set_of(3, balancing::round_robin);
  put_out(set, 2);
  auto now = start;
  milliseconds pause{0};
  for (auto least : {250ms, 500ms, 1000ms, 2000ms}) {
    for (pause = 0ms; set.due_probes(now).empty(); now += 10ms)
      pause += 10ms;
    CHECK(pause >= least);
    CHECK(pause <= 2 * least + 10ms);
    set.probed(2, false, now);
  }
  for (int i = 0; i < 20; ++i) {
    for (pause = 0ms; set.due_probes(now).empty(); now += 100ms)
      pause += 100ms;
    set.probed(2, false, now);
  }
  CHECK(pause >= 15s);
  CHECK(pause <= 30s);
}

TEST_CASE("an answer forgets failures, a probe does not") {
  auto set = set_of(3, balancing::round_robin);
  put_out(set, 2);
  REQUIRE(set.due_probes(start + 1s).size() == 1);
  set.probed(2, true, start + 1s);
  put_out(set, 2, start + 1s); // the second failure in a row
  CHECK(set.due_probes(start + 1s + 499ms).empty());
  REQUIRE(set.due_probes(start + 3s).size() == 1);
  set.probed(2, true, start + 3s);
  set.sent(2);
  set.answered(2);
  put_out(set, 2, start + 4s); // the first one again
  CHECK(set.due_probes(start + 4s + 500ms).size() == 1);
}

TEST_CASE("requests that time out together count as one failure") {
  auto set = set_of(3, balancing::round_robin);
  for (int i = 0; i < 100; ++i)
    set.sent(2);
  for (int i = 0; i < 100; ++i)
    set.failed(2, start);
  CHECK(set.under_way(2) == 0);
  CHECK(set.due_probes(start + 500ms).size() == 1);
}

TEST_CASE("when more than half are out, all get requests") {
  auto set = set_of(4, balancing::round_robin);
  put_out(set, 1);
  put_out(set, 2);
  CHECK(shares(set, 40) == std::map<number, int>{{3, 20}, {4, 20}}); // half is not more than half
  put_out(set, 3);
  CHECK(shares(set, 400).size() == 4);
}

TEST_CASE("a retry prefers those that are in, and takes one that is out if there is no other") {
  auto set = set_of(3, balancing::two_choices);
  put_out(set, 2);
  for (int i = 0; i < 20; ++i)
    CHECK(set.pick({}, {1}, start) == 3U);
  CHECK(set.pick({}, {1, 3}, start) == 2U);
  CHECK(set.has_other({1, 3}));
  CHECK_FALSE(set.pick({}, {1, 2, 3}, start));
  CHECK_FALSE(set.has_other({1, 2, 3}));
}

TEST_CASE("a new instance among others begins slowly") {
  auto strategy = GENERATE(balancing::round_robin, balancing::two_choices);
  auto set = set_of(3, strategy);
  auto newcomer = set.add("d", start);
  auto at_first = shares(set, 1000, start)[newcomer];
  auto half_way = shares(set, 1000, start + 5s)[newcomer];
  auto grown_up = shares(set, 1000, start + 10s)[newcomer];
  CHECK(at_first > 0);
  CHECK(at_first < 60);
  CHECK(half_way > 2 * at_first);
  CHECK(grown_up > half_way);
  if (strategy == balancing::round_robin)
    CHECK(grown_up == 250);
}

TEST_CASE("the only instance gets everything at once") {
  auto set = set_of(1, balancing::two_choices);
  set.remove(1);
  auto newcomer = set.add("service/1", start);
  CHECK(newcomer == 2);
  set.add("service/2", start + 10s);
  // It was alone when it came: the other one is the newcomer.
  CHECK(shares(set, 1000, start + 10s)[newcomer] > 900);
}

TEST_CASE("what is said about an instance that is gone changes nothing") {
  auto set = set_of(2, balancing::two_choices);
  set.sent(1);
  put_out(set, 2);
  set.remove(1);
  set.answered(1);
  set.failed(1, start);
  set.probed(1, true, start);
  CHECK(set.under_way(1) == 0);
  CHECK(set.is_out(2));
  CHECK(picked(set) == 2);
}

} // namespace instance_set_test
