// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "messages/job.hpp"
#include "persistence/sqlite/connection.hpp"

namespace troupe::sqlite {

/// The tags of a job as its row has them: in order, each once, a line each; empty if there are
/// none. Refuses (`invalid_argument`) a tag that is empty or has a line end.
std::string tags_to_column(std::vector<std::string> tags);

/// Finds jobs by their tags: the table `job_tags`. Its rows come and go with their jobs, which is
/// for the caller to see to, in the same transaction.
class tag_index {
public:
  explicit tag_index(const SQLite::Database& database);

  /// `tags` as in the job's row.
  void add(job_id id, std::string_view tags);
  void remove(job_id id, std::string_view tags);

private:
  SQLite::Statement insert_;
  SQLite::Statement delete_;
};

} // namespace troupe::sqlite
