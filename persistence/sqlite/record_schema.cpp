// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/record_schema.hpp"

#include <algorithm>
#include <set>

#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/record_catalog.hpp"
#include "persistence/sqlite/record_paths.hpp"
#include "persistence/sqlite/record_search.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

namespace {

[[noreturn]] void refuse_declaration(const collection_declaration& x, const std::string& why) {
  throw storage_error{
    {errc::invalid_argument, "collection '" + x.name.substr(0, 100) + "': " + why}};
}

void check_fields(const collection_declaration& x, const std::vector<std::string>& paths) {
  if (paths.size() > limits::collection_fields_max)
    refuse_declaration(x, "at most " + std::to_string(limits::collection_fields_max) + " fields");
  if (std::set(paths.begin(), paths.end()).size() != paths.size())
    refuse_declaration(x, "a field is named twice");
  for (const auto& path : paths)
    (void)sql_of(path);
}

void check(const declare_collections& request) {
  std::set<std::string> names;
  for (const auto& x : request.collections) {
    if (x.name.empty() || x.name.size() > limits::name_bytes_max
        || x.name.find('\0') != std::string::npos)
      refuse_declaration(x, "no collection can have this name");
    if (!names.insert(x.name).second)
      refuse_declaration(x, "is declared twice");
    check_fields(x, x.indexes);
    check_fields(x, x.search);
  }
}

/// One collection's declaration on its way into the tables.
class declarer {
public:
  declarer(SQLite::Database& database, std::int64_t collection)
      : database_{database},
        collection_{collection} {}

  void create_tables();
  void change_indexes(const std::vector<std::string>& wanted);
  void change_search(const catalog_entry& before, const std::vector<std::string>& wanted);

private:
  std::int64_t add_field(field_purpose purpose, std::size_t position, const std::string& path);
  std::string index_name(std::int64_t field) const;

  SQLite::Database& database_;
  std::int64_t collection_;
};

void declarer::create_tables() {
  database_.exec("CREATE TABLE " + records_table(collection_)
                 + " (place INTEGER PRIMARY KEY, version INTEGER NOT NULL, "
                   "created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, "
                   "id TEXT NOT NULL UNIQUE, fields TEXT NOT NULL)");
  database_.exec("CREATE TABLE " + changes_table(collection_)
                 + " (sequence INTEGER PRIMARY KEY, kind INTEGER NOT NULL, "
                   "created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, "
                   "id TEXT NOT NULL, fields TEXT NOT NULL)");
}

std::int64_t declarer::add_field(field_purpose purpose, std::size_t position,
                                 const std::string& path) {
  SQLite::Statement insert{database_, "INSERT INTO collection_fields (collection, purpose, "
                                      "position, path) VALUES (?, ?, ?, ?) RETURNING id"};
  query row{insert};
  row.with(collection_)
    .with(static_cast<std::int64_t>(purpose))
    .with(static_cast<std::int64_t>(position))
    .with_text(path)
    .next();
  return row.integer(0);
}

std::string declarer::index_name(std::int64_t field) const {
  return records_table(collection_) + "_" + std::to_string(field);
}

void declarer::change_indexes(const std::vector<std::string>& wanted) {
  std::vector<std::pair<std::int64_t, std::string>> there;
  {
    SQLite::Statement find{database_, "SELECT id, path FROM collection_fields "
                                      "WHERE collection = ? AND purpose = 1"};
    query row{find};
    row.with(collection_);
    while (row.next())
      there.emplace_back(row.integer(0), row.bytes(1));
  }
  SQLite::Statement forget{database_, "DELETE FROM collection_fields WHERE id = ?"};
  SQLite::Statement move{database_, "UPDATE collection_fields SET position = ? WHERE id = ?"};
  std::set<std::string> kept;
  for (const auto& [id, path] : there) {
    const auto at = std::find(wanted.begin(), wanted.end(), path);
    if (at == wanted.end()) {
      database_.exec("DROP INDEX IF EXISTS " + index_name(id));
      query{forget}.with(id).run();
    } else {
      query{move}.with(at - wanted.begin()).with(id).run();
      kept.insert(path);
    }
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (kept.contains(wanted[i]))
      continue;
    const auto field = add_field(field_purpose::index, i, wanted[i]);
    const auto sql = sql_of(wanted[i]);
    if (sql.place != field_place::id) // has one already
      database_.exec("CREATE INDEX " + index_name(field) + " ON " + records_table(collection_)
                     + " (" + sql.value + ", id)");
  }
}

void declarer::change_search(const catalog_entry& before, const std::vector<std::string>& wanted) {
  const auto& searched = before.seen.declaration.search;
  if (searched == wanted && (wanted.empty() || before.search_version == search_index_version))
    return;
  SQLite::Statement made{database_, "UPDATE collections SET search_version = ? WHERE id = ?"};
  query{made}.with(search_index_version).with(collection_).run();
  if (!searched.empty())
    database_.exec("DROP TABLE " + search_table(collection_));
  SQLite::Statement forget{database_, "DELETE FROM collection_fields "
                                      "WHERE collection = ? AND purpose = 2"};
  query{forget}.with(collection_).run();
  if (wanted.empty())
    return;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    add_field(field_purpose::search, i, wanted[i]);
  database_.exec(create_search(collection_, wanted.size()));
  record_search index{database_, collection_, wanted};
  SQLite::Statement all{database_, "SELECT place, fields FROM " + records_table(collection_)};
  query row{all};
  while (row.next())
    index.change(row.integer(0), {}, row.bytes(1));
}

std::int64_t store_entry(SQLite::Database& database, const collection_declaration& x) {
  SQLite::Statement put{
    database, "INSERT INTO collections (name, schema, on_create, on_update, on_delete, declared, "
              "sequence, records, oldest_change) VALUES (?, ?, ?, ?, ?, 1, 0, 0, 0) "
              "ON CONFLICT DO UPDATE SET declared = 1, schema = excluded.schema, "
              "on_create = excluded.on_create, on_update = excluded.on_update, "
              "on_delete = excluded.on_delete RETURNING id"};
  query row{put};
  row.with_text(x.name)
    .with_text(x.schema)
    .with_text(x.hooks.on_create)
    .with_text(x.hooks.on_update)
    .with_text(x.hooks.on_delete)
    .next();
  return row.integer(0);
}

} // namespace

void declare(SQLite::Database& database, const declare_collections& request) {
  check(request);
  database.exec("UPDATE collections SET declared = 0");
  record_catalog catalog{database};
  for (const auto& x : request.collections) {
    const auto before = catalog.find(x.name);
    const auto id = store_entry(database, x);
    declarer fields{database, id};
    if (!before)
      fields.create_tables();
    fields.change_indexes(x.indexes);
    fields.change_search(before ? *before : catalog_entry{}, x.search);
  }
}

} // namespace troupe::sqlite
