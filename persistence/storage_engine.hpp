// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "messages/access.hpp"
#include "messages/errors.hpp"
#include "messages/record_storage.hpp"
#include "messages/requests.hpp"
#include "messages/storage.hpp"

/// The storage port: what the actors need of a database, batch first. Engines: `sqlite/`. The
/// contract suite in tests/contract says the same in checks, and every engine must pass it.
namespace troupe {

/// The changes of one transaction. Each call does a whole batch and refuses single items without
/// failing the others. A call that throws `storage_error` ends the transaction.
class job_transaction {
public:
  virtual ~job_transaction() = default;

  virtual shard_opened open(const open_shard& request) = 0;
  virtual void insert(const insert_jobs& request) = 0;
  virtual leases_granted grant(const grant_leases& request) = 0;
  virtual leases_ended end(const end_leases& request) = 0;
  virtual jobs_promoted promote(const promote_jobs& request) = 0;
  virtual jobs_updated cancel(const cancel_waiting& request) = 0;
  virtual jobs_updated revive(const revive_jobs& request) = 0;
  virtual dead_letters_moved move(const move_dead_letters& request) = 0;
  virtual jobs_purged purge(const purge_jobs& request) = 0;
  virtual void pause(const pause_queue& request) = 0;
};

/// The same for records. A request is judged as a whole where its type says so; a refused one
/// changes nothing, and does not fail the others of the transaction.
class record_transaction {
public:
  virtual ~record_transaction() = default;

  virtual void declare(const declare_collections& request) = 0;
  virtual shards_stored claim(const claim_shards& request) = 0;
  virtual records_written write(const write_records& request) = 0;
  virtual records_trimmed trim(const trim_records& request) = 0;
};

/// The same for tokens.
class token_transaction {
public:
  virtual ~token_transaction() = default;

  virtual token_changed create(const create_token& request) = 0;
  virtual token_changed revoke(const revoke_token& request) = 0;
};

/// All parts, and what touches several.
class storage_transaction : public job_transaction,
                            public record_transaction,
                            public token_transaction {
public:
  virtual step_stored commit(const store_step& step) = 0;
};

/// How sure a commit must be before it is answered.
enum class durability {
  process, ///< survives the death of the process
  machine, ///< survives a power cut: on disk, flushed
};

/// Reads jobs that are committed.
class job_reader {
public:
  virtual ~job_reader() = default;

  virtual result<ready_read> ready(const read_ready& request) = 0;
  virtual result<jobs_found> get(const get_jobs& request) = 0;
  virtual result<jobs_found> list(const list_jobs& request) = 0;
};

/// Reads records that are committed. Each call sees one snapshot, with everything that was
/// acknowledged before it.
class record_reader {
public:
  virtual ~record_reader() = default;

  virtual result<collections_read> collections(const read_collections& request) = 0;
  virtual result<shards_stored> shards(const read_shards& request) = 0;
  virtual result<records_read> read(const read_records& request) = 0;
  virtual result<records_queried> select(const query_records& request) = 0;
  virtual result<changes_read> changes(const read_changes& request) = 0;
};

/// Reads tokens that are committed.
class token_reader {
public:
  virtual ~token_reader() = default;

  virtual result<tokens_read> tokens(const read_tokens& request) = 0;
};

/// Reads beside the writer. One thread at a time.
class storage_reader : public job_reader, public record_reader, public token_reader {
public:
  /// During each read, `over` is asked every now and then, on the reader's thread; when it says so,
  /// the read ends with `too_costly`.
  void end_when(std::function<bool()> over) { over_ = std::move(over); }

protected:
  bool is_over() const { return over_ && over_(); }

private:
  std::function<bool()> over_;
};

/// What a failed transaction leaves behind, and so what may be done next.
enum class failure_kind : std::uint8_t {
  refused, ///< nothing was stored: one of the changes cannot be, without which the others may be
  again,   ///< nothing was stored, for no change's sake: the same ones may be tried again
  engine,  ///< nothing was stored, and nothing else would be now
  unknown, ///< perhaps it was stored
};

constexpr failure_kind kind_of(const error& why) noexcept {
  switch (why.code) {
  case errc::overloaded:
    return failure_kind::again;
  case errc::storage_failed:
  case errc::storage_full:
  case errc::storage_corrupt:
    return failure_kind::engine;
  case errc::timed_out:
    return failure_kind::unknown;
  default:
    return failure_kind::refused;
  }
}

/// One database. One thread at a time; it is the only writer (whoever opens a second one on the
/// same database is refused).
class storage_engine {
public:
  virtual ~storage_engine() = default;

  /// Runs `work` in one transaction and commits it: all of it, or, with an error, nothing, unless
  /// the error is `timed_out`: see `kind_of`.
  virtual result<void> transact(durability wanted,
                                const std::function<void(storage_transaction&)>& work)
    = 0;

  /// A reader of the same database, for another thread. It may outlive no store.
  virtual result<std::unique_ptr<storage_reader>> open_reader() = 0;
};

/// Thrown inside a transaction only; `transact` turns it into a result.
struct storage_error {
  error why;
};

/// Ends the transaction: what it was asked for cannot be, whatever the state of the store.
[[noreturn]] inline void refuse(const std::string& why) {
  throw storage_error{{errc::invalid_argument, why}};
}

} // namespace troupe
