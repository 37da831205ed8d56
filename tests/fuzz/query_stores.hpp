// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "persistence/storage_engine.hpp"

namespace troupe::fuzz {

/// Readers of the same few records in the collection "notes", with indexes on `n` and `text`, which
/// is searched, and so is `more`: of SQLite and of the tests' model of it.
struct query_stores {
  storage_reader& sqlite;
  storage_reader& memory;
};

query_stores stores_to_query();

/// Throws `std::logic_error` if the two do not answer alike.
void require_same_answer(const query_records& query);

} // namespace troupe::fuzz
