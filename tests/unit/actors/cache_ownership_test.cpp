// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/cache_stage.hpp"

namespace cache_ownership_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr cache_safety without_lease{false, true, true};

} // namespace

// -- leases ---------------------------------------------------------------------------------------

TEST_CASE("an owner renews its leases once an interval, and names what it holds") {
  cache_stage x;
  x.begin();
  REQUIRE(x.coordinating->renewals.size() == 1);
  CHECK(x.coordinating->renewals[0].held.empty());

  x.advance(3100ms);

  CHECK(x.coordinating->renewals.size() == 4);
  CHECK(x.coordinating->renewals.back().held.size() == key_shards);
  CHECK(x.coordinating->renewals.back().answered == 3);
  CHECK(x.describe().held.size() == key_shards);
}

TEST_CASE("an owner that is told of no shard answers for none") {
  cache_stage x;
  x.coordinating->wanted = 2;
  x.begin();

  CHECK(x.get_fails("a") == errc::not_owner);
  auto write = x.start_put("a", "{}");
  x.settle();
  CHECK(cache_stage::code_of(write) == errc::not_owner);
}

TEST_CASE("a lost renewal is sent again before the lease is over") {
  cache_stage x;
  x.begin();
  x.coordinating->answers = false;
  x.advance(1100ms);
  x.coordinating->answers = true;

  for (int i = 0; i < 40; ++i) {
    x.advance(100ms);
    CHECK(x.get("a").value.version == 0);
  }
}

TEST_CASE("the next coordinator hears what an owner holds") {
  cache_stage x;
  x.begin();
  x.tell(x.owner, "coordinator", coordinator_actor{});
  CHECK(x.get_fails("a") == errc::none);
  const auto before = x.coordinating->renewals.size();

  x.tell(x.owner, "coordinator", x.coordinator);

  REQUIRE(x.coordinating->renewals.size() == before + 1);
  CHECK(x.coordinating->renewals.back().held.size() == key_shards);
}

TEST_CASE("R2 an owner whose lease has run out answers nothing, and gives its shards up") {
  cache_stage x;
  x.begin();
  x.get("a");
  x.coordinating->answers = false;

  x.advance(3s);
  CHECK(x.get_fails("a") == errc::not_owner);
  auto write = x.start_put("a", "{}");
  x.settle();
  CHECK(cache_stage::code_of(write) == errc::not_owner);
  x.advance(2s);

  CHECK(x.coordinating->renewals.back().held.empty());
}

namespace {

/// An owner sleeps; meanwhile another one owns its shards, and writes. What does the sleeper say
/// when it wakes?
result<records_found> answer_after_sleep(cache_safety safety) {
  cache_stage x{safety};
  x.begin();
  x.store->change("a", "{}");
  x.get("a");

  for (auto& [shard, epoch] : x.store->epochs)
    ++epoch;
  x.store->change("a", R"({"new":1})");
  x.scheduler.clock().current_time += 5s; // nothing of what was due is handled before the read
  auto answered = x.start_get("a");
  x.settle();
  REQUIRE(answered->has_value());
  return **answered;
}

} // namespace

TEST_CASE("R3 an owner that slept longer than its lease answers nothing old") {
  auto answered = answer_after_sleep({});
  REQUIRE_FALSE(answered);
  CHECK(answered.error().code == errc::not_owner);

  auto unsafe = answer_after_sleep(without_lease);
  REQUIRE(unsafe);
  CHECK(unsafe->records[0].value.version == 1);
}

TEST_CASE("an owner that is not sure answers what it saw lately, marked, to who wants that") {
  cache_stage x;
  x.begin();
  x.store->change("a", "{}");
  x.get("a");
  x.coordinating->answers = false;
  x.advance(4s);

  auto answered = x.start_get("a", 10s);
  x.settle();

  REQUIRE(answered->has_value());
  REQUIRE((*answered)->has_value());
  const auto& found = (**answered)->records[0];
  CHECK(found.status == cache_status::stale);
  CHECK(found.age == 4s);
  CHECK(found.value.version == 1);
  CHECK(x.get_fails("a", 3s) == errc::not_owner);
  CHECK(x.get_fails("never seen", 10s) == errc::not_owner);
}

