// SPDX-License-Identifier: Apache-2.0
#include "actors/group_commit.hpp"

#include <algorithm>

#include "messages/limits.hpp"

namespace troupe {

namespace {

// Of one group, while the engine says that it may be tried again.
constexpr int tries_max = 5;

} // namespace

void group_commit::add(std::unique_ptr<store_operation> operation) {
  bytes_ += operation->bytes();
  operations_.push_back(std::move(operation));
}

bool group_commit::full() const noexcept {
  return operations_.size() >= limits::transaction_operations_max
         || bytes_ >= limits::transaction_bytes_max;
}

result<void> group_commit::commit(storage_engine& store) {
  auto outcome = commit_range(store, operations_.begin(), operations_.end());
  operations_.clear();
  bytes_ = 0;
  return outcome;
}

result<void> group_commit::transact(storage_engine& store, iterator first, iterator last) {
  auto flushed = std::any_of(
    first, last, [](const auto& operation) { return operation->wanted() == durability::machine; });
  return store.transact(flushed ? durability::machine : durability::process,
                        [=](storage_transaction& transaction) {
                          for (auto i = first; i != last; ++i)
                            (*i)->apply(transaction);
                        });
}

result<void> group_commit::commit_range(storage_engine& store, iterator first, iterator last) {
  if (first == last)
    return {};
  auto outcome = transact(store, first, last);
  for (int tries = 1;
       !outcome && kind_of(outcome.error()) == failure_kind::again && tries < tries_max; ++tries)
    outcome = transact(store, first, last);
  const bool divisible = !outcome && kind_of(outcome.error()) == failure_kind::refused;
  if (!divisible || last - first == 1) {
    for (auto i = first; i != last; ++i)
      (*i)->answer(outcome);
    return outcome;
  }
  auto middle = first + (last - first) / 2;
  auto left = commit_range(store, first, middle);
  auto right = commit_range(store, middle, last);
  // What is said of the whole is the worst that happened to a part.
  for (const auto* part : {&left, &right})
    if (!*part && kind_of(part->error()) != failure_kind::refused)
      outcome = *part;
  return outcome;
}

} // namespace troupe
