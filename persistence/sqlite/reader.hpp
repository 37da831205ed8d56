// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/job_finder.hpp"
#include "persistence/sqlite/names.hpp"
#include "persistence/sqlite/records_reader.hpp"
#include "persistence/sqlite/tokens.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

/// Reads beside the writer, on a connection of its own: SQLite's log gives each call one snapshot,
/// and neither waits for the other.
class reader final : public storage_reader {
public:
  explicit reader(const std::filesystem::path& path);

  result<ready_read> ready(const read_ready& request) override;
  result<jobs_found> get(const get_jobs& request) override;
  result<jobs_found> list(const list_jobs& request) override;

  result<collections_read> collections(const read_collections& request) override;
  result<shards_stored> shards(const read_shards& request) override;
  result<records_read> read(const read_records& request) override;
  result<records_queried> select(const query_records& request) override;
  result<changes_read> changes(const read_changes& request) override;

  result<tokens_read> tokens(const read_tokens& request) override;

private:
  template <class Read>
  auto in_one_snapshot(Read read) -> result<decltype(read())>;

  ready_read read_ready_jobs(const read_ready& request);
  /// With details, stops after the job with which the answer becomes too large.
  jobs_found read_jobs(const std::vector<job_id>& ids, bool details);
  std::vector<delivery> history_of(job_id id);

  std::filesystem::path path_;
  SQLite::Database database_;
  name_table queues_;
  name_table nodes_;
  records_reader records_;
  tokens_reader tokens_;
  job_finder jobs_;
  SQLite::Statement begin_;
  SQLite::Statement end_;
  SQLite::Statement ready_;
  SQLite::Statement job_;
  SQLite::Statement history_;
};

} // namespace troupe::sqlite
