#include "persistence/sqlite/reader.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <sqlite3.h>

#include "persistence/sqlite/rows.hpp"

namespace troupe::sqlite {

namespace {

constexpr const char* not_leased = " AND NOT EXISTS (SELECT 1 FROM leases WHERE job = jobs.id)";

// Of one answer with details: it is one message, and stands in memory as a whole.
constexpr std::size_t answer_bytes_max = 64 * 1024 * 1024;

std::size_t text_bytes(const std::vector<job>& jobs) {
  std::size_t bytes = 0;
  for (const auto& x : jobs)
    bytes += x.payload.size() + x.result.size() + x.error.size();
  return bytes;
}

bool has(const std::vector<job_state>& states, job_state x) {
  return std::find(states.begin(), states.end(), x) != states.end();
}

} // namespace

reader::reader(const std::filesystem::path& path)
    : path_{path},
      database_{path.string(), SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX},
      queues_{database_, "queues"},
      nodes_{database_, "nodes"},
      records_{database_},
      tokens_{database_},
      begin_{database_, "BEGIN"},
      end_{database_, "COMMIT"},
      ready_{database_, std::string{"SELECT "} + ready_columns
                          + " FROM jobs INDEXED BY jobs_ready WHERE queue = ? AND state = 2 "
                            "AND priority = ? AND id > ?"
                          + not_leased + " ORDER BY id"},
      job_{database_, std::string{select_job} + " WHERE jobs.id = ?2"},
      history_{database_, "SELECT epoch, attempt, node, leased_at, ended_at, reason, error "
                          "FROM history WHERE job = ? ORDER BY id"},
      all_queues_{database_, "SELECT id FROM queues"},
      list_walking_{database_, "SELECT id FROM jobs WHERE id < ?1 AND (?2 = 0 OR queue = ?2) "
                               "AND (?3 >> CASE WHEN state = 2 AND EXISTS (SELECT 1 FROM leases "
                               "WHERE job = id) THEN 3 ELSE state END) & 1 "
                               "ORDER BY id DESC LIMIT ?4"},
      list_ready_{database_,
                  std::string{"SELECT id FROM jobs INDEXED BY jobs_ready WHERE queue = ? "
                              "AND state = 2 AND priority = ? AND id < ?"}
                    + not_leased + " ORDER BY id DESC LIMIT ?"},
      list_running_{database_, "SELECT id FROM leases CROSS JOIN jobs ON id = job "
                               "WHERE queue = ? AND job < ? ORDER BY job DESC LIMIT ?"},
      list_unusual_{database_, "SELECT id FROM jobs INDEXED BY jobs_unusual WHERE queue = ? "
                               "AND state = ? AND state <> 2 AND state <> 5 AND id < ? "
                               "ORDER BY id DESC LIMIT ?"} {
  database_.exec("PRAGMA query_only = ON");
}

template <class Read>
auto reader::in_one_snapshot(Read read) -> result<decltype(read())> {
  try {
    query{begin_}.run();
    auto answer = read();
    query{end_}.run();
    return answer;
  } catch (const SQLite::Exception& e) {
    auto why = describe_failure(path_, e, sqlite3_system_errno(database_.getHandle()));
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
  return in_one_snapshot([&] { return read_jobs(find_listed(request), false); });
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

std::vector<job_id> reader::find_listed(const list_jobs& request) {
  std::vector<job_id> ids;
  const auto take_from = [&ids](query& row) {
    while (row.next())
      ids.push_back(row.as<job_id>(0));
  };
  const auto queue = queues_.find(request.queue);
  if (!request.queue.empty() && queue == 0)
    return ids;
  const auto before
    = request.before == 0 ? std::numeric_limits<std::int64_t>::max() : to_column(request.before);
  const std::int64_t limit = request.limit;
  if (request.states.empty() || has(request.states, job_state::succeeded)) {
    std::int64_t wanted = 0; // a bit for each state
    for (const auto state : request.states)
      wanted |= std::int64_t{1} << static_cast<int>(state);
    query row{list_walking_};
    row.with(before).with(queue).with(request.states.empty() ? -1 : wanted).with(limit);
    take_from(row);
    return ids;
  }
  std::vector<std::int64_t> queues{queue};
  if (queue == 0) {
    queues.clear();
    query row{all_queues_};
    while (row.next())
      queues.push_back(row.integer(0));
  }
  for (const auto each : queues) {
    for (const auto state :
         {job_state::scheduled, job_state::retrying, job_state::dead, job_state::cancelled}) {
      if (!has(request.states, state))
        continue;
      query row{list_unusual_};
      row.with(each).with(static_cast<std::int64_t>(state)).with(before).with(limit);
      take_from(row);
    }
    for (int priority = 0;
         has(request.states, job_state::ready) && priority <= limits::priority_max; ++priority) {
      query row{list_ready_};
      row.with(each).with(priority).with(before).with(limit);
      take_from(row);
    }
    if (has(request.states, job_state::running)) {
      query row{list_running_};
      row.with(each).with(before).with(limit);
      take_from(row);
    }
  }
  std::sort(ids.begin(), ids.end(), std::greater<>{});
  ids.resize(std::min<std::size_t>(ids.size(), request.limit));
  return ids;
}

} // namespace troupe::sqlite
