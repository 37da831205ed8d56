// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "persistence/storage_engine.hpp"

namespace troupe {

/// One change that somebody asked for, and how to answer them.
class store_operation {
public:
  virtual ~store_operation() = default;

  virtual durability wanted() const = 0;
  /// Rough size of what it writes.
  virtual std::size_t bytes() const = 0;
  /// Makes the change. Called again in another transaction when the first one fails.
  virtual void apply(storage_transaction& transaction) = 0;
  /// Called once: after the commit, or with the reason why nothing was changed; with `timed_out`,
  /// whether it was is unknown.
  virtual void answer(const result<void>& committed) = 0;
};

/// Changes that wait for their common transaction: flushing the disk takes as long for one as for
/// a thousand.
///
/// Order is kept. When the transaction is refused it is tried again in halves, so that what cannot
/// be stored fails alone, after a number of transactions that grows with its logarithm. Failures of
/// the engine say nothing about the changes: all are answered at once, or, if the engine says so,
/// all are tried again a few times.
class group_commit {
public:
  void add(std::unique_ptr<store_operation> operation);

  std::size_t size() const noexcept { return operations_.size(); }
  bool empty() const noexcept { return operations_.empty(); }
  /// At `limits::transaction_operations_max` or `limits::transaction_bytes_max`: commit now.
  bool full() const noexcept;

  /// Runs everything in one transaction and answers everybody. Returns the first failure.
  result<void> commit(storage_engine& store);

private:
  using iterator = std::vector<std::unique_ptr<store_operation>>::iterator;

  static result<void> transact(storage_engine& store, iterator first, iterator last);
  static result<void> commit_range(storage_engine& store, iterator first, iterator last);

  std::vector<std::unique_ptr<store_operation>> operations_;
  std::size_t bytes_ = 0;
};

} // namespace troupe
