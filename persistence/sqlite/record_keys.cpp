// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/record_keys.hpp"

#include <algorithm>

#include "messages/limits.hpp"
#include "persistence/idempotency.hpp"

namespace troupe::sqlite {

record_keys::record_keys(const SQLite::Database& db)
    : find_{db, "SELECT id, fingerprint FROM idempotency_keys WHERE scope = ? AND key = ?"},
      results_{db, "SELECT kind, sequence, job, id, version, created_at, updated_at, fields "
                   "FROM idempotency_results WHERE key = ? ORDER BY position"},
      insert_{db, "INSERT INTO idempotency_keys (scope, key, fingerprint, used_at, bytes) "
                  "VALUES (?, ?, ?, ?, ?) RETURNING id"},
      insert_result_{db, "INSERT INTO idempotency_results (key, position, kind, sequence, job, id, "
                         "version, created_at, updated_at, fields) "
                         "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      sum_{db, "SELECT sum(bytes) FROM idempotency_keys WHERE scope = ?"},
      oldest_{db, "SELECT id, bytes FROM idempotency_keys WHERE scope = ? "
                  "ORDER BY used_at, id LIMIT 1"},
      remove_{db, "DELETE FROM idempotency_keys WHERE id = ?"},
      trim_{db, "DELETE FROM idempotency_keys WHERE id IN (SELECT id FROM idempotency_keys "
                "WHERE used_at < ? ORDER BY used_at, id LIMIT ?)"} {}

std::optional<records_written> record_keys::find(const write_records& request) {
  std::int64_t key = 0;
  {
    query row{find_};
    row.with_kept_text(request.idempotency_scope).with_kept_text(request.idempotency_key);
    if (!row.next())
      return {};
    if (row.bytes(1) != request.fingerprint)
      return refused(request, errc::idempotency_mismatch);
    key = row.integer(0);
  }
  records_written answer;
  answer.replayed = true;
  query row{results_};
  row.with(key);
  while (row.next()) {
    auto& x = answer.results.emplace_back();
    x.kind = row.as<change_kind>(0);
    x.sequence = row.as<std::uint64_t>(1);
    x.job = row.as<job_id>(2);
    x.before.id = row.bytes(3);
    x.after = {row.bytes(3), row.as<std::uint64_t>(4), row.time(5), row.time(6), row.bytes(7)};
  }
  return answer;
}

void record_keys::keep(const write_records& request, timestamp now, const records_written& answer) {
  const auto bytes = kept_bytes(request, answer);
  make_room(request.idempotency_scope, bytes);
  std::int64_t key = 0;
  {
    query row{insert_};
    row.with_kept_text(request.idempotency_scope)
      .with_kept_text(request.idempotency_key)
      .with_kept_text(request.fingerprint)
      .with(now)
      .with(to_column(bytes))
      .next();
    key = row.integer(0);
  }
  std::int64_t position = 0;
  for (const auto& x : answer.results)
    query{insert_result_}
      .with(key)
      .with(position++)
      .with(static_cast<std::int64_t>(x.kind))
      .with(to_column(x.sequence))
      .with(to_column(x.job))
      .with_kept_text(x.before.id)
      .with(to_column(x.after.version))
      .with(x.after.created_at)
      .with(x.after.updated_at)
      .with_kept_text(x.after.fields)
      .run();
}

/// Drops the oldest keys of a scope until so much more is allowed.
void record_keys::make_room(const std::string& scope, std::uint64_t bytes) {
  auto known = sizes_.find(scope);
  if (known == sizes_.end()) {
    query row{sum_};
    row.with_kept_text(scope).next();
    known = sizes_.emplace(scope, row.as<std::uint64_t>(0)).first;
  }
  auto& size = known->second;
  while (size > 0 && size + bytes > limits::idempotency_bytes_max) {
    std::int64_t oldest = 0;
    std::uint64_t freed = 0;
    {
      query row{oldest_};
      row.with_kept_text(scope);
      if (!row.next())
        break;
      oldest = row.integer(0);
      freed = row.as<std::uint64_t>(1);
    }
    query{remove_}.with(oldest).run();
    size -= std::min(size, freed);
  }
  size += bytes;
}

std::uint64_t record_keys::trim(timestamp before, std::uint32_t limit) {
  const auto gone = static_cast<std::uint64_t>(query{trim_}.with(before).with(limit).run());
  if (gone > 0)
    forget();
  return gone;
}

records_written refused(const write_records& request, errc why) {
  records_written answer;
  answer.code = static_cast<std::uint16_t>(why);
  for (const auto& write : request.writes) {
    auto& x = answer.results.emplace_back();
    x.code = answer.code;
    x.before.id = x.after.id = write.id;
  }
  return answer;
}

} // namespace troupe::sqlite
