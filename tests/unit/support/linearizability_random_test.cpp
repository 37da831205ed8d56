// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <random>

#include "tests/support/linearizability.hpp"

namespace linearizability_random_test {

using namespace troupe::test;

namespace {

using verb = operation_kind;

std::string merged(const std::string& before, const std::string& patch) {
  auto value = nlohmann::json::parse(before);
  value.merge_patch(nlohmann::json::parse(patch));
  return value.dump();
}

/// Clients of one record that really exists: a history that is good by construction.
class true_record {
public:
  explicit true_record(std::uint64_t seed) : random_{seed} {}

  std::vector<record_operation> play(std::uint32_t clients, std::size_t each, double doubts) {
    for (std::uint32_t client = 1; client <= clients; ++client) {
      auto time = 1 + below(50);
      for (std::size_t i = 0; i < each; ++i)
        time = plan(client, time, chance(doubts));
    }
    std::ranges::stable_sort(moments_, {}, &moment::effect);
    for (const auto& x : moments_)
      happen(history_[x.operation]);
    return history_;
  }

  std::uint64_t below(std::uint64_t n) {
    return std::uniform_int_distribution<std::uint64_t>{0, n - 1}(random_);
  }

private:
  struct moment {
    std::uint64_t effect;
    std::size_t operation;
  };

  bool chance(double probability) { return std::bernoulli_distribution{probability}(random_); }

  /// When the client goes on.
  std::uint64_t plan(std::uint32_t client, std::uint64_t time, bool doubtful) {
    constexpr std::array kinds{verb::read, verb::read,   verb::read,   verb::put,
                               verb::put,  verb::create, verb::remove, verb::merge};
    record_operation x;
    x.client = client;
    x.kind = kinds[below(kinds.size())];
    x.value = "{\"m" + std::to_string(below(3)) + "\":" + std::to_string(history_.size()) + '}';
    x.invoked = time;
    auto given_up = time + 2 + below(40);
    auto effect = time + 1 + below(given_up - time - 1);
    if (doubtful && x.kind != verb::read) {
      if (chance(0.5))
        moments_.push_back({effect + below(200), history_.size()});
    } else {
      x.returned = given_up;
      x.end = operation_end::done;
      moments_.push_back({effect, history_.size()});
    }
    history_.push_back(x);
    return given_up + 1 + below(10);
  }

  void happen(record_operation& x) {
    if (x.kind == verb::read) {
      x.version = present_ ? version_ : 0;
      x.value = present_ ? value_ : "";
      return;
    }
    if (x.kind != verb::create && chance(0.4))
      x.expected = chance(0.7) && version_ > 0 ? version_ : 1 + below(version_ + 1);
    auto end = operation_end::done;
    if (x.kind == verb::create ? present_
                               : x.expected != 0 && (!present_ || x.expected != version_))
      end = operation_end::precondition_failed;
    else if ((x.kind == verb::remove || x.kind == verb::merge) && !present_)
      end = operation_end::unknown_record;
    else
      change(x);
    if (x.end != operation_end::unknown)
      x.end = end;
  }

  void change(record_operation& x) {
    version_ += 1 + below(2);
    value_ = x.kind == verb::merge ? merged(value_, x.value) : x.value;
    if (x.end != operation_end::unknown) { // else nobody is told
      x.created = !present_ && x.kind != verb::remove;
      x.version = version_;
      x.merged = x.kind == verb::merge ? value_ : "";
    }
    present_ = x.kind != verb::remove;
  }

  std::mt19937_64 random_;
  std::vector<record_operation> history_;
  std::vector<moment> moments_;
  bool present_ = false;
  std::uint64_t version_ = 0;
  std::string value_;
};

/// The definition, word by word: tries every order, and every version for what was not told one.
class every_order {
public:
  explicit every_order(std::vector<record_operation> operations) : left_{std::move(operations)} {
    for (const auto& x : left_)
      newest_ = std::max({newest_, x.version, x.expected});
  }

  bool has_good_one() { return go_on({}); }

private:
  struct state {
    std::uint64_t version = 0; // of the last change
    std::optional<std::string> value;
  };

