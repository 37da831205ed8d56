// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/names.hpp"

namespace troupe::sqlite {

namespace {

// Names of nodes come from outside: what is remembered of them is bounded.
constexpr std::size_t remembered_max = 10'000;

} // namespace

name_table::name_table(const SQLite::Database& database, const std::string& table)
    : find_{database, "SELECT id FROM " + table + " WHERE name = ?"},
      name_{database, "SELECT name FROM " + table + " WHERE id = ?"},
      insert_{database, "INSERT INTO " + table + " (name) VALUES (?) RETURNING id"} {}

std::int64_t name_table::find(const std::string& name) {
  if (const auto known = ids_.find(name); known != ids_.end())
    return known->second;
  query row{find_};
  row.with_text(name);
  if (!row.next())
    return 0;
  const auto id = row.integer(0);
  remember(name, id);
  return id;
}

std::int64_t name_table::ensure(const std::string& name) {
  if (const auto id = find(name); id != 0)
    return id;
  query row{insert_};
  row.with_text(name);
  row.next();
  const auto id = row.integer(0);
  remember(name, id);
  return id;
}

std::string name_table::name(std::int64_t id) {
  if (const auto known = names_.find(id); known != names_.end())
    return known->second;
  query row{name_};
  row.with(id);
  if (!row.next())
    return {};
  auto name = row.bytes(0);
  remember(name, id);
  return name;
}

void name_table::forget() {
  ids_.clear();
  names_.clear();
}

void name_table::remember(const std::string& name, std::int64_t id) {
  if (ids_.size() >= remembered_max)
    forget();
  ids_[name] = id;
  names_[id] = name;
}

} // namespace troupe::sqlite
