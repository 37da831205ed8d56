// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <catch2/catch.hpp>

#include "actors/repository.hpp"
#include "actors/spawn.hpp"
#include "messages/limits.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/recording_store.hpp"

namespace repository_records_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// An owner that remembers what it was told to forget.
cache_actor::behavior_type listening_cache(cache_actor::pointer,
                                           std::shared_ptr<std::vector<changed_key>> heard) {
  auto unused = [] { return to_caf({errc::unavailable, "not in this test"}); };
  return {
    [=](const get_records&) -> caf::result<records_found> { return unused(); },
    [=](const write_records&) -> caf::result<records_written> { return unused(); },
    [=](const invalidate_keys& x) {
      heard->insert(heard->end(), x.keys.begin(), x.keys.end());
      return caf::ok_atom::value;
    },
    [=](const describe_cache&) -> caf::result<cache_described> { return unused(); },
    [](const named_actor&) {},
  };
}

struct records_fixture : fixture {
  std::shared_ptr<recording> record = std::make_shared<recording>();
  std::shared_ptr<std::vector<changed_key>> heard = std::make_shared<std::vector<changed_key>>();
  std::uint64_t revision = 0;
  cache_actor owner = system.spawn(listening_cache, heard);
  repository_actor actor = start();

  records_fixture() { tell_owner(caf::actor_cast<caf::strong_actor_ptr>(owner)); }

  /// As the coordinator does: all keys have this owner.
  void tell_owner(const caf::strong_actor_ptr& who) {
    shard_map map{++revision, {{{"n1", 1, 0}, who}}, std::vector(key_shards, shard_place{1, 1})};
    caf::anon_send(caf::actor_cast<shard_listener_actor>(actor), std::move(map));
    settle();
  }

  repository_actor start() {
    auto env = simulated_environment();
    return spawn_blocking(system, env, repository, std::make_shared<recording_store>(record),
                          repository_options{env, 1});
  }

  write_records writes(std::vector<std::string> ids) {
    write_records result;
    for (auto& id : ids)
      result.writes.push_back({"photos", id, false, "{}", {}, 1, 0});
    return result;
  }

  void write(std::string id) { REQUIRE(ask<records_written>(actor, writes({std::move(id)}))); }

  static read_changes after(std::uint64_t sequence, milliseconds wait = 10s) {
    return {"photos", sequence, 100, wait};
  }

  answer<changes_read> follow(std::uint64_t sequence, milliseconds wait = 10s) {
    auto result = request<changes_read>(actor, after(sequence, wait));
    settle();
    return result;
  }
};

const changes_read& found(const answer<changes_read>& x) {
  REQUIRE(x->has_value());
  REQUIRE((**x).has_value());
  return ***x;
}

} // namespace

TEST_CASE_METHOD(records_fixture,
                 "requests about records reach the store, as durable as they say") {
  CHECK(ask<caf::ok_atom>(actor, declare_collections{}).has_value());
  CHECK(ask<shards_stored>(actor, claim_shards{})->shards.at(0).epoch == 8);
  CHECK(ask<records_written>(actor, writes({"a"}))->results.at(0).sequence == 1);
  store_step step;
  step.writes = writes({"b"});
  CHECK(ask<step_stored>(actor, step)->written.results.at(0).sequence == 2);
  CHECK(record->durabilities == std::vector(4, durability::machine));
  CHECK(ask<records_trimmed>(actor, trim_records{})->changes == 6);
  CHECK(record->durabilities.back() == durability::process);
}

TEST_CASE_METHOD(records_fixture, "a write that cannot be stored fails alone") {
  auto good = request<records_written>(actor, writes({"a"}));
  auto broken = writes({"b"});
  broken.writes[0].fields = "bad";
  auto bad = request<records_written>(actor, broken);
  settle();

  CHECK((**good).has_value());
  CHECK((**bad).error().text == "a bad record");
}

TEST_CASE_METHOD(records_fixture, "R3: owners hear of every key that was written past them") {
  REQUIRE(ask<records_written>(actor, writes({"a", "b"})));
  store_step step;
  step.writes = writes({"c"});
  REQUIRE(ask<step_stored>(actor, step));

  CHECK(*heard
        == std::vector<changed_key>{{"photos", "a", 1}, {"photos", "b", 2}, {"photos", "c", 3}});
}

TEST_CASE_METHOD(records_fixture, "R3: owners hear of a write whose sender died meanwhile") {
  auto sender = system.spawn([this](caf::event_based_actor* self_) {
    self_->request(actor, 10s, writes({"a"}))
      .then([](const records_written&) {}, [](const caf::error&) {});
  });
  record->before_commit
    = [&](const recording&) { caf::anon_send_exit(sender, caf::exit_reason::kill); };
  settle();

  CHECK(heard->size() == 1);
}