// -- moves ----------------------------------------------------------------------------------------

TEST_CASE("R2 a shard moves when its owner has answered all that is under way, and not before") {
  cache_stage x;
  x.begin();
  auto next = x.spawn_owner(2);
  x.store->change("b", "{}");
  x.store->hold_reads = x.store->hold_answers = true;
  auto write = x.start_put("a", R"({"n":1})");
  auto read = x.start_get("b");
  x.settle();

  x.coordinating->wanted = 2;
  x.advance(2500ms);
  const auto held = x.describe().held.size();
  CHECK(held >= 1);
  CHECK(held <= 2);
  CHECK(x.get_fails("a") == errc::not_owner);
  CHECK(x.coordinating->places[shard_of("notes", "a")].owner == 1);
  x.store->hold_reads = x.store->hold_answers = false;
  x.release();
  x.advance(1100ms);

  CHECK(cache_stage::code_of(write) == errc::none);
  REQUIRE(read->has_value());
  CHECK((**read)->records[0].value.version == 1);
  CHECK(x.describe().held.empty());
  x.owner = next;
  CHECK(x.get("a").value.version == 2);
}

TEST_CASE("the next owner of a shard loads what was read most, before anybody asks") {
  cache_stage x;
  x.begin();
  auto next = x.spawn_owner(2);
  x.store->change("often", "{}");
  x.store->change("once", "{}");
  for (int i = 0; i < 4; ++i)
    x.get("often");
  x.get("once");

  x.coordinating->wanted = 2;
  x.advance(3s);

  x.owner = next;
  CHECK(x.get("often").status == cache_status::hit);
  CHECK(x.get("once").status == cache_status::miss);
}

TEST_CASE("a key that was still to be warmed when its shard moved on can be read later") {
  constexpr int keys = 600; // more than are loaded at once
  cache_stage x;
  x.begin();
  auto next = x.spawn_owner(2);
  for (int i = 0; i < keys; ++i) {
    x.store->change(std::to_string(i), "{}");
    x.get(std::to_string(i));
    x.get(std::to_string(i));
  }
  x.store->hold_reads = true;
  x.coordinating->wanted = 2;
  x.advance(2500ms);
  REQUIRE_FALSE(x.store->held.empty());
  x.coordinating->wanted = 1;
  x.advance(2s);
  x.store->hold_reads = false;
  x.release();
  x.coordinating->wanted = 2;
  x.advance(3s);

  x.owner = next;
  for (int i = 0; i < keys; ++i)
    CHECK(x.get(std::to_string(i)).value.version != 0);
}

TEST_CASE("an owner that is told to end hands its shards back when nothing is under way") {
  cache_stage x;
  x.begin();
  x.store->hold_answers = true;
  auto write = x.start_put("a", "{}");
  x.settle();

  caf::anon_send_exit(x.owner, caf::exit_reason::user_shutdown);
  x.settle();
  CHECK_FALSE(x.coordinating->renewals.back().held.empty());
  CHECK(x.get_fails("b") == errc::not_owner);
  x.release();

  CHECK(cache_stage::code_of(write) == errc::none);
  CHECK(x.coordinating->renewals.back().draining);
  CHECK(x.coordinating->renewals.back().held.empty());
  CHECK(x.get_fails("a") == errc::unavailable); // it is gone
}

TEST_CASE("a shard that was given up is not taken again by an answer that was under way") {
  cache_shards shards;
  const cache_shards::time_point start{};
  const shards_renewed answer{1, 1s, 3s, {{7, 1}}, {}, {}};
  shards.renew(answer, start);
  REQUIRE(shards.give_up(7, 1));

  shards.renew(answer, start);
  CHECK(shards.held().empty());
  shards.renew({2, 1s, 3s, {{7, 2}}, {}, {}}, start);

  CHECK(shards.open_epoch(7, start + 2699ms) == 2);
  CHECK(shards.open_epoch(7, start + 2700ms) == 0);
}

} // namespace cache_ownership_test
