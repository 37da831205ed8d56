// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/written_collection.hpp"

#include <utility>

namespace troupe::sqlite {

written_collection::written_collection(const SQLite::Database& db, catalog_entry entry)
    : database_{db},
      entry_{std::move(entry)},
      find_{db, std::string{"SELECT "} + record_columns + ", place FROM " + records_table(entry_.id)
                  + " WHERE id = ?"},
      insert_{db, "INSERT INTO " + records_table(entry_.id)
                    + " (version, created_at, updated_at, id, fields) VALUES (?, ?, ?, ?, ?)"},
      update_{db, "UPDATE " + records_table(entry_.id)
                    + " SET version = ?, updated_at = ?, fields = ? WHERE place = ?"},
      remove_{db, "DELETE FROM " + records_table(entry_.id) + " WHERE place = ?"},
      insert_change_{db, "INSERT INTO " + changes_table(entry_.id)
                           + " (sequence, kind, created_at, updated_at, id, fields) "
                             "VALUES (?, ?, ?, ?, ?, ?)"},
      oldest_{db, "SELECT sequence, updated_at FROM " + changes_table(entry_.id)
                    + " ORDER BY sequence LIMIT ?"},
      trim_{db, "DELETE FROM " + changes_table(entry_.id) + " WHERE sequence <= ?"} {
  const auto& paths = entry_.seen.declaration.search;
  if (!paths.empty())
    search_.emplace(db, entry_.id, paths);
}

written_collection::found written_collection::find(const std::string& id) {
  found x;
  query row{find_};
  row.with_kept_text(id);
  if (row.next()) {
    x.value = read_record(row, 0);
    x.place = row.integer(5);
  } else {
    x.value.id = id;
  }
  return x;
}

void written_collection::apply(const found& before, change_kind kind, record& after,
                               timestamp now) {
  changed_ = true;
  const auto version = ++entry_.seen.sequence;
  const auto created_at = kind == change_kind::created ? now : before.value.created_at;
  auto place = before.place;
  if (kind == change_kind::deleted) {
    --entry_.seen.records;
    query{remove_}.with(place).run();
  } else if (kind == change_kind::created) {
    ++entry_.seen.records;
    query row{insert_};
    row.with(to_column(version))
      .with(now)
      .with(now)
      .with_kept_text(after.id)
      .with_kept_text(after.fields)
      .run();
    place = database_.getLastInsertRowid();
  } else {
    query{update_}
      .with(to_column(version))
      .with(now)
      .with_kept_text(after.fields)
      .with(place)
      .run();
  }
  query{insert_change_}
    .with(to_column(version))
    .with(static_cast<std::int64_t>(kind))
    .with(created_at)
    .with(now)
    .with_kept_text(after.id)
    .with_kept_text(after.fields)
    .run();
  if (search_)
    search_->change(place, before.value.fields, after.fields);
  if (kind == change_kind::deleted)
    return;
  after.version = version;
  after.created_at = created_at;
  after.updated_at = now;
}

std::uint64_t written_collection::trim(timestamp before, std::uint32_t limit) {
  std::uint64_t count = 0;
  std::uint64_t last = 0;
  {
    query row{oldest_};
    row.with(limit);
    while (row.next() && row.time(1) < before) {
      last = row.as<std::uint64_t>(0);
      ++count;
    }
  }
  if (count == 0)
    return 0;
  query{trim_}.with(to_column(last)).run();
  entry_.seen.oldest_change = last + 1;
  changed_ = true;
  return count;
}

const std::string& written_collection::hook(change_kind kind) const {
  const auto& hooks = entry_.seen.declaration.hooks;
  switch (kind) {
  case change_kind::created:
    return hooks.on_create;
  case change_kind::updated:
    return hooks.on_update;
  default:
    return hooks.on_delete;
  }
}

bool written_collection::take_changed() {
  return std::exchange(changed_, false);
}

} // namespace troupe::sqlite
