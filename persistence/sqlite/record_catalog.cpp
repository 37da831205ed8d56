// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/record_catalog.hpp"

namespace troupe::sqlite {

namespace {

const std::string select_collections
  = "SELECT id, name, declared, sequence, records, oldest_change, schema, on_create, on_update, "
    "on_delete, search_version FROM collections";

} // namespace

record_catalog::record_catalog(const SQLite::Database& db)
    : find_{db, select_collections + " WHERE name = ?"},
      all_{db, select_collections + " ORDER BY name"},
      fields_{db, "SELECT purpose, path FROM collection_fields WHERE collection = ? "
                  "ORDER BY purpose, position"},
      shards_{db, "SELECT shard, epoch, node, incarnation, number FROM key_shards "
                  "ORDER BY shard"},
      generation_{db, "SELECT number FROM database_generation"} {}

std::optional<catalog_entry> record_catalog::find(const std::string& name) {
  query row{find_};
  row.with_text(name);
  if (!row.next())
    return {};
  return entry(row);
}

std::vector<catalog_entry> record_catalog::all() {
  std::vector<catalog_entry> entries;
  query row{all_};
  while (row.next())
    entries.push_back(entry(row));
  return entries;
}

catalog_entry record_catalog::entry(const query& row) {
  catalog_entry x;
  x.id = row.integer(0);
  x.declared = row.integer(2) != 0;
  x.search_version = row.as<int>(10);
  x.seen.sequence = row.as<std::uint64_t>(3);
  x.seen.records = row.as<std::uint64_t>(4);
  x.seen.oldest_change = row.as<std::uint64_t>(5);
  auto& declaration = x.seen.declaration;
  declaration.name = row.bytes(1);
  declaration.schema = row.bytes(6);
  declaration.hooks = {row.bytes(7), row.bytes(8), row.bytes(9)};
  read_fields(x);
  return x;
}

void record_catalog::read_fields(catalog_entry& x) {
  query row{fields_};
  row.with(x.id);
  while (row.next()) {
    const bool index = row.as<field_purpose>(0) == field_purpose::index;
    auto& fields = index ? x.seen.declaration.indexes : x.seen.declaration.search;
    fields.push_back(row.bytes(1));
  }
}

std::vector<stored_shard> record_catalog::shards() {
  std::vector<stored_shard> shards;
  query row{shards_};
  while (row.next())
    shards.push_back({row.as<std::uint32_t>(0),
                      row.as<std::uint64_t>(1),
                      {row.bytes(2), row.as<std::uint64_t>(3), row.as<std::uint32_t>(4)}});
  return shards;
}

database_generation record_catalog::generation() {
  query row{generation_};
  return row.next() ? row.as<database_generation>(0) : 0;
}

std::string records_table(std::int64_t collection) {
  return "records_" + std::to_string(collection);
}

std::string changes_table(std::int64_t collection) {
  return "changes_" + std::to_string(collection);
}

std::string search_table(std::int64_t collection) {
  return "search_" + std::to_string(collection);
}

record read_record(const query& row, int first) {
  return {row.bytes(first), row.as<std::uint64_t>(first + 1), row.time(first + 2),
          row.time(first + 3), row.bytes(first + 4)};
}

} // namespace troupe::sqlite
