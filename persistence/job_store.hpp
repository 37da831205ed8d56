#pragma once
#include <functional>
#include <memory>

#include "messages/errors.hpp"
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
};

/// How sure a commit must be before it is answered.
enum class durability {
  process, ///< survives the death of the process
  machine, ///< survives a power cut: on disk, flushed
};

/// Reads what is committed, beside the writer. One thread at a time.
class job_reader {
public:
  virtual ~job_reader() = default;

  virtual result<ready_read> ready(const read_ready& request) = 0;
  virtual result<jobs_found> get(const get_jobs& request) = 0;
  virtual result<jobs_found> list(const list_jobs& request) = 0;
};

/// One database. One thread at a time; it is the only writer (whoever opens a second one on the
/// same database is refused).
class job_store {
public:
  virtual ~job_store() = default;

  /// Runs `work` in one transaction and commits it: all of it, or, with an error, nothing.
  virtual result<void> transact(durability wanted,
                                const std::function<void(job_transaction&)>& work)
    = 0;

  /// A reader of the same database, for another thread. It may outlive no store.
  virtual result<std::unique_ptr<job_reader>> open_reader() = 0;
};

/// Thrown inside a transaction only; `transact` turns it into a result.
struct storage_error {
  error why;
};

} // namespace troupe
