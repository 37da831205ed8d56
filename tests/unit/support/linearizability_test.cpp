// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/linearizability.hpp"

namespace linearizability_test {

using namespace troupe::test;

namespace {

using verb = operation_kind;

struct period {
  std::uint64_t from;
  std::uint64_t to = never;
};

/// A history of one record, as a test writes it down.
struct story {
  std::vector<record_operation> operations;
  std::string key = "a";

  record_operation& add(operation_kind kind, std::uint32_t client, period when,
                        operation_end end = operation_end::done) {
    record_operation x;
    x.key = key;
    x.kind = kind;
    x.client = client;
    x.invoked = when.from;
    x.returned = when.to;
    x.end = end;
    operations.push_back(x);
    return operations.back();
  }

  story& reads(std::uint32_t client, period when, std::uint64_t version, std::string value) {
    auto& x = add(verb::read, client, when);
    x.version = version;
    x.value = std::move(value);
    return *this;
  }

  story& reads_nothing(std::uint32_t client, period when) { return reads(client, when, 0, ""); }

  story& writes(operation_kind kind, std::uint32_t client, period when, std::string value,
                std::uint64_t version, std::uint64_t expected = 0) {
    auto& x = add(kind, client, when);
    x.value = std::move(value);
    x.version = version;
    x.expected = expected;
    x.created = kind == verb::create;
    return *this;
  }

  story& creates(std::uint32_t client, period when, std::string value, std::uint64_t version) {
    return writes(verb::create, client, when, std::move(value), version);
  }

  story& puts(std::uint32_t client, period when, std::string value, std::uint64_t version,
              std::uint64_t expected = 0) {
    return writes(verb::put, client, when, std::move(value), version, expected);
  }

  story& removes(std::uint32_t client, period when, std::uint64_t version) {
    return writes(verb::remove, client, when, "", version);
  }

  /// A change that was refused, or never answered.
  story& tries(operation_kind kind, std::uint32_t client, period when, operation_end end,
               std::string value = "", std::uint64_t expected = 0) {
    auto& x = add(kind, client, when, end);
    x.value = std::move(value);
    x.expected = expected;
    return *this;
  }

