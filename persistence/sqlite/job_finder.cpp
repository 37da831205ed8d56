// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/job_finder.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

#include "messages/limits.hpp"
#include "persistence/job_search.hpp"
#include "persistence/sqlite/rows.hpp"

namespace troupe::sqlite {

namespace {

bool has(const std::vector<job_state>& states, job_state x) {
  return std::find(states.begin(), states.end(), x) != states.end();
}

/// Only the ASCII letters, whatever the locale: a payload may be any bytes.
constexpr char lower(char x) noexcept {
  return x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x;
}

/// Looks for one text in many, in a time that grows with their lengths only (`memmem` searches two
/// ways), whatever the texts are made of.
class text_search {
public:
  explicit text_search(std::string_view wanted) : wanted_{wanted} { to_lower(wanted_); }

  bool is_in(std::string_view text) {
    lowered_.assign(text);
    to_lower(lowered_);
    return memmem(lowered_.data(), lowered_.size(), wanted_.data(), wanted_.size()) != nullptr;
  }

private:
  static void to_lower(std::string& text) {
    std::transform(text.begin(), text.end(), text.begin(), lower);
  }

  std::string wanted_;
  std::string lowered_; // kept for its memory
};

std::int64_t id_below(job_id before) {
  constexpr auto all = std::numeric_limits<std::int64_t>::max();
  return before == 0 || before > job_id{all} ? all : to_column(before);
}

// Parameters: 1 ids below, 2 queue, 0 for all, -1 for several, 3 a bit for each state, 4 how many,
// 5 the several queues, each between commas.
std::string walking(const std::string& from, const std::string& id) {
  return "SELECT id FROM " + from + " WHERE " + id
         + " < ?1 AND (?2 = 0 OR queue = ?2 OR (?2 < 0 AND instr(?5, ',' || queue || ','))) AND "
           "(?3 >> CASE WHEN state = 2 AND EXISTS (SELECT 1 "
           "FROM leases WHERE job = id) THEN 3 ELSE state END) & 1 ";
}

} // namespace

job_finder::job_finder(const SQLite::Database& db, name_table& queues)
    : queues_{queues},
      all_queues_{db, "SELECT id FROM queues"},
      walking_{db, walking("jobs", "id") + "ORDER BY id DESC LIMIT ?4"},
      tagged_{db, walking("job_tags CROSS JOIN jobs ON jobs.id = job_tags.job", "job_tags.job")
                    + "AND tag = ?6 ORDER BY job_tags.job DESC LIMIT ?4"},
      ready_{db, std::string{"SELECT id FROM jobs INDEXED BY jobs_ready WHERE queue = ? "
                             "AND state = 2 AND priority = ? AND id < ?"}
                   + not_leased + " ORDER BY id DESC LIMIT ?"},
      running_{db, "SELECT id FROM leases CROSS JOIN jobs ON id = job "
                   "WHERE queue = ? AND job < ? ORDER BY job DESC LIMIT ?"},
      unusual_{db, "SELECT id FROM jobs INDEXED BY jobs_unusual WHERE queue = ? "
                   "AND state = ? AND state <> 2 AND state <> 5 AND id < ? "
                   "ORDER BY id DESC LIMIT ?"},
      texts_{db, "SELECT payload, error FROM jobs LEFT JOIN outputs ON outputs.job = jobs.id "
                 "WHERE jobs.id = ?"} {}

job_finder::found job_finder::find(const list_jobs& request) {
  if (request.limit == 0)
    return {};
  // One more than can be shown tells whether there is more.
  if (!request.text.empty())
    return search(request, candidates(request, limits::job_search_max + 1));
  found answer{candidates(request, std::size_t{request.limit} + 1), 0};
  if (answer.ids.size() > request.limit) {
    answer.ids.pop_back();
    answer.next = answer.ids.back();
  }
  return answer;
}

job_finder::found job_finder::search(const list_jobs& request, const std::vector<job_id>& ids) {
  found answer;
  text_search wanted{request.text};
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i == limits::job_search_max || bytes >= job_search_bytes_max
        || answer.ids.size() == request.limit) {
      answer.next = ids[i - 1];
      break;
    }
    query row{texts_};
    row.with(to_column(ids[i])).next();
    const auto payload = row.bytes_in_place(0);
    const auto error = row.bytes_in_place(1);
    bytes += payload.size() + error.size();
    if (wanted.is_in(payload) || wanted.is_in(error))
      answer.ids.push_back(ids[i]);
  }
  return answer;
}

std::vector<job_id> job_finder::candidates(const list_jobs& request, std::size_t count) {
  std::vector<std::int64_t> queues;
  for (const auto& x : request.queue.empty() ? request.queues : std::vector{request.queue})
    if (const auto queue = queues_.find(x); queue != 0)
      queues.push_back(queue);
  if (queues.empty() && !(request.queue.empty() && request.queues.empty()))
    return {};
  const auto most = static_cast<std::int64_t>(count);
  if (!request.tag.empty())
    return walk(tagged_, request, queues, most);
  if (request.states.empty() || has(request.states, job_state::succeeded))
    return walk(walking_, request, queues, most);
  return by_state(request, std::move(queues), most);
}

std::vector<job_id> job_finder::walk(SQLite::Statement& statement, const list_jobs& request,
                                     const std::vector<std::int64_t>& queues, std::int64_t count) {
  std::string several = ",";
  for (const auto x : queues)
    several += std::to_string(x) + ",";
  const auto one = queues.empty() ? 0 : queues.size() == 1 ? queues[0] : -1;
  std::int64_t wanted = request.states.empty() ? -1 : 0;
  for (const auto state : request.states)
    wanted |= std::int64_t{1} << static_cast<int>(state);
  query row{statement};
  row.with(id_below(request.before)).with(one).with(wanted).with(count).with_kept_text(several);
  if (!request.tag.empty())
    row.with_kept_text(request.tag);
  std::vector<job_id> ids;
  while (row.next())
    ids.push_back(row.as<job_id>(0));
  return ids;
}

std::vector<job_id> job_finder::by_state(const list_jobs& request, std::vector<std::int64_t> queues,
                                         std::int64_t count) {
  std::vector<job_id> ids;
  const auto take_from = [&ids](query& row) {
    while (row.next())
      ids.push_back(row.as<job_id>(0));
  };
  if (queues.empty()) {
    query row{all_queues_};
    while (row.next())
      queues.push_back(row.integer(0));
  }
  const auto before = id_below(request.before);
  for (const auto each : queues) {
    for (const auto state :
         {job_state::scheduled, job_state::retrying, job_state::dead, job_state::cancelled}) {
      if (!has(request.states, state))
        continue;
      query row{unusual_};
      row.with(each).with(static_cast<std::int64_t>(state)).with(before).with(count);
      take_from(row);
    }
    for (int priority = 0;
         has(request.states, job_state::ready) && priority <= limits::priority_max; ++priority) {
      query row{ready_};
      row.with(each).with(priority).with(before).with(count);
      take_from(row);
    }
    if (has(request.states, job_state::running)) {
      query row{running_};
      row.with(each).with(before).with(count);
      take_from(row);
    }
  }
  std::sort(ids.begin(), ids.end(), std::greater<>{});
  ids.resize(std::min(ids.size(), static_cast<std::size_t>(count)));
  return ids;
}

} // namespace troupe::sqlite
