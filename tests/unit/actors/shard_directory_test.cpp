// SPDX-License-Identifier: Apache-2.0
#include <caf/event_based_actor.hpp>
#include <catch2/catch.hpp>

#include "actors/shard_directory.hpp"
#include "tests/support/deterministic.hpp"

namespace shard_directory_test {

using namespace troupe;

namespace {

struct two_owners : test::fixture {
  two_owners() {
    for (auto* x : {&first, &second})
      *x = caf::actor_cast<caf::strong_actor_ptr>(
        system.spawn([](caf::event_based_actor*) { return caf::behavior{[](int) {}}; }));
  }

  shard_map map(std::uint64_t revision) const {
    shard_map result{revision, {{{"n1", 1, 1}, first}, {{"n2", 1, 1}, second}}, {}};
    for (std::uint32_t i = 0; i < key_shards; ++i)
      result.places.push_back({i % 3, 10 + i});
    return result;
  }

  caf::strong_actor_ptr owner_of(const std::string& id) const {
    return directory.find("notes", id).owner;
  }

  std::string id_of_place(std::uint32_t place) const {
    for (int i = 0;; ++i)
      if (shard_of("notes", std::to_string(i)) % 3 == place)
        return std::to_string(i);
  }

  caf::strong_actor_ptr first;
  caf::strong_actor_ptr second;
  shard_directory directory;
};

} // namespace

TEST_CASE_METHOD(two_owners, "a key's place is looked up in the latest map") {
  CHECK_FALSE(owner_of("0"));
  REQUIRE(directory.learn(map(1)));
  CHECK_FALSE(owner_of(id_of_place(0)));
  CHECK(owner_of(id_of_place(1)) == first);
  CHECK(owner_of(id_of_place(2)) == second);
  const auto place = directory.find("notes", "0");
  CHECK(place.shard == shard_of("notes", "0"));
  CHECK(place.epoch == 10 + place.shard);
  CHECK(directory.epoch_of(place.shard) == place.epoch);
}

TEST_CASE_METHOD(two_owners, "an older map counts only after another coordinator came") {
  REQUIRE(directory.learn(map(5)));
  CHECK_FALSE(directory.learn(map(4)));
  directory.forget_revision();
  CHECK(directory.learn(map(1)));
}

TEST_CASE_METHOD(two_owners, "a map that makes no sense is not taken") {
  auto wrong = map(1);
  wrong.places[7].owner = 3;
  CHECK_FALSE(directory.learn(wrong));
  wrong = map(1);
  wrong.places.pop_back();
  CHECK_FALSE(directory.learn(wrong));
  wrong.places.clear();
  CHECK(directory.learn(wrong));
  CHECK_FALSE(owner_of("0"));
}

TEST_CASE_METHOD(two_owners, "an owner that died owns nothing, until it is in a map again") {
  REQUIRE(directory.learn(map(1)));
  CHECK(directory.lose(caf::actor_cast<caf::actor_addr>(first)));
  CHECK_FALSE(directory.lose(caf::actor_cast<caf::actor_addr>(first)));
  CHECK_FALSE(owner_of(id_of_place(1)));
  CHECK(owner_of(id_of_place(2)) == second);
  REQUIRE(directory.learn(map(1)));
  CHECK(owner_of(id_of_place(1)) == first);
}

} // namespace shard_directory_test
