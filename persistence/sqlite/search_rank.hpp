// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <SQLiteCpp/SQLiteCpp.h>
#include <string>

#include "persistence/search_language.hpp"

namespace troupe::sqlite {

/// Gives a connection the function `troupe_score(TABLE, SHAPE)` of FTS5: the `search_score` of the
/// row that is looked at. FTS5's own rank changes with every write of other rows.
void add_search_score(SQLite::Database& database);

/// The second argument of that function.
std::string search_shape(const search_tree& search);

} // namespace troupe::sqlite
