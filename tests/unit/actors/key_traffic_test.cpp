// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/key_traffic.hpp"

namespace key_traffic_test {

using namespace troupe;

namespace {

owned_key key(std::string id, std::uint32_t shard = 1, std::uint32_t collection = 0) {
  return {collection, shard, 1, std::move(id)};
}

std::vector<std::string> ids(const std::vector<owned_key>& keys) {
  std::vector<std::string> result;
  for (const auto& x : keys)
    result.push_back(x.id);
  return result;
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("a key is loaded once, however many reads wait for it") {
  key_traffic traffic{1};
  CHECK(traffic.wait(key("a"), 1, 0));
  CHECK_FALSE(traffic.wait(key("a"), 2, 0));
  CHECK(ids(traffic.take_wanted(0, 10)) == names{"a"});
  CHECK_FALSE(traffic.wait(key("a"), 3, 5));
  CHECK(traffic.take_wanted(0, 10).empty());
  CHECK(traffic.size() == 3);

  auto waiters = traffic.end_load(key("a"));

  REQUIRE(waiters.size() == 3);
  CHECK(waiters[0].first);
  CHECK(waiters[2].read == 3);
  CHECK(waiters[2].position == 5);
  CHECK(traffic.size() == 0);
  CHECK(traffic.is_quiet(1));
  CHECK(traffic.wait(key("a"), 4, 0));
}

TEST_CASE("keys of different collections are loaded apart, at most as many as fit") {
  key_traffic traffic{2};
  traffic.wait(key("a"), 1, 0);
  traffic.wait(key("b"), 2, 0);
  traffic.wait(key("a", 2, 1), 3, 0);
  CHECK(ids(traffic.take_wanted(0, 1)) == names{"a"});
  CHECK(ids(traffic.take_wanted(0, 9)) == names{"b"});
  CHECK(ids(traffic.take_wanted(1, 9)) == names{"a"});
}

TEST_CASE("a load that is older than what was heard of is done again, before others") {
  key_traffic traffic{1};
  traffic.wait(key("a"), 1, 0);
  traffic.take_wanted(0, 10);
  traffic.wait(key("b"), 2, 0);
  traffic.raise(key("a"), 7);

  CHECK_FALSE(traffic.accept_load(key("a"), 6));
  CHECK(ids(traffic.take_wanted(0, 10)) == names{"a", "b"});
  CHECK(traffic.accept_load(key("a"), 7));
}

TEST_CASE("what was heard of a key is remembered while a write of it is under way") {
  key_traffic traffic{1};
  traffic.begin_write(key("a"));
  traffic.begin_write(key("a"));
  CHECK(traffic.accept(key("a"), 6));
  traffic.end_write(key("a"));
  CHECK_FALSE(traffic.is_quiet(1));
  CHECK_FALSE(traffic.accept(key("a"), 5));
  traffic.end_write(key("a"));

  CHECK(traffic.is_quiet(1));
  CHECK(traffic.accept(key("a"), 5));
}

TEST_CASE("without the order of versions, every load is accepted") {
  key_traffic traffic{1, false};
  traffic.wait(key("a"), 1, 0);
  traffic.raise(key("a"), 7);
  CHECK(traffic.accept_load(key("a"), 6));
}

TEST_CASE("keys are warmed when no read waits, and not while they are loaded anyway") {
  key_traffic traffic{1};
  traffic.warm(key("a"));
  traffic.warm(key("b"));
  traffic.wait(key("a"), 1, 0);
  CHECK(ids(traffic.take_wanted(0, 10)) == names{"a"});
  CHECK(traffic.take_wanted(0, 10).empty());
  traffic.end_load(key("a"));

  traffic.begin_write(key("c"));
  CHECK(ids(traffic.take_wanted(0, 10)) == names{"a", "b"});
  CHECK_FALSE(traffic.wait(key("b"), 2, 0));
}

TEST_CASE("nothing of a shard that is forgotten is under way any more") {
  key_traffic traffic{1};
  traffic.wait(key("a"), 1, 0);
  traffic.wait(key("other", 2), 2, 0);
  traffic.begin_write(key("b"));
  traffic.warm(key("c"));

  auto waiters = traffic.forget({1});

  REQUIRE(waiters.size() == 1);
  CHECK(waiters[0].read == 1);
  CHECK(traffic.is_quiet(1));
  CHECK(traffic.size() == 1);
  CHECK(ids(traffic.take_wanted(0, 10)) == names{"other"});
  traffic.end_load(key("other", 2));
  CHECK(traffic.take_wanted(0, 10).empty());
}

} // namespace key_traffic_test
