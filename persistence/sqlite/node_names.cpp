// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/node_names.hpp"

#include "messages/limits.hpp"

namespace troupe::sqlite {

namespace {

// How exactly it is known when a name was seen last: each time is a write.
constexpr std::chrono::hours exactness{1};

// Names that go with each new one at most: more than come.
constexpr std::int64_t removed_at_once = 10;

constexpr std::size_t noted_max = 10'000;

} // namespace

node_names::node_names(const SQLite::Database& db, name_table& names)
    : names_{names},
      note_{db, "UPDATE nodes SET seen_at = ? WHERE id = ?"},
      count_{db, "SELECT count(*) FROM nodes INDEXED BY nodes_seen WHERE name GLOB 'pull/*'"},
      // The largest number stays, because the next one is above it.
      remove_{db, "DELETE FROM nodes WHERE id IN (SELECT id FROM nodes INDEXED BY nodes_seen "
                  "WHERE name GLOB 'pull/*' AND seen_at < ? "
                  "AND id <> (SELECT max(id) FROM nodes) "
                  "AND id NOT IN (SELECT node FROM leases) "
                  "ORDER BY seen_at LIMIT ?)"} {}

std::int64_t node_names::taken_by(const std::string& name, timestamp now) {
  if (!name.starts_with("pull/"))
    return names_.ensure(name);
  const bool fresh = names_.find(name) == 0;
  if (fresh)
    forget_old(now);
  const auto id = names_.ensure(name);
  const auto noted = noted_.find(id);
  if (noted != noted_.end() && now - noted->second < exactness)
    return id;
  if (noted_.size() >= noted_max)
    noted_.clear();
  noted_[id] = now;
  query{note_}.with(now).with(id).run();
  return id;
}

void node_names::forget_old(timestamp now) {
  query count{count_};
  count.next();
  const bool full = count.integer(0) >= static_cast<std::int64_t>(limits::pull_names_max);
  const auto before = full ? now : now - std::chrono::hours{24} * limits::pull_name_days;
  if (query{remove_}.with(before).with(removed_at_once).run() > 0)
    forget();
}

void node_names::forget() {
  names_.forget();
  noted_.clear();
}

} // namespace troupe::sqlite
