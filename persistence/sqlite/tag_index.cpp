// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/tag_index.hpp"

#include <algorithm>

#include "persistence/sqlite/lines.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

std::string tags_to_column(std::vector<std::string> tags) {
  for (const auto& x : tags)
    if (x.empty() || x.find('\n') != std::string::npos)
      throw storage_error{{errc::invalid_argument, "a tag is empty, or has more than one line"}};
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return join_lines(tags);
}

tag_index::tag_index(const SQLite::Database& db)
    : insert_{db, "INSERT INTO job_tags VALUES (?, ?)"},
      delete_{db, "DELETE FROM job_tags WHERE tag = ? AND job = ?"} {}

void tag_index::add(job_id id, std::string_view tags) {
  for (const auto& x : split_lines(tags))
    query{insert_}.with_kept_text(x).with(to_column(id)).run();
}

void tag_index::remove(job_id id, std::string_view tags) {
  for (const auto& x : split_lines(tags))
    query{delete_}.with_kept_text(x).with(to_column(id)).run();
}

} // namespace troupe::sqlite