TEST_CASE_METHOD(records_fixture, "an owner does not hear of what it writes itself") {
  std::size_t answers = 0, told = 0;
  auto writer = system.spawn([&](caf::event_based_actor* self_) -> caf::behavior {
    self_->set_default_handler(caf::drop);
    return {[&, self_](const write_records& x) {
              self_->request(actor, 10s, x)
                .then([&](const records_written&) { ++answers; }, [](const caf::error&) {});
            },
            [&](const invalidate_keys&) { ++told; }};
  });
  tell_owner(caf::actor_cast<caf::strong_actor_ptr>(writer));
  caf::anon_send(writer, writes({"a"}));
  settle();

  CHECK(answers == 1);
  CHECK(told == 0);
}

TEST_CASE_METHOD(records_fixture, "owners hear nothing of what was not written") {
  record->replay = true;
  REQUIRE(ask<records_written>(actor, writes({"a"})));
  record->replay = false;
  record->refuse = static_cast<std::uint16_t>(errc::precondition_failed);
  REQUIRE(ask<records_written>(actor, writes({"a", "b"})));
  record->refuse = 0;
  record->lost = true;
  store_step step;
  step.writes = writes({"c"});
  REQUIRE(ask<step_stored>(actor, step)->lost);
  record->failure = error{errc::storage_full, "no space"};
  REQUIRE_FALSE(ask<records_written>(actor, writes({"d"})));

  CHECK(heard->empty());
}

// -- the feed -------------------------------------------------------------------------------------

TEST_CASE_METHOD(records_fixture, "changes that are there are read at once") {
  write("a");

  CHECK(found(follow(0)).changes.size() == 1);
  CHECK(found(follow(1, 0ms)).changes.empty());
  CHECK(found(follow(1, 0ms)).next == 1);
}

TEST_CASE_METHOD(records_fixture, "a commit answers those who wait for a change") {
  write("a");
  auto waiting = follow(1);
  CHECK_FALSE(waiting->has_value());

  write("b");

  REQUIRE(found(waiting).changes.size() == 1);
  CHECK(found(waiting).changes[0].value.id == "b");
  CHECK(found(waiting).next == 2);
}

TEST_CASE_METHOD(records_fixture, "who asks for what comes from now on gets just that") {
  write("a");
  auto waiting = follow(latest_change);
  CHECK_FALSE(waiting->has_value());

  write("b");

  REQUIRE(found(waiting).changes.size() == 1);
  CHECK(found(waiting).changes[0].value.id == "b");
  auto none = follow(latest_change);
  advance(10s);
  CHECK(found(none).next == 2);
}

TEST_CASE_METHOD(records_fixture, "a commit of another collection wakes nobody") {
  auto waiting = follow(0);
  auto reads = record->feed_reads;
  auto other = writes({"a"});
  other.writes[0].collection = "albums";
  REQUIRE(ask<records_written>(actor, other));

  CHECK_FALSE(waiting->has_value());
  CHECK(record->feed_reads == reads);
}

TEST_CASE_METHOD(records_fixture, "readers at the same place share a read") {
  std::vector<answer<changes_read>> waiting;
  for (int i = 0; i < 100; ++i)
    waiting.push_back(follow(0));
  auto reads = record->feed_reads;

  write("a");

  for (const auto& x : waiting)
    CHECK(found(x).changes.size() == 1);
  CHECK(record->feed_reads == reads + 1);
}

TEST_CASE_METHOD(records_fixture, "a change between the read and its empty answer is not missed") {
  settle();
  auto reads = record->feed_reads;
  auto waiting = request<changes_read>(actor, after(0));
  while (record->feed_reads == reads)
    REQUIRE(step());
  auto written = request<records_written>(actor, writes({"a"}));

  settle();

  CHECK(found(waiting).changes.size() == 1);
  CHECK(written->has_value());
}

TEST_CASE_METHOD(records_fixture, "who waits for a change in vain hears so in time") {
  auto shorter = follow(0, 2s);
  auto longer = follow(7, 4s);

  advance(1900ms);
  CHECK_FALSE(shorter->has_value());
  advance(200ms);
  CHECK(found(shorter).changes.empty());
  CHECK(found(shorter).next == 0);
  CHECK_FALSE(longer->has_value());
  advance(2s);
  CHECK(found(longer).next == 7);
}

TEST_CASE_METHOD(records_fixture, "nobody waits for longer than a minute") {
  auto waiting = follow(0, 24h);

  advance(61s, 1s);

  CHECK(found(waiting).changes.empty());
}

TEST_CASE_METHOD(records_fixture, "J6: a bounded number of readers waits for changes") {
  std::vector<answer<changes_read>> waiting;
  for (std::size_t i = 0; i < limits::change_readers_max; ++i)
    waiting.push_back(request<changes_read>(actor, after(0)));
  settle();

  auto refused = ask<changes_read>(actor, after(0));

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::overloaded);
  write("a");
  CHECK(found(waiting.front()).changes.size() == 1);
  CHECK(found(waiting.back()).changes.size() == 1);
  CHECK_FALSE(follow(1)->has_value()); // there is room again
}

TEST_CASE_METHOD(records_fixture, "who waits for a change is told when the repository ends") {
  auto waiting = follow(0);

  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  settle();

  REQUIRE(waiting->has_value());
  CHECK((**waiting).error().code == errc::unavailable);
}

} // namespace repository_records_test
