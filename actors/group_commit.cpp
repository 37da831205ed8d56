// SPDX-License-Identifier: Apache-2.0
#include "actors/group_commit.hpp"

#include <algorithm>

#include "messages/limits.hpp"

namespace troupe {

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

result<void> group_commit::commit_range(storage_engine& store, iterator first, iterator last) {
  if (first == last)
    return {};
  auto flushed = std::any_of(
    first, last, [](const auto& operation) { return operation->wanted() == durability::machine; });
  auto outcome = store.transact(flushed ? durability::machine : durability::process,
                                [=](storage_transaction& transaction) {
                                  for (auto i = first; i != last; ++i)
                                    (*i)->apply(transaction);
                                });
  if (outcome || last - first == 1) {
    for (auto i = first; i != last; ++i)
      (*i)->answer(outcome);
    return outcome;
  }
  auto middle = first + (last - first) / 2;
  commit_range(store, first, middle);
  commit_range(store, middle, last);
  return outcome;
}

} // namespace troupe
