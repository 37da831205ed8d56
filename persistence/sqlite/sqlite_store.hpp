// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>

#include "messages/errors.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe {

struct sqlite_options {
  /// The database file. "-wal" and "-shm" (SQLite) and ".lock" (ours) stand beside it while it is
  /// open. A local disk: SQLite's log does not work on network file systems.
  std::filesystem::path path;
};

/// Opens the database, and makes it, with its folders, if it is not there. Checks it first
/// (`PRAGMA quick_check`: reads the whole file once) and brings an older schema up to date.
///
/// Errors name the file, the cause and the remedy: `storage_failed` (no access, or another process
/// has it open), `storage_incompatible` (newer schema, or no Troupe database), `storage_corrupt`,
/// `storage_full`.
///
/// After a failed flush, or a failed write of a commit, the store refuses all further work with
/// `storage_failed`: what the system then holds in memory may differ from what is on disk. Open it
/// again, as after a crash. Whether the changes that were to be flushed are there then is unknown
/// (`timed_out`).
result<std::unique_ptr<storage_engine>> open_sqlite_store(const sqlite_options& options);

} // namespace troupe
