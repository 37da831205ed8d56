// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/cache_stage.hpp"

namespace cache_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

// -- reads ----------------------------------------------------------------------------------------

TEST_CASE("an owner loads a record once, and answers from memory then") {
  cache_stage x;
  x.begin();
  x.store->change("a", "{}");

  auto first = x.get("a");
  auto second = x.get("a");

  CHECK(first.status == cache_status::miss);
  CHECK(second.status == cache_status::hit);
  CHECK(second.value == x.store->find("a"));
  CHECK(x.store->reads.size() == 1);
}

TEST_CASE("an owner asks its receptionist for those it needs") {
  cache_stage x;
  x.begin();

  std::vector<std::string> names;
  for (const auto& subscription : *x.subscriptions)
    names.push_back(subscription.name);
  CHECK(names == std::vector<std::string>{"coordinator", "repository", "dispatcher"});
}

TEST_CASE("a thousand readers of a key that is not in memory cause one load") {
  cache_stage x;
  x.begin();
  x.store->change("a", "{}");
  std::vector<answer<records_found>> answers;
  for (int i = 0; i < 1000; ++i)
    answers.push_back(x.start_get("a"));

  x.settle();

  CHECK(x.store->reads.size() == 1);
  std::size_t misses = 0, coalesced = 0;
  for (const auto& answered : answers) {
    REQUIRE(answered->has_value());
    REQUIRE((*answered)->has_value());
    const auto& found = (**answered)->records.at(0);
    CHECK(found.value.version == 1);
    misses += found.status == cache_status::miss;
    coalesced += found.status == cache_status::coalesced;
  }
  CHECK(misses == 1);
  CHECK(coalesced == 999);
  CHECK(x.describe().collections[0].coalesced == 999);
}

TEST_CASE("an owner tells which of its keys are read most, and what waits for it") {
  cache_stage x;
  x.begin();
  for (const auto* id : {"a", "b", "b", "b", "c", "c"})
    x.get(id);
  CHECK(x.describe().hot_keys
        == std::vector<hot_key>{{"notes", "b", 3}, {"notes", "c", 2}, {"notes", "a", 1}});
  CHECK(x.describe().mailbox == 0);

  const auto described = x.request<cache_described>(x.owner, describe_cache{});
  x.start_get("a");
  x.start_get("b");
  x.settle();
  CHECK((**described)->mailbox == 2);

  x.advance(1h, 1min);
  CHECK(x.describe().hot_keys.empty());
}

TEST_CASE("an owner tells of no more than some keys, however many are read") {
  cache_stage x;
  x.begin();
  for (int i = 0; i < 100; ++i)
    x.get("id-" + std::to_string(i));
  CHECK(x.describe().hot_keys.size() == limits::hot_keys_max);
}

TEST_CASE("keys that are wanted at the same time are loaded together") {
  cache_stage x;
  x.begin();
  std::vector<answer<records_found>> answers;
  for (int i = 0; i < 50; ++i)
    answers.push_back(x.start_get("k" + std::to_string(i)));

  x.settle();

  CHECK(x.store->reads.size() == 1);
}

TEST_CASE("one request for several keys is answered when all are there, in order") {
  cache_stage x;
  x.begin();
  x.store->change("a", R"({"n":1})");
  x.store->change("b", R"({"n":2})");
  x.get("b");

  auto answered = x.ask<records_found>(x.owner, get_records{"notes", {"a", "b", "c"}, 0ms});

  REQUIRE(answered);
  REQUIRE(answered->records.size() == 3);
  CHECK(answered->records[0].value.version == 1);
  CHECK(answered->records[1].status == cache_status::hit);
  CHECK(answered->records[2].value == record{"c", 0, {}, {}, {}});
}

TEST_CASE("an absent record is remembered, and a create replaces that") {
  cache_stage x;
  x.begin();
  CHECK(x.get("a").value.version == 0);
  CHECK(x.get("a").status == cache_status::hit);

  CHECK(x.write(x.put("a", "{}", {condition_kind::absent, 0})).code == 0);

  auto found = x.get("a");
  CHECK(found.status == cache_status::hit);
  CHECK(found.value.version == 1);
}

TEST_CASE("what is older than the collection's time to live is loaded again") {
  cache_stage x;
  x.options.collections[0].cache_ttl = 1s;
  x.begin();
  x.get("a");

  x.advance(900ms);
  CHECK(x.get("a").status == cache_status::hit);
  x.advance(200ms);
  CHECK(x.get("a").status == cache_status::miss);
}

