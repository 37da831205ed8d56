// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/record_checks.hpp"

namespace record_checks_test {

using namespace troupe;
using namespace troupe::test;

namespace {

record made(std::string id, std::uint64_t version, std::string fields) {
  return {std::move(id), version, {}, {}, std::move(fields)};
}

record_change change(change_kind kind, std::string id, std::uint64_t sequence,
                     std::string fields = "{}") {
  return {sequence, kind, made(std::move(id), sequence, std::move(fields))};
}

record_operation done(operation_kind kind, std::string key, std::uint64_t version,
                      std::string value) {
  record_operation x;
  x.key = std::move(key);
  x.kind = kind;
  x.version = version;
  x.value = std::move(value);
  x.end = operation_end::done;
  return x;
}

/// Created, replaced, and another one removed.
played_collection registers() {
  return {"registers",
          {change(change_kind::created, "a", 1, R"({"by":1})"),
           change(change_kind::created, "b", 2, R"({"by":2})"),
           change(change_kind::updated, "a", 3, R"({"by":3})"),
           change(change_kind::deleted, "b", 4)},
          {made("a", 3, R"({"by":3})")}};
}

} // namespace

TEST_CASE("a feed that gives the records is good") {
  CHECK(check_feed(registers()).empty());
  CHECK(check_feed({"registers", {}, {}}).empty());
}

TEST_CASE("a feed with a gap, a change twice or one too many is found") {
  auto gap = registers();
  gap.feed.erase(gap.feed.begin() + 2);
  CHECK_FALSE(check_feed(gap).empty());

  auto twice = registers();
  twice.feed.push_back(twice.feed.back());
  CHECK_FALSE(check_feed(twice).empty());

  auto created_again = registers();
  created_again.feed[2].kind = change_kind::created;
  CHECK_FALSE(check_feed(created_again).empty());

  auto lost = registers();
  lost.records.clear();
  CHECK_FALSE(check_feed(lost).empty());

  auto behind = registers();
  behind.records[0] = made("a", 1, R"({"by":1})");
  CHECK_FALSE(check_feed(behind).empty());
}

TEST_CASE("what was acknowledged is looked for in the feed") {
  std::vector history{done(operation_kind::put, "registers/a", 1, R"({"by":1})"),
                      done(operation_kind::put, "registers/b", 2, R"({"by":2})"),
                      done(operation_kind::put, "registers/a", 3, R"({"by":3})"),
                      done(operation_kind::remove, "registers/b", 4, "")};
  CHECK(check_acknowledged(registers(), history).empty());

  auto lost = history;
  lost.push_back(done(operation_kind::put, "registers/a", 5, R"({"by":5})"));
  CHECK(check_acknowledged(registers(), lost).size() == 1);

  auto other_value = history;
  other_value[0].value = R"({"by":7})";
  CHECK_FALSE(check_acknowledged(registers(), other_value).empty());

  auto unasked = history;
  unasked.pop_back();
  unasked.pop_back();
  CHECK(check_acknowledged(registers(), unasked).size() == 1);
}

TEST_CASE("a value that was written twice is found") {
  auto twice = registers();
  twice.feed.push_back(change(change_kind::updated, "a", 5, R"({"by":1})"));
  record_operation in_doubt;
  in_doubt.key = "registers/a";
  in_doubt.kind = operation_kind::put;
  std::vector history{in_doubt, in_doubt, in_doubt};
  history[0].value = R"({"by":1})";
  history[1].value = R"({"by":3})";
  history[2].key = "registers/b";
  history[2].value = R"({"by":2})";
  CHECK(check_acknowledged(registers(), history).empty());
  CHECK(check_acknowledged(twice, history).size() == 1);
}

TEST_CASE("the counter holds what was acknowledged, and at most what was in doubt") {
  played_collection counters{"counters",
                             {change(change_kind::created, "c", 1, R"({"total":0})"),
                              change(change_kind::updated, "c", 2, R"({"total":1})"),
                              change(change_kind::updated, "c", 3, R"({"client1":1,"total":1})")},
                             {}};
  auto add = done(operation_kind::merge, "counters/c", 2, R"({"total":1})");
  auto in_doubt = add;
  in_doubt.end = operation_end::unknown;
  auto other = done(operation_kind::merge, "counters/c", 3, R"({"client1":1})");
  CHECK(check_counter(counters, {add, other}).empty());
  CHECK(check_counter(counters, {in_doubt, other}).empty());
  CHECK(check_counter(counters, {add, in_doubt}).empty());
  CHECK_FALSE(check_counter(counters, {add, add}).empty());
  CHECK_FALSE(check_counter(counters, {other}).empty());

  counters.feed.push_back(change(change_kind::updated, "c", 4, R"({"total":0})"));
  CHECK_FALSE(check_counter(counters, {}).empty());
}

TEST_CASE("half a pair is found") {
  played_collection pairs{
    "pairs",
    {change(change_kind::created, "left", 1, "{}"), change(change_kind::created, "right", 2, "{}")},
    {}};
  CHECK(check_pairs(pairs).empty());
  pairs.feed.pop_back();
  CHECK_FALSE(check_pairs(pairs).empty());
}

TEST_CASE("each created record has one job") {
  played_collection orders{"orders", {change(change_kind::created, "o", 1, "{}")}, {}};
  auto payload = hook_payload("orders", change_kind::created, {}, orders.feed[0].value);
  CHECK(check_hooks(orders, {payload}).empty());
  CHECK(check_hooks(orders, {}).size() == 1);
  CHECK(check_hooks(orders, {payload, payload}).size() == 1);
}

} // namespace record_checks_test
