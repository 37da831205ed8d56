// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <caf/event_based_actor.hpp>
#include <catch2/catch.hpp>

#include "actors/record_sweeper.hpp"
#include "tests/support/deterministic.hpp"

namespace record_sweeper_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

// A collection "notes" of which records live a minute, as a repository and a service see it.
struct sweeping : test::fixture {
  std::vector<record> records;
  std::vector<query_records> queries;
  std::vector<change_record> removed;
  std::vector<trim_records> trims;
  std::uint64_t old_changes = 0;
  error refusal;

  void add(const std::string& id, std::uint64_t version, std::chrono::seconds age) {
    records.push_back(
      {.id = id, .version = version, .created_at = {}, .updated_at = now() - age, .fields = "{}"});
  }

  records_queried query(const query_records& x) {
    queries.push_back(x);
    records_queried result;
    for (const auto& y : records)
      if ('"' + rfc3339(y.updated_at) + '"' < x.filter.at(0).values.at(0)
          && result.records.size() < x.limit)
        result.records.push_back(y);
    return result;
  }

  caf::result<record_changed> change(const change_record& x) {
    removed.push_back(x);
    if (refusal.code != errc::none)
      return to_caf(refusal);
    std::erase_if(records, [&](const record& y) { return y.id == x.id; });
    return record_changed{};
  }

  void start(milliseconds ttl = 60s) {
    collection_settings notes;
    notes.name = "notes";
    notes.ttl = ttl;
    notes.feed_retention = 1h;
    auto repository = system.spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const query_records& x) { return query(x); },
              [this](const trim_records& x) {
                trims.push_back(x);
                auto changes = std::min<std::uint64_t>(x.limit, old_changes);
                old_changes -= changes;
                return records_trimmed{.changes = changes, .keys = 0};
              }};
    });
    auto service = system.spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const change_record& x) { return change(x); }};
    });
    record_sweeper_options options;
    options.collections = {notes};
    options.repository = caf::actor_cast<repository_actor>(repository);
    options.records = caf::actor_cast<records_actor>(service);
    options.batch = 2;
    options.env = simulated_environment();
    system.spawn(record_sweeper, options);
    settle();
  }
};

} // namespace

TEST_CASE_METHOD(sweeping, "records over their time are removed at the version that was found") {
  for (std::uint64_t i = 1; i <= 5; ++i)
    add("old" + std::to_string(i), i, 120s);
  add("young", 6, 0s);
  start();
  advance(31s);

  REQUIRE(records.size() == 1);
  CHECK(records[0].id == "young");
  REQUIRE(removed.size() == 5);
  CHECK(removed[0].verb == record_verb::remove);
  CHECK(removed[0].condition == write_condition{condition_kind::version, 1});
}

TEST_CASE_METHOD(sweeping, "what somebody changed in the meantime stays, and the others go on") {
  add("a", 1, 120s);
  refusal = {errc::precondition_failed, "it has version 2"};
  start();
  advance(31s);

  CHECK(removed.size() == 1);
  CHECK(trims.size() == 1);
}

TEST_CASE_METHOD(sweeping, "what fails is left to the next round") {
  add("a", 1, 120s);
  add("b", 2, 120s);
  refusal = {errc::unavailable, "no record service"};
  start();
  advance(31s);
  CHECK(removed.size() == 1);

  refusal = {};
  advance(31s);

  CHECK(records.empty());
}

TEST_CASE_METHOD(sweeping,
                 "a collection without a ttl keeps its records while its feed is trimmed") {
  add("a", 1, 1000h);
  old_changes = 5;
  start(milliseconds{0});
  advance(31s);

  CHECK(queries.empty());
  CHECK(old_changes == 0);
  CHECK(trims.size() == 3);
  CHECK(trims[0].collection == "notes");
  CHECK(trims[0].keys_before - trims[0].changes_before == -23h);
}

} // namespace record_sweeper_test
