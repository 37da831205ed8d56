// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/record_keys.hpp"

namespace troupe::sqlite {

record_keys::record_keys(const SQLite::Database& db)
    : find_{db, "SELECT id, fingerprint FROM idempotency_keys WHERE key = ?"},
      results_{db, "SELECT kind, sequence, job, id, before_version, before_created_at, "
                   "before_updated_at, before_fields, after_version, after_created_at, "
                   "after_updated_at, after_fields FROM idempotency_results WHERE key = ? "
                   "ORDER BY position"},
      insert_{db, "INSERT INTO idempotency_keys (key, fingerprint, used_at) VALUES (?, ?, ?) "
                  "RETURNING id"},
      insert_result_{db, "INSERT INTO idempotency_results (key, position, kind, sequence, job, id, "
                         "before_version, before_created_at, before_updated_at, before_fields, "
                         "after_version, after_created_at, after_updated_at, after_fields) "
                         "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      trim_{db, "DELETE FROM idempotency_keys WHERE id IN (SELECT id FROM idempotency_keys "
                "WHERE used_at < ? ORDER BY used_at, id LIMIT ?)"} {}

std::optional<records_written> record_keys::find(const write_records& request) {
  std::int64_t key = 0;
  {
    query row{find_};
    row.with_kept_text(request.idempotency_key);
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
    x.before = {row.bytes(3), row.as<std::uint64_t>(4), row.time(5), row.time(6), row.bytes(7)};
    x.after = {row.bytes(3), row.as<std::uint64_t>(8), row.time(9), row.time(10), row.bytes(11)};
  }
  return answer;
}

void record_keys::keep(const write_records& request, timestamp now, const records_written& answer) {
  std::int64_t key = 0;
  {
    query row{insert_};
    row.with_kept_text(request.idempotency_key)
      .with_kept_text(request.fingerprint)
      .with(now)
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
      .with(to_column(x.before.version))
      .with(x.before.created_at)
      .with(x.before.updated_at)
      .with_kept_text(x.before.fields)
      .with(to_column(x.after.version))
      .with(x.after.created_at)
      .with(x.after.updated_at)
      .with_kept_text(x.after.fields)
      .run();
}

std::uint64_t record_keys::trim(timestamp before, std::uint32_t limit) {
  return static_cast<std::uint64_t>(query{trim_}.with(before).with(limit).run());
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