TEST_CASE("an owner refuses reads when too many wait for the database") {
  cache_stage x;
  x.store->lose_requests = true;
  x.begin();
  std::vector<answer<records_found>> waiting;
  for (std::size_t i = 0; i < limits::cache_requests_max / limits::batch_records_max; ++i)
    waiting.push_back(x.request<records_found>(
      x.owner,
      get_records{"notes", std::vector<std::string>(limits::batch_records_max, "a"), 0ms}));
  x.settle();

  CHECK(x.get_fails("b") == errc::overloaded);
  auto refused = x.ask<records_written>(x.owner, x.put("b", "{}"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::overloaded);
}

TEST_CASE("reads are refused as unavailable while the database does not answer") {
  cache_stage x;
  x.begin();
  x.store->lose_requests = true;
  auto answered = x.start_get("a");
  x.coordinating->lease = 60s;

  x.advance(6s);

  REQUIRE(answered->has_value());
  REQUIRE_FALSE((*answered)->has_value());
  CHECK((*answered)->error().code == errc::unavailable);
}

// -- what may be answered (records.md, "The owner") -----------------------------------------------

namespace {

/// A load is under way; meanwhile another one writes, and the owner hears of it. What does a reader
/// get then?
std::uint64_t version_after_late_load(cache_safety safety) {
  cache_stage x{safety};
  x.begin();
  x.store->change("a", "{}");
  x.store->hold_reads = true;
  auto early = x.start_get("a");
  x.settle();

  x.invalidate("a", x.store->change("a", R"({"new":1})"));
  x.store->hold_reads = false;
  x.release();
  return x.get("a").value.version;
}

/// A load is under way; meanwhile the owner writes the key, and its memory is evicted.
std::uint64_t version_after_eviction(cache_safety safety) {
  cache_stage x{safety};
  x.options.collections[0].cache_max = 4000;
  x.begin();
  x.store->change("a", "{}");
  x.store->hold_reads = true;
  auto early = x.start_get("a");
  x.settle();
  CHECK(x.write(x.put("a", R"({"new":1})")).after.version == 2);
  for (int i = 0; i < 100; ++i)
    x.write(x.put("other" + std::to_string(i), "{}"));

  x.store->hold_reads = false;
  x.release();
  return x.get("a").value.version;
}

/// The answers of two writes of one key come in the wrong order.
std::uint64_t version_after_overtaking_answers(cache_safety safety) {
  cache_stage x{safety};
  x.begin();
  x.store->hold_answers = true;
  auto first = x.start_put("a", "{}");
  x.settle();
  auto second = x.start_put("a", R"({"new":1})");
  x.settle();

  x.release(true);
  return x.get("a").value.version;
}

constexpr cache_safety without_order{true, false, true};

} // namespace

TEST_CASE("R3 a load that is older than what somebody else wrote meanwhile is thrown away") {
  CHECK(version_after_late_load({}) == 2);
  CHECK(version_after_late_load(without_order) == 1);
}

TEST_CASE("R3 a load does not replace a newer write, even when that was evicted meanwhile") {
  CHECK(version_after_eviction({}) == 2);
  CHECK(version_after_eviction(without_order) == 1);
}

TEST_CASE("R3 the answer to an older write does not replace a newer one") {
  CHECK(version_after_overtaking_answers({}) == 2);
  CHECK(version_after_overtaking_answers(without_order) == 1);
}

TEST_CASE("R3 nobody gets the old value of a load that an invalidation made stale") {
  cache_stage x;
  x.begin();
  x.store->change("a", "{}");
  x.store->hold_reads = true;
  auto early = x.start_get("a");
  x.settle();
  x.invalidate("a", x.store->change("a", R"({"new":1})"));
  auto late = x.start_get("a");
  x.settle();

  x.store->hold_reads = false;
  x.release();

  for (const auto& answered : {early, late}) {
    REQUIRE(answered->has_value());
    CHECK((**answered)->records[0].value.version == 2);
  }
  CHECK(x.store->reads.size() == 2);
}

TEST_CASE("R3 an invalidation drops what is older, and keeps what is newer") {
  cache_stage x;
  x.begin();
  x.store->change("a", "{}");
  x.get("a");

  x.invalidate("a", 1);
  CHECK(x.get("a").status == cache_status::hit);
  x.invalidate("a", x.store->change("a", R"({"new":1})"));
  CHECK(x.get("a").value.version == 2);
}

TEST_CASE("R3 a record that was deleted and created again is never the old one") {
  cache_stage x;
  x.begin();
  x.write(x.put("a", R"({"n":1})"));
  x.store->hold_reads = true;
  auto remove = x.put("a", "");
  remove.writes[0].remove = true;
  auto removed = x.write(remove);
  CHECK(removed.after.version == 0);
  CHECK(x.get("a").value.version == 0);

  x.write(x.put("a", R"({"n":2})"));

  auto found = x.get("a");
  CHECK(found.value.version == 3);
  CHECK(found.value.fields == R"({"n":2})");
  CHECK(x.store->reads.empty());
}

} // namespace cache_test
