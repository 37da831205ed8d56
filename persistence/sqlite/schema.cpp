// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/schema.hpp"

#include <array>
#include <string>

namespace troupe::sqlite {

namespace {

// Released steps never change: add one.
constexpr std::array migrations{
  // 1: jobs. State and reason are the numbers in messages/job.hpp; times see connection.hpp.
  R"sql(
CREATE TABLE shards (
  id INTEGER PRIMARY KEY,
  incarnation INTEGER NOT NULL,
  next_job INTEGER NOT NULL);

CREATE TABLE queues (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE);

-- Numbers from 256 on: two bytes in each job, whether a node is known or not.
CREATE TABLE nodes (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE);
INSERT INTO nodes VALUES (256, '');

-- A job that is leased has a row in `leases`, and here still says that it is ready: a grant writes
-- one small row and no index. What changes when a job succeeds has a fixed width and is overwritten
-- in place; texts that come later live in `outputs`.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  queue INTEGER NOT NULL REFERENCES queues,
  state INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  run_at INTEGER NOT NULL,
  deliveries INTEGER NOT NULL,
  node INTEGER NOT NULL,
  leased_at INTEGER NOT NULL,
  reason INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  losses INTEGER NOT NULL,
  snoozes INTEGER NOT NULL,
  avoid INTEGER NOT NULL,
  origin INTEGER,
  origin_queue INTEGER REFERENCES queues,
  created_at INTEGER NOT NULL,
  delay INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  max_losses INTEGER NOT NULL,
  run_timeout INTEGER NOT NULL,
  progress_timeout INTEGER NOT NULL,
  payload BLOB NOT NULL);

-- The row's id is the last part of every index. No IN in these conditions: SQLite builds a table
-- for it at every change of a row. Queries must repeat a condition as it stands here.
CREATE INDEX jobs_ready ON jobs (queue, priority DESC) WHERE state = 2;
CREATE INDEX jobs_due ON jobs (queue, run_at) WHERE state = 1 OR state = 4;
CREATE INDEX jobs_final ON jobs (queue, finished_at) WHERE state >= 5;
-- All states but those that every job goes through: for listings and counts.
CREATE INDEX jobs_unusual ON jobs (queue, state) WHERE state <> 2 AND state <> 5;
CREATE INDEX jobs_copied ON jobs (queue) WHERE origin IS NOT NULL AND state = 2;

-- `job` has no REFERENCES: a grant reads the job's row anyway, and no leased job is ever removed.
CREATE TABLE leases (
  job INTEGER PRIMARY KEY,
  epoch INTEGER NOT NULL,
  node INTEGER NOT NULL,
  leased_at INTEGER NOT NULL);

CREATE TABLE outputs (
  job INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
  error BLOB,
  result BLOB);

CREATE TABLE history (
  id INTEGER PRIMARY KEY,
  job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  node INTEGER NOT NULL,
  leased_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  reason INTEGER NOT NULL,
  error BLOB NOT NULL);
CREATE INDEX history_job ON history (job);
)sql",

  // 2: records. Each collection has tables of its own besides, see record_schema.cpp. Epochs of
  // `shards` above are those of jobs; these are of keys.
  R"sql(
CREATE TABLE collections (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  declared INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  records INTEGER NOT NULL,
  oldest_change INTEGER NOT NULL,
  schema TEXT NOT NULL,
  on_create TEXT NOT NULL,
  on_update TEXT NOT NULL,
  on_delete TEXT NOT NULL);

-- The id of an indexed field is part of its index's name. Purpose: 1 index, 2 search.
CREATE TABLE collection_fields (
  id INTEGER PRIMARY KEY,
  collection INTEGER NOT NULL REFERENCES collections,
  purpose INTEGER NOT NULL,
  position INTEGER NOT NULL,
  path TEXT NOT NULL);

CREATE TABLE key_shards (
  shard INTEGER PRIMARY KEY,
  epoch INTEGER NOT NULL,
  node TEXT NOT NULL,
  incarnation INTEGER NOT NULL,
  number INTEGER NOT NULL);

CREATE TABLE idempotency_keys (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  fingerprint TEXT NOT NULL,
  used_at INTEGER NOT NULL);
CREATE INDEX idempotency_keys_age ON idempotency_keys (used_at);

CREATE TABLE idempotency_results (
  key INTEGER NOT NULL REFERENCES idempotency_keys ON DELETE CASCADE,
  position INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  job INTEGER NOT NULL,
  id TEXT NOT NULL,
  before_version INTEGER NOT NULL,
  before_created_at INTEGER NOT NULL,
  before_updated_at INTEGER NOT NULL,
  after_version INTEGER NOT NULL,
  after_created_at INTEGER NOT NULL,
  after_updated_at INTEGER NOT NULL,
  before_fields TEXT NOT NULL,
  after_fields TEXT NOT NULL,
  PRIMARY KEY (key, position)) WITHOUT ROWID;
)sql",

  // 3: tokens. The scopes are lines.
  R"sql(
