// SPDX-License-Identifier: Apache-2.0
#include "tests/support/linearizability.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <random>
#include <unordered_set>

#include "tests/support/record_model.hpp"

namespace troupe::test {

namespace {

/// A set of operations as a sum of random numbers, 128 bits long: two sets that are met are never
/// taken for one another (Zobrist 1970).
struct fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  bool operator==(const fingerprint&) const = default;

  void toggle(const fingerprint& x) {
    low ^= x.low;
    high ^= x.high;
  }
};

struct configuration {
  fingerprint done;
  record_state state;
  bool unseen = false; // the last change has no answer, and left present or absent what was so

  bool operator==(const configuration&) const = default;
};

struct configuration_hash {
  std::size_t operator()(const configuration& x) const noexcept {
    return x.done.low ^ (x.state.version * 0x9e3779b97f4a7c15U) ^ (x.state.value << 3U)
           ^ (x.state.present ? 1U : 0U) ^ (x.state.exact ? 2U : 0U) ^ (x.unseen ? 4U : 0U);
  }
};

/// True if to `x` one version and value before it is as good as another.
bool is_blind(const record_operation& x) {
  return x.expected == 0 && (x.kind == operation_kind::put || x.kind == operation_kind::remove)
         && (x.end == operation_end::done || x.end == operation_end::unknown);
}

/// The versions that answers tell of and that are not explained yet.
class untold_versions {
public:
  explicit untold_versions(const std::vector<record_operation>& operations) {
    for (const auto& x : operations)
      if (x.end == operation_end::done && x.version > 0)
        versions_.push_back(x.version);
    std::ranges::sort(versions_);
    versions_.erase(std::ranges::unique(versions_).begin(), versions_.end());
    counts_.resize(versions_.size());
    for (const auto& x : operations)
      put_back(x);
  }

  void explain(const record_operation& x) {
    if (auto i = index_of(x); i < counts_.size())
      --counts_[i];
    while (first_ < counts_.size() && counts_[first_] == 0)
      ++first_;
  }

  void put_back(const record_operation& x) {
    auto i = index_of(x);
    if (i == counts_.size())
      return;
    ++counts_[i];
    first_ = std::min(first_, i);
  }

  std::uint64_t oldest() const { return first_ < versions_.size() ? versions_[first_] : never; }

private:
  std::size_t index_of(const record_operation& x) const {
    if (x.end != operation_end::done || x.version == 0)
      return counts_.size();
    return static_cast<std::size_t>(std::ranges::lower_bound(versions_, x.version)
                                    - versions_.begin());
  }

  std::vector<std::uint64_t> versions_;
  std::vector<std::size_t> counts_;
  std::size_t first_ = 0;
};

/// The search over the operations on one key.
class search {
public:
  search(std::vector<record_operation> operations, std::size_t states_max)
      : operations_{by_invocation(std::move(operations))},
        states_max_{states_max},
        next_(operations_.size() + 1),
        previous_(operations_.size() + 1),
        untold_{operations_} {
    std::mt19937_64 random{1};
    for (std::size_t i = 0; i <= operations_.size(); ++i) {
      next_[i] = (i + 1) % next_.size();
      previous_[i] = (i + operations_.size()) % next_.size();
    }
    for (const auto& x : operations_) {
      prints_.push_back({random(), random()});
      open_ += x.end != operation_end::unknown ? 1U : 0U;
    }
  }

  linearizability run() {
    enter();
    while (open_ > 0) {
      if (seen_.size() > states_max_)
        return linearizability::undecided;
      if (path_.back().next < path_.back().candidates.size()) {
        advance();
        continue;
      }
      path_.pop_back();
      if (path_.empty())
        return linearizability::violated;
      undo();
    }
    return linearizability::holds;
  }

  std::size_t states() const noexcept { return seen_.size(); }

private:
  // What may come next, and what was tried.
  struct step {
    configuration before;
    std::vector<std::size_t> candidates;
    std::size_t next = 0;
    std::size_t taken = 0;
  };

  static std::vector<record_operation> by_invocation(std::vector<record_operation> x) {
    std::ranges::stable_sort(x, {}, &record_operation::invoked);
    return x;
  }

  std::size_t end() const noexcept { return operations_.size(); }

  /// Operations that may come next: nothing that is left ended before they began. One that changes
  /// nothing may as well come at once, and then the others need not be tried. Those without an
  /// answer come last, for mostly they are not needed.
  void enter() {
    step made{current_, {}, 0, 0};
    auto first_return = never;
    for (auto i = next_[end()]; i != end() && operations_[i].invoked <= first_return;
         i = next_[i]) {
      made.candidates.push_back(i);
      first_return = std::min(first_return, operations_[i].returned);
    }
    auto idle = std::ranges::find_if(made.candidates, [this](std::size_t i) {
      return model_.step(current_.state, operations_[i]) == current_.state;
    });
    if (idle != made.candidates.end())
      made.candidates = {*idle};
    else
      std::ranges::stable_partition(made.candidates, [this](std::size_t i) {
        return operations_[i].end != operation_end::unknown;
      });
    path_.push_back(std::move(made));
  }

