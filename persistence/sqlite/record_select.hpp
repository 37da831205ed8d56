// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "messages/record_storage.hpp"
#include "persistence/sqlite/record_catalog.hpp"
#include "persistence/sqlite/record_values.hpp"

namespace troupe::sqlite {

/// `query_records` as SQL.
struct record_select {
  std::string rows;  ///< the columns of a record, then `keys` columns of the order
  std::string count; ///< one number
  std::size_t keys = 0;
  std::vector<bool> times; ///< by key: it is a time
  bound_values row_values;
  bound_values count_values;
};

/// Throws `storage_error` (`invalid_argument`) when the request is malformed.
record_select select_of(const query_records& request, const catalog_entry& collection);

} // namespace troupe::sqlite
