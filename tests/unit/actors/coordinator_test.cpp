// SPDX-License-Identifier: Apache-2.0
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <map>

#include "actors/coordinator.hpp"
#include "actors/coordinator_state.hpp"
#include "tests/support/deterministic.hpp"

namespace coordinator_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

// The store's shards, a receptionist that notes names, and owners that do what the test says.
struct sharing_node : test::fixture {
  std::map<std::uint32_t, stored_shard> store;
  error failure;
  std::vector<std::string> names;
  std::vector<shard_map> maps;
  coordinator_actor leader;

  template <class Handle>
  static caf::strong_actor_ptr pointer(const Handle& x) {
    return caf::actor_cast<caf::strong_actor_ptr>(x);
  }

  caf::result<shards_stored> claim(const claim_shards& request) {
    if (failure.code != errc::none)
      return to_caf(failure);
    shards_stored result;
    for (auto shard : request.shards) {
      auto& x = store[shard];
      x = {.shard = shard, .epoch = x.epoch + 1, .owner = request.owner};
      result.shards.push_back(x);
    }
    return result;
  }

  void start(bool first = true) {
    auto repository = system.spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const claim_shards& x) { return claim(x); },
              [this](const read_shards&) {
                shards_stored result;
                for (const auto& [shard, x] : store)
                  result.shards.push_back(x);
                return result;
              }};
    });
    auto receptionist = system.spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const register_name& x) {
        names.push_back(x.name);
        return caf::ok_atom_v;
      }};
    });
    leader = system.spawn(
      coordinator,
      coordinator_options{.node = "control",
                          .first_in_process = first,
                          .interval = 1s,
                          .lease = 3s,
                          .storage_timeout = 60s,
                          .repository = caf::actor_cast<repository_actor>(repository),
                          .receptionist = caf::actor_cast<receptionist_actor>(receptionist)});
  }

  cache_actor owner_actor() {
    auto idle = [](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; };
    return caf::actor_cast<cache_actor>(system.spawn(idle));
  }

  static owner_id owner(const std::string& node, std::uint64_t incarnation = 1) {
    return {.node = node, .incarnation = incarnation, .number = 0};
  }

  result<shards_renewed> renew(const owner_id& id, const cache_actor& actor,
                               const shards_renewed& last = {}) {
    return ask<shards_renewed>(
      leader,
      renew_shards{
        .owner = id, .held = last.held, .released = {}, .draining = false, .answered = last.number},
      actor);
  }

  // Renews until the owner has all shards.
  shards_renewed own_all(const owner_id& id, const cache_actor& actor) {
    auto answer = renew(id, actor);
    for (int i = 0; i < 3 && answer; ++i) {
      advance(200ms);
      answer = renew(id, actor, *answer);
    }
    REQUIRE(answer);
    REQUIRE(answer->held.size() == key_shards);
    return *answer;
  }

  caf::actor listen() {
    return system.spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const shard_map& x) { maps.push_back(x); }};
    });
  }
};

} // namespace

TEST_CASE_METHOD(sharing_node, "a coordinator answers and has its name when the epochs are read") {
  start();
  while (names.empty()) {
    auto early = renew(owner("a"), owner_actor());
    if (!early)
      CHECK(early.error().code == errc::unavailable);
  }
  CHECK(names == std::vector<std::string>{"coordinator"});
  CHECK(renew(owner("a"), owner_actor()));
}

TEST_CASE_METHOD(sharing_node,
                 "subscribers are told where the shards are, at once and on changes") {
  start();
  settle();
  auto actor = owner_actor();
  auto listener = listen();
  REQUIRE(ask<caf::ok_atom>(leader, subscribe_shards{pointer(listener)}));
  REQUIRE(maps.size() == 1);
  CHECK(maps.back().owners.empty());

  own_all(owner("a"), actor);
  advance(10ms);

  CHECK(maps.size() <= 3);
  REQUIRE(maps.back().owners == std::vector<shard_owner>{{owner("a"), pointer(actor)}});
  CHECK(maps.back().revision > maps.front().revision);
  REQUIRE(maps.back().places.size() == key_shards);
  for (const auto& x : maps.back().places)
    CHECK(x == shard_place{1, 1});
  auto told = maps.size();
  advance(1s);
  CHECK(maps.size() == told);
}

TEST_CASE_METHOD(sharing_node, "shards of an owner that died in this process are free at once") {
  start();
  settle();
  auto first = owner_actor();
  own_all(owner("control"), first);

  caf::anon_send_exit(pointer(first), caf::exit_reason::kill);
  settle();

  own_all(owner("control", 2), owner_actor());
  CHECK(store.at(0).epoch == 2);
}

TEST_CASE_METHOD(sharing_node, "R2: shards of an owner that is silent wait for the lease's end") {
  start();
  settle();
  own_all(owner("a"), owner_actor());
  auto b = owner_actor();
  auto answer = renew(owner("b"), b);
  for (int i = 0; i < 12; ++i) {
    advance(200ms);
    answer = renew(owner("b"), b, *answer);
    CHECK(answer->held.empty());
  }
  advance(700ms);
  answer = renew(owner("b"), b, *answer);
  CHECK(answer->held.size() == key_shards);
}

TEST_CASE_METHOD(sharing_node, "a coordinator ends with the error when the store cannot claim") {
  start();
  settle();
  failure = {errc::storage_failed, "the disk is gone"};
  caf::error reason;
  auto watching = system.spawn([&](caf::event_based_actor* watcher) -> caf::behavior {
    watcher->monitor(leader);
    watcher->set_down_handler([&](const caf::down_msg& x) { reason = x.reason; });
    return {[](int) {}};
  });
  settle();

  renew(owner("a"), owner_actor());
  advance(200ms);

  CHECK(from_caf(reason).code == errc::storage_failed);
}

TEST_CASE_METHOD(sharing_node,
                 "R2: the next coordinator of a process waits for leases of the node") {
  start();
  settle();
  auto a = owner_actor();
  auto held = own_all(owner("control"), a);
  caf::anon_send_exit(pointer(leader), caf::exit_reason::kill);
  settle();
  start(false);
  settle();
  auto b = owner_actor();
  auto answer = renew(owner("b"), b);
  advance(1s);
  answer = renew(owner("b"), b, *answer);
  CHECK(answer->held.empty());

  held.number = 0;
  auto kept = renew(owner("control"), a, held);

  CHECK(kept->held == held.held);
  CHECK(kept->release.size() == key_shards / 2);
}

} // namespace coordinator_test
