// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <SQLiteCpp/SQLiteCpp.h>

#include "messages/record_storage.hpp"

namespace troupe::sqlite {

/// Makes tables and indexes be as declared, in the transaction that is under way:
///
/// - `records_N`: what there is, one row a record, with an index for each declared field;
/// - `changes_N`: the feed, one row a change, by sequence;
/// - `search_N`: the full-text index, if any field is searched.
///
/// An index that is new or changed, or was made by older rules, is built from the records that
/// there are: once, in time in proportion to them. Throws `storage_error`
/// (`invalid_argument`) for names and paths that cannot be.
void declare(SQLite::Database& database, const declare_collections& request);

} // namespace troupe::sqlite
