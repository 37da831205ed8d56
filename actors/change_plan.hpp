// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "actors/collection_rules.hpp"
#include "actors/shard_directory.hpp"
#include "messages/record_requests.hpp"

namespace troupe {

/// The answer to a change from what the store said of its write.
record_changed changed_of(const record_written& x, bool replayed);

/// Why the store refused the write, in words.
error refusal_of(const checked_change& x, const record_written& why);

/// Did the write fail only because the record changed after the service had read it? Then the
/// patch can be applied again.
bool lost_race(const checked_change& x, const record_written& why) noexcept;

/// A condition that no record meets: the store only looks for an earlier answer to replay.
inline constexpr write_condition impossible{condition_kind::version, ~std::uint64_t{0}};

/// A key with its owner, as of when it was written past it.
struct written_key {
  changed_key key;
  shard_directory::place place;
};

/// Several changes that happen together or not at all, from the request to its answer. No actor,
/// no clock.
class change_plan {
public:
  /// How the store's answer is to be taken.
  enum class verdict : std::uint8_t {
    committed,
    moved,   ///< a key has a new owner; nothing was changed
    raced,   ///< a patched record changed meanwhile; nothing was changed
    refused, ///< see the outcomes; nothing was changed
  };

  void add(const change_record& request, result<checked_change> checked);

  /// At least one change was refused.
  bool refused() const noexcept { return refused_; }

  /// Why the first of those was, with its position (from 0).
  error first_refusal() const;

  /// Positions of the changes that need the record as it is.
  std::vector<std::uint32_t> patches() const;

  const checked_change& change(std::uint32_t position) const { return changes_[position]; }

  /// Forgets what patches were refused for, before they are read again.
  void forget_patches();

  /// Applies a patch.
  void patch(std::uint32_t position, const collection_rules& rules, const record& before);

  /// False, with the collection's and record's name in `missing`, while a key has no owner.
  bool find_owners(const shard_directory& directory, std::string& missing);

  /// The writes, with the epochs and owners that were found.
  write_records writes(timestamp now) const;

  verdict judge(const records_written& x);

  /// After `committed`: what the owners must be told.
  std::vector<written_key> written() const;

  const std::vector<change_outcome>& outcomes() const noexcept { return outcomes_; }

  std::string idempotency_key;
  std::string idempotency_scope;
  std::string fingerprint;
  std::string trace_parent;

private:
  void refuse(std::size_t position, const error& why);

  std::vector<checked_change> changes_;
  std::vector<change_outcome> outcomes_;
  std::vector<shard_directory::place> places_;
  std::vector<write_condition> conditions_; ///< of the writes: of a patch the version it read
  std::set<record_key> keys_;
  patch_work work_;
  bool refused_ = false;
};

} // namespace troupe