  void advance() {
    auto& here = path_.back();
    auto i = here.candidates[here.next++];
    const auto& x = operations_[i];
    // A change without an answer that was overwritten before anybody saw it need not have happened.
    if (current_.unseen && is_blind(x))
      return;
    auto after = model_.step(current_.state, x);
    if (!after)
      return;
    auto reached = current_;
    reached.state = *after;
    reached.unseen = x.end == operation_end::unknown && after->present == current_.state.present;
    reached.done.toggle(prints_[i]);
    if (!seen_.insert(reached).second)
      return;
    here.taken = i;
    current_ = reached;
    next_[previous_[i]] = next_[i];
    previous_[next_[i]] = previous_[i];
    open_ -= x.end != operation_end::unknown ? 1U : 0U;
    untold_.explain(x);
    enter();
    if (untold_.oldest() < after->version) // nothing can explain that any more
      path_.back().candidates.clear();
  }

  void undo() {
    const auto& here = path_.back();
    auto i = here.taken;
    current_ = here.before;
    next_[previous_[i]] = i;
    previous_[next_[i]] = i;
    open_ += operations_[i].end != operation_end::unknown ? 1U : 0U;
    untold_.put_back(operations_[i]);
  }

  std::vector<record_operation> operations_;
  std::size_t states_max_;
  std::vector<fingerprint> prints_;
  std::vector<std::size_t> next_, previous_; // a ring of those not done; the last is its head
  untold_versions untold_;
  std::size_t open_ = 0; // with an answer, and not done
  record_model model_;
  configuration current_;
  std::vector<step> path_;
  std::unordered_set<configuration, configuration_hash> seen_;
};

/// What was known at a time: answers that came later had not come yet.
std::vector<record_operation> until(const std::vector<record_operation>& all, std::uint64_t time) {
  std::vector<record_operation> result;
  for (auto x : all) {
    if (x.invoked > time)
      continue;
    if (x.returned > time || x.end == operation_end::unknown) {
      x.returned = never;
      x.end = operation_end::unknown;
    }
    if (x.kind != operation_kind::read || x.end != operation_end::unknown)
      result.push_back(std::move(x));
  }
  return result;
}

std::string explain(const std::vector<record_operation>& all, std::size_t states_max) {
  std::vector<std::uint64_t> returns;
  for (const auto& x : all)
    if (x.end != operation_end::unknown)
      returns.push_back(x.returned);
  std::ranges::sort(returns);
  // The beginnings of a good history are good, so that the first bad one can be halved for.
  auto shortest = std::ranges::partition_point(returns, [&](std::uint64_t time) {
    return search{until(all, time), states_max}.run() == linearizability::holds;
  });
  if (shortest == returns.end())
    return "no beginning of the history is bad";
  auto prefix = until(all, *shortest);
  std::ranges::stable_sort(prefix, {}, &record_operation::invoked);
  auto last = std::ranges::find(prefix, *shortest, &record_operation::returned);
  auto text = fmt::format("record '{}': no order explains this answer:\n  {}\nafter\n",
                          prefix.front().key, to_string(*last));
  constexpr std::size_t shown_max = 60;
  if (prefix.size() > shown_max)
    text += fmt::format("  ({} earlier operations)\n", prefix.size() - shown_max);
  for (auto i = prefix.size() - std::min(prefix.size(), shown_max); i < prefix.size(); ++i)
    text += "  " + to_string(prefix[i]) + '\n';
  return text;
}

} // namespace

linearizability_verdict check_linearizability(const std::vector<record_operation>& history,
                                              std::size_t states_max) {
  std::map<std::string, std::vector<record_operation>> keys;
  for (const auto& x : until(history, never - 1))
    keys[x.key].push_back(x);
  linearizability_verdict verdict;
  for (const auto& [key, operations] : keys) {
    search one{operations, states_max};
    auto result = one.run();
    verdict.states += one.states();
    if (result == linearizability::holds)
      continue;
    verdict.result = result;
    verdict.explanation = result == linearizability::undecided
                            ? fmt::format("record '{}': undecided after {} configurations of {} "
                                          "operations",
                                          key, one.states(), operations.size())
                            : explain(operations, states_max);
    return verdict;
  }
  return verdict;
}

} // namespace troupe::test