CREATE TABLE tokens (
  name TEXT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  hash BLOB NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL) WITHOUT ROWID;

-- One row. Gateways ask by it whether there is news.
CREATE TABLE token_revision (revision INTEGER NOT NULL);
INSERT INTO token_revision VALUES (1);
)sql",

  // 4: queues that hand nothing out.
  R"sql(
ALTER TABLE queues ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
)sql",

  // 5: by what jobs are found, and the requests behind them. The tags are lines. Both are NULL in
  // the many jobs that have neither: the row's header says so, and the payload before them is
  // stepped over without being read. Rows of `job_tags` have no REFERENCES: it would need an index
  // by job.
  R"sql(
ALTER TABLE jobs ADD COLUMN tags TEXT;
ALTER TABLE jobs ADD COLUMN trace_parent TEXT;

CREATE TABLE job_tags (
  tag TEXT NOT NULL,
  job INTEGER NOT NULL,
  PRIMARY KEY (tag, job)) WITHOUT ROWID;
)sql",

  // 6: which start of a worker a lease was given to, and whether its job is to be cancelled.
  R"sql(
ALTER TABLE leases ADD COLUMN worker INTEGER NOT NULL DEFAULT 0;
ALTER TABLE leases ADD COLUMN cancel INTEGER NOT NULL DEFAULT 0;
)sql",

  // 7: which database this is (see history_mark.hpp; numbers that a double holds), by which rules
  // search indexes were made (0: older ones than are known), and idempotency keys of callers: those
  // that there were are forgotten. Rows of `idempotency_keys` say how much is kept for them.
  R"sql(
CREATE TABLE database_generation (number INTEGER NOT NULL);
INSERT INTO database_generation VALUES (1 + (random() & 0xfffffffffffff));

ALTER TABLE collections ADD COLUMN search_version INTEGER NOT NULL DEFAULT 0;

DROP TABLE idempotency_results;
DROP TABLE idempotency_keys;

CREATE TABLE idempotency_keys (
  id INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  used_at INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  UNIQUE (scope, key));
CREATE INDEX idempotency_keys_age ON idempotency_keys (used_at);
CREATE INDEX idempotency_keys_size ON idempotency_keys (scope, used_at, id, bytes);

CREATE TABLE idempotency_results (
  key INTEGER NOT NULL REFERENCES idempotency_keys ON DELETE CASCADE,
  position INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  job INTEGER NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  fields TEXT NOT NULL,
  PRIMARY KEY (key, position)) WITHOUT ROWID;
)sql",

  // 8: when pull workers took a job last, which name themselves: see node_names.hpp. Those that are
  // there may be in use; microseconds, as all times.
  R"sql(
ALTER TABLE nodes ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
UPDATE nodes SET seen_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000000;
CREATE INDEX nodes_seen ON nodes (seen_at) WHERE name GLOB 'pull/*';
)sql"};

int pragma(SQLite::Database& database, const char* name) {
  return database.execAndGet("PRAGMA " + std::string{name}).getInt();
}

} // namespace

const int schema_version = static_cast<int>(migrations.size());

result<void> check_identity(SQLite::Database& database, const std::filesystem::path& path) {
  const auto refuse = [&path](const std::string& why) {
    return failure(errc::storage_incompatible, "database '" + path.string() + "' " + why);
  };
  const int owner = pragma(database, "application_id");
  const int version = pragma(database, "user_version");
  const bool empty
    = database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0 && version == 0;
  if (owner != application_id && !(owner == 0 && empty))
    return refuse("belongs to another program; name another file");
  if (version > schema_version)
    return refuse("was written by a newer version of Troupe (schema " + std::to_string(version)
                  + ", this program knows " + std::to_string(schema_version)
                  + "); use that version");
  return {};
}

result<void> check_integrity(SQLite::Database& database, const std::filesystem::path& path) {
  SQLite::Statement check{database, "PRAGMA quick_check(1)"};
  if (check.executeStep() && check.getColumn(0).getString() == "ok")
    return {};
  return failure(errc::storage_corrupt,
                 "database '" + path.string() + "' failed its integrity check ("
                   + check.getColumn(0).getString()
                   + "); restore it from a backup, or see what `sqlite3 FILE .recover` saves");
}

void migrate(SQLite::Database& database) {
  for (int version = pragma(database, "user_version"); version < schema_version; ++version) {
    SQLite::Transaction step{database, SQLite::TransactionBehavior::IMMEDIATE};
    database.exec(migrations[static_cast<std::size_t>(version)]);
    database.exec("PRAGMA application_id = " + std::to_string(application_id));
    database.exec("PRAGMA user_version = " + std::to_string(version + 1));
    step.commit();
  }
}

} // namespace troupe::sqlite
