// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "messages/requests.hpp"
#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/names.hpp"

namespace troupe::sqlite {

/// Finds the jobs of a listing, newest first, on a connection whose transaction the caller has
/// begun.
///
/// What it costs: scheduled, retrying, dead and cancelled jobs have an index by queue and state,
/// ready ones by queue and priority, running ones are the leases: for these states it reads as many
/// rows of each as it may have to show. A listing by a tag walks over the jobs with that tag. One
/// with succeeded jobs, or of all states, walks back from the newest job over all that it does not
/// show: some millions of rows a second. A search for a text takes jobs of such a listing, and
/// reads the payloads and errors of at most so many as `persistence/job_search.hpp` says.
class job_finder {
public:
  /// `queues` must live as long as this.
  job_finder(const SQLite::Database& database, name_table& queues);

  struct found {
    std::vector<job_id> ids;
    job_id next = 0; ///< as in `jobs_found`
  };

  found find(const list_jobs& request);

private:
  /// The newest, whatever their texts.
  std::vector<job_id> candidates(const list_jobs& request, std::size_t count);
  /// `queues`: of which; empty: of all.
  std::vector<job_id> walk(SQLite::Statement& statement, const list_jobs& request,
                           const std::vector<std::int64_t>& queues, std::int64_t count);
  std::vector<job_id> by_state(const list_jobs& request, std::vector<std::int64_t> queues,
                               std::int64_t count);
  found search(const list_jobs& request, const std::vector<job_id>& ids);

  name_table& queues_;
  SQLite::Statement all_queues_;
  SQLite::Statement walking_;
  SQLite::Statement tagged_;
  SQLite::Statement ready_;
  SQLite::Statement running_;
  SQLite::Statement unusual_;
  SQLite::Statement texts_;
};

} // namespace troupe::sqlite
