// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <SQLiteCpp/SQLiteCpp.h>

namespace troupe::sqlite {

/// Gives a connection the function `troupe_fold(TEXT)`: see `folded`. NULL of anything else.
void add_text_functions(SQLite::Database& database);

} // namespace troupe::sqlite
