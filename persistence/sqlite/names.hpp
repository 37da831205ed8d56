// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>

#include "persistence/sqlite/connection.hpp"

namespace troupe::sqlite {

/// A table of names (`queues`, `nodes`) as small numbers, remembered. Names are never changed nor
/// removed, so what was committed once can be remembered for ever.
class name_table {
public:
  /// `table` is the table's name.
  name_table(const SQLite::Database& database, const std::string& table);

  /// The number of a name; 0: there is none.
  std::int64_t find(const std::string& name);

  /// The number of a name that is added if it is new. Writers only.
  std::int64_t ensure(const std::string& name);

  /// The name of a number; empty if there is none.
  std::string name(std::int64_t id);

  /// Forgets what is remembered: after a rollback, numbers may be given anew.
  void forget();

private:
  void remember(const std::string& name, std::int64_t id);

  SQLite::Statement find_;
  SQLite::Statement name_;
  SQLite::Statement insert_;
  std::unordered_map<std::string, std::int64_t> ids_;
  std::unordered_map<std::int64_t, std::string> names_;
};

} // namespace troupe::sqlite
