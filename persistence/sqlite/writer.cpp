// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/writer.hpp"

#include <algorithm>
#include <limits>

#include "persistence/sqlite/rows.hpp"

namespace troupe::sqlite {

namespace {

constexpr int shard_bits = 48;

// SQLite's integers are signed: the upper half of all ids would sort before the lower.
constexpr job_id job_id_max = std::numeric_limits<std::int64_t>::max();

constexpr job_id first_of(std::uint32_t shard) {
  return job_id{shard} << shard_bits;
}

constexpr std::uint8_t code(errc x) {
  return static_cast<std::uint8_t>(x);
}

std::string select_ready(const std::string& condition) {
  return std::string{"SELECT "} + ready_columns + " FROM jobs WHERE " + condition;
}

// The columns that a copied job keeps.
constexpr const char* kept_columns
  = "priority, payload, max_attempts, max_losses, run_timeout, progress_timeout, tags, "
    "trace_parent";

// A new row: fixed values for what has not happened yet. 256 is no node.
constexpr const char* fresh_columns
  = "deliveries, node, reason, failures, losses, snoozes, avoid, delay, state, ";
constexpr const char* fresh_values = "0, 256, 0, 0, 0, 0, 256, 0, 2, ";

/// `more` columns are bound after the others.
std::string insert_job(const std::string& more_columns, const std::string& more_values) {
  return "INSERT INTO jobs (id, queue, state, priority, finished_at, run_at, leased_at, "
         "created_at, delay, max_attempts, max_losses, run_timeout, progress_timeout, payload, "
         "deliveries, node, reason, failures, losses, snoozes, avoid"
         + more_columns
         + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 256, 0, 0, 0, 0, 256"
         + more_values + ")";
}

} // namespace

writer::writer(const SQLite::Database& db)
    : queues_{db, "queues"},
      nodes_{db, "nodes"},
      takers_{db, nodes_},
      tags_{db},
      save_next_job_{db, "INSERT INTO shards VALUES (?, 0, ?) ON CONFLICT DO UPDATE "
                         "SET next_job = max(next_job, excluded.next_job)"},
      open_shard_{db, "INSERT INTO shards VALUES (?, 1, ?) ON CONFLICT DO UPDATE "
                      "SET incarnation = incarnation + 1 RETURNING incarnation, next_job"},
      newest_job_{db, "SELECT max(id) FROM jobs WHERE id BETWEEN ? AND ?"},
      shard_leases_{db, std::string{"SELECT "} + ready_columns
                          + ", leases.epoch, queue, leases.node, leases.leased_at, leases.worker, "
                            "leases.cancel FROM leases "
                            "JOIN jobs ON jobs.id = leases.job WHERE leases.job BETWEEN ? AND ? "
                            "ORDER BY leases.job"},
      count_ready_{db, "SELECT count(*) FROM jobs WHERE queue = ? AND state = 2"},
      count_running_{db, "SELECT count(*) FROM leases CROSS JOIN jobs ON jobs.id = leases.job "
                         "WHERE queue = ?"},
      count_final_{db, "SELECT count(*) FROM jobs INDEXED BY jobs_final "
                       "WHERE queue = ? AND state >= 5"},
      count_unusual_{db, "SELECT state, count(*) FROM jobs INDEXED BY jobs_unusual "
                         "WHERE queue = ? AND state <> 2 AND state <> 5 GROUP BY state"},
      next_due_{db, "SELECT min(run_at) FROM jobs INDEXED BY jobs_due "
                    "WHERE queue = ? AND (state = 1 OR state = 4)"},
      insert_job_{db, insert_job("", "")},
      insert_described_job_{db, insert_job(", tags, trace_parent", ", ?, ?")},
      find_tags_{db, "SELECT tags FROM jobs WHERE id = ?"},
      grant_{db, "INSERT OR IGNORE INTO leases (job, epoch, node, leased_at, worker) "
                 "SELECT id, ?, ?, ?, ? FROM jobs WHERE id = ? AND state = 2"},
      find_lease_{db, "SELECT epoch, node, leased_at, cancel FROM leases WHERE job = ?"},
      delete_lease_{db, "DELETE FROM leases WHERE job = ?"},
      succeed_{db,
               "UPDATE jobs SET state = 5, deliveries = deliveries + 1, reason = 0, "
               "finished_at = ?1, (node, leased_at) = (SELECT node, leased_at FROM leases "
               "WHERE job = ?2) WHERE id = ?2 AND (SELECT epoch FROM leases WHERE job = ?2) = ?3"},
      save_result_{db, "INSERT INTO outputs (job, result) VALUES (?, ?) ON CONFLICT DO UPDATE "
                       "SET result = excluded.result"},
      save_error_{db, "INSERT INTO outputs (job, error) VALUES (?, ?) ON CONFLICT DO UPDATE "
                      "SET error = excluded.error"},
      find_counters_{db, "SELECT failures, losses, snoozes, deliveries, run_at, avoid FROM jobs "
                         "WHERE id = ?"},
      end_job_{db, "UPDATE jobs SET state = ?, failures = ?, losses = ?, snoozes = ?, "
                   "deliveries = ?, run_at = ?, avoid = ?, reason = ?, finished_at = ?, "
                   "leased_at = ?, node = ? WHERE id = ?"},
      insert_delivery_{db, "INSERT INTO history (job, epoch, attempt, node, leased_at, ended_at, "
                           "reason, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
      trim_history_{db, "DELETE FROM history WHERE job = ?1 AND id <= (SELECT id FROM history "
                        "WHERE job = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)"},
      copy_job_{db, std::string{"INSERT INTO jobs ("} + fresh_columns
                      + "id, queue, finished_at, leased_at, run_at, created_at, origin, "
                        "origin_queue, "
                      + kept_columns + ") SELECT " + fresh_values
                      + "?1, ?2, ?3, ?3, ?4, ?4, id, queue, " + kept_columns
                      + " FROM jobs WHERE id = ?5"},
      find_due_{db, "SELECT id, state FROM jobs INDEXED BY jobs_due WHERE queue = ? "
                    "AND (state = 1 OR state = 4) AND run_at <= ? ORDER BY run_at, id LIMIT ?"},
      make_ready_{db, "UPDATE jobs SET state = 2 WHERE id = ?"},
      find_state_{db, "SELECT queue, CASE WHEN EXISTS (SELECT 1 FROM leases WHERE job = id) "
                      "THEN 3 ELSE state END FROM jobs WHERE id = ?"},
      cancel_job_{db, "UPDATE jobs SET state = 7, reason = ?, finished_at = ? WHERE id = ?"},
      cancel_lease_{db, "UPDATE leases SET cancel = 1 WHERE job = ?"},
      revive_job_{db, "UPDATE jobs SET state = 2, reason = 0, finished_at = ?, run_at = ?, "
                      "failures = 0, losses = 0, snoozes = 0, deliveries = 0 WHERE id = ?"},
      read_ready_{db, select_ready("id = ?")},
      find_copies_{db, "SELECT id, origin_queue FROM jobs INDEXED BY jobs_copied WHERE queue = ? "
                       "AND origin IS NOT NULL AND state = 2 AND NOT EXISTS "
                       "(SELECT 1 FROM leases WHERE job = id) ORDER BY id LIMIT ?"},
      move_copy_{db, std::string{"INSERT INTO jobs ("} + fresh_columns
                       + "id, queue, finished_at, leased_at, run_at, created_at, " + kept_columns
                       + ") SELECT " + fresh_values + "?1, ?2, ?3, ?3, ?4, ?4, " + kept_columns
                       + " FROM jobs WHERE id = ?5"},
      delete_job_{db, "DELETE FROM jobs WHERE id = ?"},
      find_expired_{db, "SELECT id, state, tags FROM jobs INDEXED BY jobs_final WHERE queue = ? "
                        "AND state >= 5 AND finished_at < ? ORDER BY finished_at, id LIMIT ?"},
      pause_{db, "UPDATE queues SET paused = ? WHERE id = ?"},
      is_paused_{db, "SELECT paused FROM queues WHERE id = ?"} {}

void writer::finish() {
  for (const auto& [shard, next] : next_jobs_)
    query{save_next_job_}.with(shard).with(to_column(next)).run();
  next_jobs_.clear();
}

void writer::abandon() {
  next_jobs_.clear();
  queues_.forget();
  takers_.forget();
}

void writer::use_id(job_id id) {
  if (id == 0 || id >= job_id_max)
    throw storage_error{{errc::invalid_argument, "no job can have the id " + std::to_string(id)}};
  auto& next = next_jobs_[static_cast<std::uint32_t>(id >> shard_bits)];
  next = std::max(next, id + 1);
}

// -- taking over a shard -------------------------------------------------------------------------

shard_opened writer::open(const open_shard& request) {
  if (first_of(request.shard) >= job_id_max || request.shard > 0xffff)
    throw storage_error{{errc::invalid_argument,
                         "shard " + std::to_string(request.shard) + ": 0 to 32767 are possible"}};
  finish();
  const auto first = first_of(request.shard);
  const auto last = first_of(request.shard + 1) - 1;
  shard_opened answer;
  {
    query row{open_shard_};
    row.with(request.shard).with(to_column(first + 1)).next();
    answer.incarnation = row.as<std::uint64_t>(0);
    answer.next_job = row.as<job_id>(1);
  }
  query newest{newest_job_};
  newest.with(to_column(first)).with(to_column(last)).next();
  if (!newest.null(0))
    answer.next_job = std::max(answer.next_job, newest.as<job_id>(0) + 1);
  for (const auto& queue : request.queues)
    answer.queues.push_back(describe(queue));
  answer.leases = leases_of(request.shard);
  return answer;
}

std::vector<stored_lease> writer::leases_of(std::uint32_t shard) {
  std::vector<stored_lease> leases;
  query row{shard_leases_};
  row.with(to_column(first_of(shard))).with(to_column(first_of(shard + 1) - 1));
  while (row.next()) {
    stored_lease x;
    x.job = read_ready_job(row, nodes_);
    x.lease = {x.job.id, row.as<lease_epoch>(ready_column_count)};
    x.queue = queues_.name(row.integer(ready_column_count + 1));
    x.node = nodes_.name(row.integer(ready_column_count + 2));
    x.leased_at = row.time(ready_column_count + 3);
    x.worker = row.as<std::uint64_t>(ready_column_count + 4);
    x.cancel = row.integer(ready_column_count + 5) != 0;
    leases.push_back(std::move(x));
  }
  return leases;
}

stored_queue writer::describe(const std::string& queue) {
  const auto id = queues_.ensure(queue);
  stored_queue x;
  x.queue = queue;
  x.running = count(count_running_, id);
  x.ready = count(count_ready_, id) - x.running;
  query row{count_unusual_};
  row.with(id);
  while (row.next()) {
    const auto jobs = row.as<std::uint64_t>(1);
    switch (row.as<job_state>(0)) {
    case job_state::scheduled:
      x.scheduled = jobs;
      break;
    case job_state::retrying:
      x.retrying = jobs;
      break;
    case job_state::dead:
      x.dead = jobs;
      break;
    default:
      x.cancelled = jobs;
    }
  }
  x.succeeded = count(count_final_, id) - x.dead - x.cancelled;
  x.next_due = next_due(id);
  x.paused = count(is_paused_, id) != 0;
  return x;
}

std::uint64_t writer::count(SQLite::Statement& statement, std::int64_t queue) {
  query row{statement};
  row.with(queue).next();
  return row.as<std::uint64_t>(0);
}

timestamp writer::next_due(std::int64_t queue) {
  query row{next_due_};
  row.with(queue).next();
  return row.null(0) ? timestamp{} : row.time(0);
}

// -- a job's way ---------------------------------------------------------------------------------

void writer::insert(const insert_jobs& request) {
  const auto queue = queues_.ensure(request.queue);
  auto id = request.first;
  for (const auto& x : request.jobs)
    insert_one(id++, queue, request.now, x);
}

void writer::insert_one(job_id id, std::int64_t queue, timestamp now, const new_job& job) {
  use_id(id);
  const auto& options = job.options;
  const bool later = options.delay > milliseconds{0};
  // Most jobs have neither, and pay nothing for what they lack.
  const bool described = !job.tags.empty() || !job.trace_parent.empty();
  const auto tags = described ? tags_to_column(job.tags) : std::string{};
  query row{described ? insert_described_job_ : insert_job_};
  row.with(to_column(id))
    .with(queue)
    .with(static_cast<std::int64_t>(later ? job_state::scheduled : job_state::ready))
    .with(options.priority)
    .with(timestamp{})
    .with(now + options.delay)
    .with(timestamp{})
    .with(now)
    .with(options.delay.count())
    .with(options.max_attempts)
    .with(options.max_losses)
    .with(options.run_timeout.count())
    .with(options.progress_timeout.count())
    .with_bytes(job.payload);
  if (described)
    row.with_kept_text(tags).with_kept_text(job.trace_parent);
  row.run();
  tags_.add(id, tags);
}

std::string writer::tags_of(job_id id) {
  query row{find_tags_};
  row.with(to_column(id));
  return row.next() ? row.bytes(0) : std::string{};
}

leases_granted writer::grant(const grant_leases& request) {
  leases_granted answer;
  for (const auto& x : request.grants) {
    const bool granted = query{grant_}
                           .with(to_column(x.lease.epoch))
                           .with(takers_.taken_by(x.node, request.now))
                           .with(request.now)
                           .with(to_column(x.worker))
                           .with(to_column(x.lease.job))
                           .run()
                         == 1;
    if (!granted)
      answer.refused.push_back(x.lease);
  }
  return answer;
}

jobs_promoted writer::promote(const promote_jobs& request) {
  jobs_promoted answer;
  const auto queue = queues_.ensure(request.queue);
  std::vector<std::pair<job_id, job_state>> due;
  {
    query row{find_due_};
    row.with(queue).with(request.now).with(request.limit);
    while (row.next())
      due.emplace_back(row.as<job_id>(0), row.as<job_state>(1));
  }
  for (const auto& [id, before] : due) {
    query{make_ready_}.with(to_column(id)).run();
    auto& jobs = before == job_state::scheduled ? answer.scheduled : answer.retrying;
    jobs.push_back(read_ready(id));
  }
  answer.next_due = next_due(queue);
  return answer;
}

ready_job writer::read_ready(job_id id) {
  query row{read_ready_};
  row.with(to_column(id)).next();
  return read_ready_job(row, nodes_);
}

// -- what people ask for -------------------------------------------------------------------------

bool writer::find_for_update(job_id id, job_update& update) {
  query row{find_state_};
  row.with(to_column(id));
  if (!row.next()) {
    update.code = code(errc::unknown_job);
    return false;
  }
  update.queue = queues_.name(row.integer(0));
  update.before = row.as<job_state>(1);
  update.code = code(errc::wrong_state); // until it is done
  return true;
}

jobs_updated writer::cancel(const cancel_waiting& request) {
  jobs_updated answer;
  for (const auto id : request.ids) {
    auto& update = answer.updates.emplace_back();
    if (!find_for_update(id, update) || is_final(update.before))
      continue;
    if (update.before != job_state::running)
      query{cancel_job_}
        .with(static_cast<std::int64_t>(end_reason::cancelled))
        .with(request.now)
        .with(to_column(id))
        .run();
    else if (request.running)
      query{cancel_lease_}.with(to_column(id)).run();
    else
      continue;
    update.code = code(errc::none);
  }
  return answer;
}

jobs_updated writer::revive(const revive_jobs& request) {
  jobs_updated answer;
  for (const auto id : request.ids) {
    auto& update = answer.updates.emplace_back();
    if (!find_for_update(id, update)
        || (update.before != job_state::dead && update.before != job_state::cancelled))
      continue;
    query{revive_job_}.with(timestamp{}).with(request.now).with(to_column(id)).run();
    update.code = code(errc::none);
    update.job = read_ready(id);
  }
  return answer;
}

dead_letters_moved writer::move(const move_dead_letters& request) {
  dead_letters_moved answer;
  {
    query row{find_copies_};
    row.with(queues_.ensure(request.queue)).with(request.limit);
    while (row.next()) {
      auto& x = answer.jobs.emplace_back();
      x.copy = row.as<job_id>(0);
      x.queue = queues_.name(row.integer(1));
    }
  }
  auto id = request.first;
  for (auto& x : answer.jobs) {
    use_id(id);
    query{move_copy_}
      .with(to_column(id))
      .with(queues_.ensure(x.queue))
      .with(timestamp{})
      .with(request.now)
      .with(to_column(x.copy))
      .run();
    const auto tags = tags_of(x.copy);
    tags_.remove(x.copy, tags);
    tags_.add(id, tags);
    query{delete_job_}.with(to_column(x.copy)).run();
    x.job = read_ready(id++);
  }
  return answer;
}

jobs_purged writer::purge(const purge_jobs& request) {
  jobs_purged answer;
  std::vector<std::pair<job_id, std::string>> expired; // with its tags
  {
    query row{find_expired_};
    row.with(queues_.ensure(request.queue)).with(request.finished_before).with(request.limit);
    while (row.next()) {
      expired.emplace_back(row.as<job_id>(0), row.bytes(2));
      const auto state = row.as<job_state>(1);
      auto& counter = state == job_state::succeeded ? answer.succeeded
                      : state == job_state::dead    ? answer.dead
                                                    : answer.cancelled;
      ++counter;
    }
  }
  for (const auto& [id, tags] : expired) {
    tags_.remove(id, tags);
    query{delete_job_}.with(to_column(id)).run();
  }
  return answer;
}

void writer::pause(const pause_queue& request) {
  query{pause_}.with(std::int64_t{request.paused}).with(queues_.ensure(request.queue)).run();
}

} // namespace troupe::sqlite
