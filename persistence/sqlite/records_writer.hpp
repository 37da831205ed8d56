// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/record_storage.hpp"
#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/record_catalog.hpp"
#include "persistence/sqlite/record_keys.hpp"

namespace troupe::sqlite {

class written_collection;

/// The changes of records, as prepared statements on the writing connection. Lives as long as that.
/// Counters of collections and epochs of shards are kept in memory from one transaction to the
/// next: nobody else writes them.
class records_writer {
public:
  explicit records_writer(SQLite::Database& database);
  ~records_writer();

  void declare(const declare_collections& request);
  shards_stored claim(const claim_shards& request);

  /// Jobs of hooks are returned, and are for the caller to store.
  records_written write(const write_records& request, timestamp now);
  records_trimmed trim(const trim_records& request);

  /// Writes what is kept back until the end of a transaction. Call before each commit.
  void finish();

  /// Forgets what the transaction that was rolled back had learnt.
  void abandon();

  /// How many changes the database has seen; nothing if that is not known, because none was made.
  std::optional<std::uint64_t> changes() const;

private:
  struct verdict;

  void load();
  written_collection* find(const std::string& name);
  verdict judge(const record_write& write);

  SQLite::Database& database_;
  record_catalog catalog_;
  record_keys keys_;
  SQLite::Statement claim_;
  SQLite::Statement save_;
  std::map<std::string, std::unique_ptr<written_collection>, std::less<>> collections_;
  std::array<std::uint64_t, key_shards> epochs_{};
  database_generation generation_ = 0;
  bool loaded_ = false;
};

} // namespace troupe::sqlite
