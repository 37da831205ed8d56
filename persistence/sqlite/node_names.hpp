// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>

#include "messages/time.hpp"
#include "persistence/sqlite/names.hpp"

namespace troupe::sqlite {

/// Writes down which nodes take jobs, in a transaction that the caller has begun. Pull workers name
/// themselves as they like: of their names so many are kept as `messages/limits.hpp` says. A job
/// that one of the others had long ago does not say any more who that was. No number is given
/// twice.
class node_names {
public:
  /// `names` must live as long as this.
  node_names(const SQLite::Database& database, name_table& names);

  /// The number of a node that takes a job now.
  std::int64_t taken_by(const std::string& name, timestamp now);

  /// After a rollback.
  void forget();

private:
  void forget_old(timestamp now);

  name_table& names_;
  std::unordered_map<std::int64_t, timestamp> noted_;
  SQLite::Statement note_;
  SQLite::Statement count_;
  SQLite::Statement remove_;
};

} // namespace troupe::sqlite