  bool go_on(const state& now) {
    if (std::ranges::all_of(left_, [](const auto& x) { return x.returned == never; }))
      return true;
    for (std::size_t i = 0; i < left_.size(); ++i) {
      if (std::ranges::any_of(left_, [&](const auto& x) { return x.returned < left_[i].invoked; }))
        continue;
      auto next = left_[i];
      left_.erase(left_.begin() + static_cast<std::ptrdiff_t>(i));
      auto good = takes(now, next);
      left_.insert(left_.begin() + static_cast<std::ptrdiff_t>(i), next);
      if (good)
        return true;
    }
    return false;
  }

  bool takes(const state& now, const record_operation& x) {
    if (x.kind == verb::read)
      return (x.version == 0 ? !now.value : now.value == x.value && now.version == x.version)
             && go_on(now);
    auto expected = x.expected == 0 || (now.value && now.version == x.expected);
    auto refused = x.kind == verb::create ? now.value.has_value() : !expected;
    auto missing = !now.value && (x.kind == verb::remove || x.kind == verb::merge);
    if (x.end == operation_end::precondition_failed)
      return refused && go_on(now);
    if (x.end == operation_end::unknown_record)
      return missing && go_on(now);
    if (refused || missing)
      return false;
    state after{x.version, x.value};
    if (x.kind == verb::merge)
      after.value = merged(*now.value, x.value);
    if (x.kind == verb::remove)
      after.value.reset();
    if (x.end == operation_end::done)
      return x.version > now.version && (x.kind == verb::remove || x.created == !now.value)
             && (x.kind != verb::merge || after.value == x.merged) && go_on(after);
    for (after.version = now.version + 1; after.version <= newest_ + 3; ++after.version)
      if (go_on(after))
        return true;
    return false;
  }

  std::vector<record_operation> left_;
  std::uint64_t newest_ = 0;
};

/// Makes a read see what was overwritten before it began. False if there is no such read.
bool make_stale(std::vector<record_operation>& history) {
  for (auto& reader : history)
    for (const auto& old : history)
      for (const auto& newer : history)
        if (reader.kind == verb::read && old.kind == verb::put && old.version > 0
            && newer.kind != verb::read && newer.version > old.version
            && newer.returned < reader.invoked) {
          reader.version = old.version;
          reader.value = old.value;
          return true;
        }
  return false;
}

/// Changes one answer a little, which may make the history bad.
void distort(std::vector<record_operation>& history, true_record& chance) {
  auto& x = history[chance.below(history.size())];
  const auto& y = history[chance.below(history.size())];
  if (x.end != operation_end::done)
    return;
  if (x.kind == verb::read && y.kind == verb::put) {
    x.version = y.version;
    x.value = y.version == 0 ? "" : y.value;
  } else if (x.kind != verb::read) {
    x.version = 1 + chance.below(6);
  }
}

} // namespace

TEST_CASE("whatever clients do to a record that exists, the history is good") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    auto history = true_record{seed}.play(20, 50, seed % 2 == 0 ? 0.1 : 0);
    auto verdict = check_linearizability(history);
    INFO(verdict.explanation);
    CHECK(verdict.result == linearizability::holds);
  }
}

TEST_CASE("one stale read among thousands of operations is found") {
  std::size_t found = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    auto history = true_record{seed}.play(20, 20, 0.02);
    if (!make_stale(history))
      continue;
    CHECK(check_linearizability(history).result == linearizability::violated);
    ++found;
  }
  CHECK(found > 40);
}

TEST_CASE("the checker says of small histories what trying all orders says") {
  std::size_t good = 0, bad = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    INFO("seed " << seed);
    true_record source{seed};
    auto history = source.play(3, 2, 0.3);
    for (int i = 0; i < 2; ++i)
      distort(history, source);
    std::erase_if(history, [](const record_operation& x) {
      return x.kind == verb::read && x.end == operation_end::unknown;
    });
    auto expected = every_order{history}.has_good_one();
    auto verdict = check_linearizability(history);
    for (const auto& x : history)
      UNSCOPED_INFO(to_string(x));
    // What a refusal says of a version that nobody was told is not used.
    auto refused = std::ranges::any_of(history, [](const record_operation& x) {
      return x.end == operation_end::precondition_failed && x.expected != 0;
    });
    if (!verdict || !refused)
      CHECK(static_cast<bool>(verdict) == expected);
    ++(expected ? good : bad);
  }
  CHECK(good > 500);
  CHECK(bad > 500);
}

} // namespace linearizability_random_test
