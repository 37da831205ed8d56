// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <SQLiteCpp/SQLiteCpp.h>
#include <filesystem>

#include "messages/errors.hpp"

namespace troupe::sqlite {

/// "Trup": marks a file as ours (`PRAGMA application_id`).
inline constexpr int application_id = 0x54727570;

/// The schema this program writes (`PRAGMA user_version`). One more for each migration.
extern const int schema_version;

/// Refuses a database that is not ours, or newer than this program. Changes nothing.
result<void> check_identity(SQLite::Database& database, const std::filesystem::path& path);

/// Reads the whole database and refuses it if its pages do not fit together.
result<void> check_integrity(SQLite::Database& database, const std::filesystem::path& path);

/// Brings an empty or older database up to date, each step in one transaction.
void migrate(SQLite::Database& database);

} // namespace troupe::sqlite
