// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <vector>

#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/names.hpp"
#include "persistence/sqlite/node_names.hpp"
#include "persistence/sqlite/tag_index.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

/// The changes of jobs, as prepared statements on the writing connection. Lives as long as that.
class writer final : public job_transaction {
public:
  explicit writer(const SQLite::Database& database);

  shard_opened open(const open_shard& request) override;
  void insert(const insert_jobs& request) override;
  leases_granted grant(const grant_leases& request) override;
  leases_ended end(const end_leases& request) override;
  jobs_promoted promote(const promote_jobs& request) override;
  jobs_updated cancel(const cancel_waiting& request) override;
  jobs_updated revive(const revive_jobs& request) override;
  dead_letters_moved move(const move_dead_letters& request) override;
  jobs_purged purge(const purge_jobs& request) override;
  void pause(const pause_queue& request) override;

  /// True if the lease is its job's current one.
  bool is_current(const lease_key& lease);

  /// Writes what is kept back until the end of a transaction. Call before each commit.
  void finish();

  /// Forgets what the transaction that was rolled back had learnt.
  void abandon();

private:
  struct held_lease {
    std::int64_t node = 0;
    timestamp leased_at{};
    bool cancel = false;
  };

  void use_id(job_id id);
  void insert_one(job_id id, std::int64_t queue, timestamp now, const new_job& job);
  /// As its row has them.
  std::string tags_of(job_id id);
  std::vector<stored_lease> leases_of(std::uint32_t shard);
  stored_queue describe(const std::string& queue);
  std::uint64_t count(SQLite::Statement& statement, std::int64_t queue);
  timestamp next_due(std::int64_t queue);

  // These two change nothing, and return false, when the lease is not the job's current one. The
  // second one says in `cancelled` if the job was cancelled instead.
  bool end_succeeded(const lease_end& end, timestamp now);
  bool end_otherwise(lease_end end, timestamp now, std::vector<lease_key>& cancelled);
  void remember_delivery(const lease_end& end, const held_lease& held, std::uint32_t attempt,
                         timestamp now);
  void copy_dead_letter(const lease_end& end, timestamp now);

  /// Finds the job an update names; false: the answer is complete.
  bool find_for_update(job_id id, job_update& update);
  ready_job read_ready(job_id id);

  name_table queues_;
  name_table nodes_;
  node_names takers_;
  tag_index tags_;
  std::map<std::uint32_t, job_id> next_jobs_; // by shard: to be written at the end

  SQLite::Statement save_next_job_;
  SQLite::Statement open_shard_;
  SQLite::Statement newest_job_;
  SQLite::Statement shard_leases_;
  SQLite::Statement count_ready_;
  SQLite::Statement count_running_;
  SQLite::Statement count_final_;
  SQLite::Statement count_unusual_;
  SQLite::Statement next_due_;
  SQLite::Statement insert_job_;
  SQLite::Statement insert_described_job_;
  SQLite::Statement find_tags_;
  SQLite::Statement grant_;
  SQLite::Statement find_lease_;
  SQLite::Statement delete_lease_;
  SQLite::Statement succeed_;
  SQLite::Statement save_result_;
  SQLite::Statement save_error_;
  SQLite::Statement find_counters_;
  SQLite::Statement end_job_;
  SQLite::Statement insert_delivery_;
  SQLite::Statement trim_history_;
  SQLite::Statement copy_job_;
  SQLite::Statement find_due_;
  SQLite::Statement make_ready_;
  SQLite::Statement find_state_;
  SQLite::Statement cancel_job_;
  SQLite::Statement cancel_lease_;
  SQLite::Statement revive_job_;
  SQLite::Statement read_ready_;
  SQLite::Statement find_copies_;
  SQLite::Statement move_copy_;
  SQLite::Statement delete_job_;
  SQLite::Statement find_expired_;
  SQLite::Statement pause_;
  SQLite::Statement is_paused_;
};

} // namespace troupe::sqlite
