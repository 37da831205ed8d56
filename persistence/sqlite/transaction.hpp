// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "persistence/sqlite/records_writer.hpp"
#include "persistence/sqlite/tokens.hpp"
#include "persistence/sqlite/writer.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

/// All parts of the changes, on one connection, and what touches several.
class transaction final : public storage_transaction {
public:
  explicit transaction(SQLite::Database& database)
      : jobs_{database},
        records_{database},
        tokens_{database} {}

  shard_opened open(const open_shard& x) override { return jobs_.open(x); }
  void insert(const insert_jobs& x) override { jobs_.insert(x); }
  leases_granted grant(const grant_leases& x) override { return jobs_.grant(x); }
  leases_ended end(const end_leases& x) override { return jobs_.end(x); }
  jobs_promoted promote(const promote_jobs& x) override { return jobs_.promote(x); }
  jobs_updated cancel(const cancel_waiting& x) override { return jobs_.cancel(x); }
  jobs_updated revive(const revive_jobs& x) override { return jobs_.revive(x); }
  dead_letters_moved move(const move_dead_letters& x) override { return jobs_.move(x); }
  jobs_purged purge(const purge_jobs& x) override { return jobs_.purge(x); }
  void pause(const pause_queue& x) override { jobs_.pause(x); }

  void declare(const declare_collections& x) override { records_.declare(x); }
  shards_stored claim(const claim_shards& x) override { return records_.claim(x); }
  records_written write(const write_records& x) override { return write(x, x.now); }
  records_trimmed trim(const trim_records& x) override { return records_.trim(x); }
  step_stored commit(const store_step& step) override;

  token_changed create(const create_token& x) override { return tokens_.create(x); }
  token_changed revoke(const revoke_token& x) override { return tokens_.revoke(x); }

  /// Writes what is kept back until the end of a transaction. Call before each commit.
  void finish();

  /// How many changes of records there were; nothing if that is not known, because none was made.
  std::optional<std::uint64_t> changes() const { return records_.changes(); }

  /// Forgets what the transaction that was rolled back had learnt.
  void abandon();

private:
  records_written write(const write_records& request, timestamp now);

  writer jobs_;
  records_writer records_;
  tokens_writer tokens_;
};

} // namespace troupe::sqlite
