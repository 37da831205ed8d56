// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/sqlite_store.hpp"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sqlite3.h>
#include <system_error>
#include <unistd.h>

#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/file_lock.hpp"
#include "persistence/sqlite/history_mark.hpp"
#include "persistence/sqlite/reader.hpp"
#include "persistence/sqlite/schema.hpp"
#include "persistence/sqlite/transaction.hpp"

namespace troupe {

namespace {

using namespace sqlite;

// Somebody may hold the lock with SQLite's own shell for a moment; nobody else can.
constexpr int busy_timeout_ms = 5000;

// Must be set before the first table, and before the log is turned on.
constexpr const char* pragmas_of_new_file = "PRAGMA page_size = 4096";

constexpr const char* pragmas = R"sql(
PRAGMA foreign_keys = ON;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -65536;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 67108864;
)sql";

// SQLite counts its memory under a process-wide lock: a tenth of the time of a small statement.
// Has no effect, and does no harm, when the process has used SQLite before.
void stop_counting_memory() {
  static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)done;
}

class sqlite_store final : public storage_engine {
public:
  sqlite_store(file_lock lock, std::filesystem::path path)
      : lock_{std::move(lock)},
        path_{std::move(path)},
        database_{path_.string(),
                  SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
                  busy_timeout_ms},
        mark_{path_.string() + ".mark"} {}

  /// Checks and prepares the database. Call once, first.
  result<void> prepare();

  result<void> transact(durability wanted,
                        const std::function<void(storage_transaction&)>& work) override;
  result<std::unique_ptr<storage_reader>> open_reader() override;

private:
  void set_durability(durability wanted);
  void find_generation();
  void roll_back();
  /// `committing`: while the commit was written.
  error describe(const SQLite::Exception& e, bool committing);

  file_lock lock_;
  std::filesystem::path path_;
  SQLite::Database database_;
  history_mark mark_;
  database_generation generation_ = 0;
  std::optional<transaction> transaction_;
  std::optional<SQLite::Statement> begin_;
  std::optional<SQLite::Statement> commit_;
  std::optional<durability> level_;
  bool doubted_ = false; // a flush failed: see sqlite_store.hpp
};