  bool is_good() const {
    auto verdict = check_linearizability(operations);
    INFO(verdict.explanation);
    CHECK(verdict.result != linearizability::undecided);
    CHECK(verdict.explanation.empty() == static_cast<bool>(verdict));
    return static_cast<bool>(verdict);
  }
};

/// Version 1 with value "x", written by client 0 before time 10.
story with_record() {
  return story{}.creates(0, {1, 5}, "x", 1);
}

} // namespace

// -- good ones ------------------------------------------------------------------------------------

TEST_CASE("a history is good if one client after the other did all of it") {
  CHECK(story{}.is_good());
  CHECK(story{}.reads_nothing(1, {1, 2}).is_good());
  CHECK(with_record()
          .reads(1, {10, 11}, 1, "x")
          .puts(1, {12, 13}, "y", 2, 1)
          .tries(verb::put, 2, {14, 15}, operation_end::precondition_failed, "z", 1)
          .tries(verb::create, 2, {16, 17}, operation_end::precondition_failed, "z")
          .removes(1, {18, 19}, 3)
          .tries(verb::remove, 1, {20, 21}, operation_end::unknown_record)
          .tries(verb::merge, 1, {22, 23}, operation_end::unknown_record, "{}")
          .reads_nothing(2, {24, 25})
          .creates(2, {26, 27}, "again", 4)
          .reads(1, {28, 29}, 4, "again")
          .is_good());
}

TEST_CASE("operations that overlap may take effect in any order") {
  auto both = with_record().puts(1, {10, 20}, "y", 3).puts(2, {10, 20}, "z", 2);
  CHECK(both.is_good());
  CHECK(story{both}.reads(3, {11, 19}, 2, "z").reads(3, {21, 22}, 3, "y").is_good());
  CHECK(story{both}.reads(3, {11, 12}, 1, "x").reads(4, {11, 12}, 3, "y").is_good());
  CHECK_FALSE(story{both}.reads(3, {21, 22}, 2, "z").is_good());
  CHECK_FALSE(story{both}.reads(3, {11, 12}, 3, "y").reads(3, {13, 14}, 2, "z").is_good());
}

TEST_CASE("each record has an order of its own") {
  auto history = with_record();
  story other;
  other.key = "b";
  other.creates(0, {1, 5}, "x", 1);
  history.operations.push_back(other.operations.front());
  CHECK(history.is_good());
}

TEST_CASE("a change without an answer may have happened, or not, or happens later") {
  auto doubt = with_record().tries(verb::put, 1, {10}, operation_end::unknown, "y");
  CHECK(story{doubt}.reads(2, {20, 21}, 1, "x").reads(2, {30, 31}, 1, "x").is_good());
  CHECK(story{doubt}.reads(2, {20, 21}, 5, "y").reads(2, {30, 31}, 5, "y").is_good());
  CHECK(story{doubt}.reads(2, {20, 21}, 1, "x").reads(2, {30, 31}, 5, "y").is_good());
  CHECK(story{doubt}.puts(2, {20, 21}, "z", 9).reads(2, {30, 31}, 10, "y").is_good());
  // Refused because of it.
  CHECK(story{doubt}
          .tries(verb::put, 2, {20, 21}, operation_end::precondition_failed, "z", 1)
          .puts(3, {30, 31}, "w", 9)
          .is_good());
}

TEST_CASE("a removal without an answer explains what was created after it") {
  auto doubt = with_record().tries(verb::remove, 1, {10}, operation_end::unknown);
  CHECK(story{doubt}.creates(2, {20, 21}, "y", 3).is_good());
  CHECK(story{doubt}.reads(2, {20, 21}, 1, "x").creates(2, {30, 31}, "y", 3).is_good());
  CHECK_FALSE(story{doubt}.creates(2, {20, 21}, "y", 2).is_good()); // the removal had a number, too
  CHECK_FALSE(story{doubt}.reads_nothing(2, {20, 21}).reads(2, {30, 31}, 1, "x").is_good());
}

TEST_CASE("a merge keeps what others have merged") {
  auto merges = [](std::uint64_t version, std::string patch, std::string after, period when) {
    story one;
    one.writes(verb::merge, 1, when, std::move(patch), version);
    one.operations.back().merged = std::move(after);
    return one.operations.back();
  };
  auto history = story{}.creates(0, {1, 5}, R"({"a":1})", 1);
  history.operations.push_back(merges(2, R"({"b":2})", R"({"a":1,"b":2})", {10, 20}));
  history.operations.push_back(merges(3, R"({"a":null})", R"({"b":2})", {10, 20}));
  CHECK(history.is_good());
  CHECK(story{history}.reads(2, {30, 31}, 3, R"({"b":2})").is_good());
  history.operations.push_back(merges(4, R"({"c":3})", R"({"c":3})", {30, 31}));
  CHECK_FALSE(history.is_good());
}

// -- bad ones -------------------------------------------------------------------------------------

TEST_CASE("a read that is older than an acknowledged write is found") {
  CHECK_FALSE(with_record().puts(1, {10, 11}, "y", 2).reads(2, {12, 13}, 1, "x").is_good());
  CHECK_FALSE(with_record().reads_nothing(2, {10, 11}).is_good());
  CHECK_FALSE(with_record().removes(1, {10, 11}, 2).reads(2, {12, 13}, 1, "x").is_good());
  // Two readers of a write that is under way: what one saw, the later one sees.
  CHECK_FALSE(with_record()
                .puts(1, {10, 50}, "y", 2)
                .reads(2, {20, 21}, 2, "y")
                .reads(3, {30, 31}, 1, "x")
                .is_good());
}

TEST_CASE("a lost update is found") {
  CHECK_FALSE(with_record().puts(1, {10, 20}, "y", 2, 1).puts(2, {10, 20}, "z", 3, 1).is_good());
}

TEST_CASE("a value that nobody wrote is found") {
  CHECK_FALSE(with_record().reads(1, {10, 11}, 1, "w").is_good());
  CHECK_FALSE(with_record().reads(1, {10, 11}, 2, "x").is_good());
  CHECK_FALSE(with_record()
                .puts(1, {20, 21}, "later", 2)
                .reads(2, {10, 11}, 2, "later") // before it was written
                .is_good());
}

TEST_CASE("a record that comes back after its removal is found") {
  CHECK_FALSE(with_record()
                .removes(1, {10, 11}, 2)
                .reads_nothing(2, {12, 13})
                .reads(2, {14, 15}, 1, "x")
                .is_good());
}

TEST_CASE("a version that is used again is found") {
  CHECK_FALSE(with_record().puts(1, {10, 11}, "y", 1).is_good());
  CHECK_FALSE(with_record().removes(1, {10, 11}, 2).creates(1, {12, 13}, "y", 2).is_good());
  CHECK_FALSE(with_record().removes(1, {10, 11}, 2).creates(1, {12, 13}, "y", 1).is_good());
}

TEST_CASE("a refusal without a reason is found") {
  using enum operation_end;
  CHECK_FALSE(with_record().tries(verb::put, 1, {10, 11}, precondition_failed, "y", 1).is_good());
  CHECK_FALSE(with_record().tries(verb::put, 1, {10, 11}, precondition_failed, "y").is_good());
  CHECK_FALSE(story{}.tries(verb::create, 1, {10, 11}, precondition_failed, "y").is_good());
  CHECK_FALSE(with_record().tries(verb::remove, 1, {10, 11}, unknown_record).is_good());
  CHECK_FALSE(with_record().creates(1, {10, 11}, "y", 2).is_good());
}

TEST_CASE("what was seen of a change without an answer is not unseen again") {
  auto doubt = with_record().tries(verb::put, 1, {10}, operation_end::unknown, "y");
  CHECK_FALSE(doubt.reads(2, {20, 21}, 2, "y").reads(2, {22, 23}, 1, "x").is_good());
}

TEST_CASE("the explanation is the shortest bad beginning") {
  auto history = with_record()
                   .puts(1, {10, 11}, "y", 2)
                   .reads(2, {12, 13}, 1, "x")
                   .puts(1, {20, 21}, "after", 3)
                   .reads(1, {22, 23}, 3, "after");
  auto verdict = check_linearizability(history.operations);
  REQUIRE(verdict.result == linearizability::violated);
  CHECK_THAT(verdict.explanation, Catch::Contains("record 'a'")
                                    && Catch::Contains("[12 13] client 2: read")
                                    && Catch::Contains("[10 11] client 1: put y -> version 2")
                                    && !Catch::Contains("after -> version 3"));
}

TEST_CASE("a check that takes too long says so") {
  auto verdict = check_linearizability(
    with_record().puts(1, {10, 20}, "y", 2).puts(2, {10, 20}, "z", 3).operations, 1);
  CHECK(verdict.result == linearizability::undecided);
  CHECK(!verdict);
}

} // namespace linearizability_test
