// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/reader.hpp"

#include <sqlite3.h>

#include "persistence/sqlite/rows.hpp"
#include "persistence/sqlite/search_rank.hpp"
#include "persistence/sqlite/text_functions.hpp"

namespace troupe::sqlite {

namespace {

// Of one answer with details: it is one message, and stands in memory as a whole.
constexpr std::size_t answer_bytes_max = 64 * 1024 * 1024;

// Between two looks at whether a read is over: a fraction of a millisecond of most statements.
constexpr int steps_between_looks = 1000;

error too_costly() {
  return {errc::too_costly, "the read took longer than it may; ask for less at once, or declare an "
                            "index on what it filters or sorts by"};
}

std::size_t text_bytes(const std::vector<job>& jobs) {
  std::size_t bytes = 0;
  for (const auto& x : jobs)
    bytes += x.payload.size() + x.result.size() + x.error.size();
  return bytes;
}

} // namespace

reader::reader(const std::filesystem::path& path)
    : path_{path},
      database_{path.string(), SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX},
      queues_{database_, "queues"},
      nodes_{database_, "nodes"},
      records_{database_},
      tokens_{database_},
      jobs_{database_, queues_},
      begin_{database_, "BEGIN"},
      end_{database_, "COMMIT"},
      ready_{database_, std::string{"SELECT "} + ready_columns
                          + " FROM jobs INDEXED BY jobs_ready WHERE queue = ? AND state = 2 "
                            "AND priority = ? AND id > ?"
                          + not_leased + " ORDER BY id"},
      job_{database_, std::string{select_job} + " WHERE jobs.id = ?2"},
      history_{database_, "SELECT epoch, attempt, node, leased_at, ended_at, reason, error "
                          "FROM history WHERE job = ? ORDER BY id"} {
  database_.exec("PRAGMA query_only = ON");
  sqlite3_progress_handler(
    database_.getHandle(), steps_between_looks,
    [](void* self) { return static_cast<const reader*>(self)->is_over() ? 1 : 0; }, this);
  add_search_score(database_);
  add_text_functions(database_);
}

template <class Read>
auto reader::in_one_snapshot(Read read) -> result<decltype(read())> {
  try {
    query{begin_}.run();
    auto answer = read();
    query{end_}.run();
    return answer;
  } catch (const SQLite::Exception& e) {
    auto why = (e.getErrorCode() & 0xff) == SQLITE_INTERRUPT
                 ? too_costly()
                 : describe_failure(path_, e, sqlite3_system_errno(database_.getHandle()));
    database_.tryExec("ROLLBACK");
    return tl::unexpected{std::move(why)};
  } catch (const storage_error& e) {
    database_.tryExec("ROLLBACK");
    return tl::unexpected{e.why};
  }
}

result<collections_read> reader::collections(const read_collections&) {
  return in_one_snapshot([&] { return records_.collections(); });
}

result<shards_stored> reader::shards(const read_shards&) {
  return in_one_snapshot([&] { return records_.shards(); });
}

result<records_read> reader::read(const read_records& request) {
  return in_one_snapshot([&] { return records_.read(request); });
}

result<records_queried> reader::select(const query_records& request) {
  return in_one_snapshot([&] { return records_.select(request); });
}

result<changes_read> reader::changes(const read_changes& request) {
  return in_one_snapshot([&] { return records_.changes(request); });
}

result<tokens_read> reader::tokens(const read_tokens& request) {
  return in_one_snapshot([&] { return tokens_.read(request); });
}

result<ready_read> reader::ready(const read_ready& request) {
  return in_one_snapshot([&] { return read_ready_jobs(request); });
}

result<jobs_found> reader::get(const get_jobs& request) {
  auto answer = in_one_snapshot([&] { return read_jobs(request.ids, request.details); });
  if (answer && text_bytes(answer->jobs) > answer_bytes_max)
    return failure(errc::batch_too_large,
                   "these " + std::to_string(request.ids.size()) + " jobs have more than "
                     + std::to_string(answer_bytes_max)
                     + " bytes of payloads and results; ask for fewer at once, or without details");
  return answer;
}

result<jobs_found> reader::list(const list_jobs& request) {
  return in_one_snapshot([&] {
    const auto listed = jobs_.find(request);
    auto answer = read_jobs(listed.ids, false);
    answer.next = listed.next;
    return answer;
  });
}

ready_read reader::read_ready_jobs(const read_ready& request) {
  ready_read answer;
  const auto queue = queues_.find(request.queue);
  auto after = request.after;
  std::uint64_t bytes = 0;
  for (int priority = request.priority; priority >= 0; --priority) {
    query row{ready_};
    row.with(queue).with(priority).with(to_column(after));
    while (row.next()) {
      if (answer.jobs.size() >= request.limit)
        return answer;
      auto job = read_ready_job(row, nodes_);
      bytes += job.payload.size();
      if (bytes > request.bytes_max && !answer.jobs.empty())
        return answer;
      answer.jobs.push_back(std::move(job));
    }
    after = 0; // of the next lower priority, all
  }
  answer.end = true;
  return answer;
}

jobs_found reader::read_jobs(const std::vector<job_id>& ids, bool details) {
  jobs_found answer;
  std::size_t bytes = 0;
  for (const auto id : ids) {
    query row{job_};
    row.with(details ? 1 : 0).with(to_column(id));
    if (!row.next())
      continue;
    auto& found = answer.jobs.emplace_back(read_job(row, queues_, nodes_));
    if (!details)
      continue;
    found.history = history_of(id);
    bytes += found.payload.size() + found.result.size() + found.error.size();
    if (bytes > answer_bytes_max)
      break;
  }
  return answer;
}

std::vector<delivery> reader::history_of(job_id id) {
  std::vector<delivery> history;
  query row{history_};
  row.with(to_column(id));
  while (row.next()) {
    auto& x = history.emplace_back();
    x.epoch = row.as<lease_epoch>(0);
    x.attempt = row.as<std::uint32_t>(1);
    x.node = nodes_.name(row.integer(2));
    x.leased_at = row.time(3);
    x.ended_at = row.time(4);
    x.reason = row.as<end_reason>(5);
    x.error = row.bytes(6);
  }
  return history;
}

} // namespace troupe::sqlite