result<void> sqlite_store::prepare() {
  if (sqlite3_db_readonly(database_.getHandle(), "main") == 1)
    return failure(errc::storage_failed, "database '" + path_.string()
                                           + "' is read-only; make it writable for this user");
  if (auto ours = check_identity(database_, path_); !ours)
    return ours;
  // Before anything is prepared: room for all small allocations of the statements.
  sqlite3_db_config(database_.getHandle(), SQLITE_DBCONFIG_LOOKASIDE, nullptr, 1200, 400);
  database_.exec(pragmas_of_new_file);
  if (database_.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal")
    return failure(errc::storage_failed, "database '" + path_.string()
                                           + "': its file system cannot hold SQLite's log; put it "
                                             "on a local disk");
  database_.exec(pragmas);
  set_durability(durability::machine);
  if (auto sound = check_integrity(database_, path_); !sound)
    return sound;
  migrate(database_);
  find_generation();
  transaction_.emplace(database_);
  begin_.emplace(database_, "BEGIN IMMEDIATE");
  commit_.emplace(database_, "COMMIT");
  return {};
}

/// Whether this is the database that was written last, or another one in its place.
void sqlite_store::find_generation() {
  const auto number = [this](const char* sql) {
    return static_cast<std::uint64_t>(database_.execAndGet(sql).getInt64());
  };
  history_mark::place here{number("SELECT number FROM database_generation"),
                           number("SELECT ifnull(sum(sequence), 0) FROM collections")};
  if (!goes_on(mark_.read(), here)) {
    database_.exec("UPDATE database_generation SET number = 1 + (random() & 0xfffffffffffff)");
    here.generation = number("SELECT number FROM database_generation");
  }
  generation_ = here.generation;
  mark_.write(here);
}

// FULL flushes the log at each commit. NORMAL leaves that to the system, which keeps what was
// written when only the process dies, and flushes it all with the next commit under FULL: the log
// is one file. (OFF would be no faster, and leave out the flushes around a checkpoint too.)
void sqlite_store::set_durability(durability wanted) {
  if (level_ == wanted)
    return;
  level_.reset();
  database_.exec(wanted == durability::machine ? "PRAGMA synchronous = FULL"
                                               : "PRAGMA synchronous = NORMAL");
  level_ = wanted;
}

result<void> sqlite_store::transact(durability wanted,
                                    const std::function<void(storage_transaction&)>& work) {
  if (doubted_)
    return failure(errc::storage_failed, "database '" + path_.string()
                                           + "': a flush to disk failed before; check the device, "
                                             "then start again");
  bool committing = false;
  try {
    set_durability(wanted);
    query{*begin_}.run();
    work(*transaction_);
    transaction_->finish();
    committing = true;
    query{*commit_}.run();
    if (const auto changes = transaction_->changes())
      mark_.write({generation_, *changes});
    return {};
  } catch (const storage_error& e) {
    roll_back();
    return tl::unexpected{e.why};
  } catch (const SQLite::Exception& e) {
    auto why = describe(e, committing);
    roll_back();
    return tl::unexpected{std::move(why)};
  } catch (...) {
    roll_back();
    throw;
  }
}

void sqlite_store::roll_back() {
  // Some failures have rolled back already, then this one has nothing to do.
  database_.tryExec("ROLLBACK");
  transaction_->abandon();
}

error sqlite_store::describe(const SQLite::Exception& e, bool committing) {
  const int system_errno = sqlite3_system_errno(database_.getHandle());
  const int code = sqlite3_extended_errcode(database_.getHandle());
  const bool unflushed = code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
  const bool unwritten = (code & 0xff) == SQLITE_IOERR && system_errno != ENOSPC;
  doubted_ = doubted_ || unflushed || (committing && unwritten);
  auto why = describe_failure(path_, e, system_errno);
  // What the device said it had not taken may be found when the database is opened again.
  if (doubted_ && committing)
    why = {errc::timed_out,
           why.text + "; whether the last changes were stored shows when it is opened again"};
  return why;
}

result<std::unique_ptr<storage_reader>> sqlite_store::open_reader() {
  try {
    return std::make_unique<reader>(path_);
  } catch (const SQLite::Exception& e) {
    return tl::unexpected{describe_failure(path_, e, 0)};
  }
}

/// Payloads, records and hashes of tokens are nobody else's to read, whatever the umask is. SQLite
/// gives its log and its index the rights of the database. A file that cannot be opened or changed
/// is told by whoever reads it.
void keep_private(const std::filesystem::path& path) {
  using std::filesystem::perms;
  if (const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600); made >= 0)
    ::close(made);
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    std::error_code ignored;
    std::filesystem::permissions(path.string() + suffix, perms::group_all | perms::others_all,
                                 std::filesystem::perm_options::remove, ignored);
  }
}

} // namespace

result<std::unique_ptr<storage_engine>> open_sqlite_store(const sqlite_options& options) {
  stop_counting_memory();
  std::error_code why;
  // Two names of one file must meet at one lock.
  auto path = std::filesystem::weakly_canonical(std::filesystem::absolute(options.path), why);
  if (!why && std::filesystem::create_directories(path.parent_path(), why))
    std::filesystem::permissions(path.parent_path(), std::filesystem::perms::owner_all, why);
  if (why)
    return failure(errc::storage_failed, "folder of database '" + options.path.string()
                                           + "': " + why.message()
                                           + "; make it, writable for this user, or name another");
  // Nothing is made beside a device, and a device's permissions are not ours.
  if (const auto there = std::filesystem::status(path, why);
      exists(there) && !is_regular_file(there))
    return failure(errc::storage_failed, "database '" + path.string()
                                           + "' is no file; name one, such as ./var/troupe.db");
  auto lock = file_lock::take(path.string() + ".lock");
  if (!lock)
    return tl::unexpected{lock.error()};
  // Another name has another lock and another journal: https://sqlite.org/howtocorrupt.html, 2.4
  if (const auto names = std::filesystem::hard_link_count(path, why); !why && names > 1)
    return failure(errc::storage_failed,
                   "database '" + path.string() + "' has " + std::to_string(names)
                     + " names (hard links), under each of which another process could open it; "
                       "copy it (`cp`, not `cp -l`) and use the copy, or remove the other names");
  keep_private(path);
  try {
    auto store = std::make_unique<sqlite_store>(std::move(*lock), path);
    if (auto ready = store->prepare(); !ready)
      return tl::unexpected{ready.error()};
    return store;
  } catch (const SQLite::Exception& e) {
    return tl::unexpected{describe_failure(path, e, 0)};
  }
}

} // namespace troupe
