// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/record_catalog.hpp"
#include "persistence/sqlite/record_search.hpp"

namespace troupe::sqlite {

/// One collection as the writer has it: statements and counters. What is counted is written into
/// the table `collections` by `records_writer::finish`.
class written_collection {
public:
  written_collection(const SQLite::Database& database, catalog_entry entry);

  struct found {
    std::int64_t place = 0; ///< of the record in its table; 0: there is none
    record value;           ///< of no record: the id
  };

  found find(const std::string& id);

  /// Makes the change; `after` has neither version nor times yet, and stays so when it is a
  /// removal.
  void apply(const found& before, change_kind kind, record& after, timestamp now);

  /// Drops the oldest changes of the feed that were made before a time; returns how many.
  std::uint64_t trim(timestamp before, std::uint32_t limit);

  const std::string& hook(change_kind kind) const;

  std::int64_t id() const noexcept { return entry_.id; }
  bool declared() const noexcept { return entry_.declared; }
  const stored_collection& seen() const noexcept { return entry_.seen; }

  /// True once after the counters have changed.
  bool take_changed();

private:
  const SQLite::Database& database_;
  catalog_entry entry_;
  bool changed_ = false;
  std::optional<record_search> search_;
  SQLite::Statement find_;
  SQLite::Statement insert_;
  SQLite::Statement update_;
  SQLite::Statement remove_;
  SQLite::Statement insert_change_;
  SQLite::Statement oldest_;
  SQLite::Statement trim_;
};

} // namespace troupe::sqlite
