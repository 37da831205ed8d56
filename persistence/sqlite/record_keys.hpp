// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "messages/record_storage.hpp"
#include "persistence/sqlite/connection.hpp"

namespace troupe::sqlite {

/// The idempotency keys that writes were made under, with their results. Of each scope at most
/// `limits::idempotency_bytes_max` is kept, and one key more.
class record_keys {
public:
  explicit record_keys(const SQLite::Database& database);

  /// The answer to writes under a key that was used before; nothing if it was not.
  std::optional<records_written> find(const write_records& request);

  void keep(const write_records& request, timestamp now, const records_written& answer);

  /// Drops the oldest keys that were used before a time; returns how many.
  std::uint64_t trim(timestamp before, std::uint32_t limit);

  /// Forgets what is only known from a transaction that was rolled back.
  void forget() { sizes_.clear(); }

private:
  void make_room(const std::string& scope, std::uint64_t bytes);

  std::map<std::string, std::uint64_t> sizes_; ///< bytes, of scopes that were looked at
  SQLite::Statement find_;
  SQLite::Statement results_;
  SQLite::Statement insert_;
  SQLite::Statement insert_result_;
  SQLite::Statement sum_;
  SQLite::Statement oldest_;
  SQLite::Statement remove_;
  SQLite::Statement trim_;
};

/// The answer that refuses writes as a whole.
records_written refused(const write_records& request, errc why);

} // namespace troupe::sqlite
