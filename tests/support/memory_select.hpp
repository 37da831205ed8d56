// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "messages/record_storage.hpp"

namespace troupe::test {

/// What matches a query, from its `after` on, in order, and all that matches.
struct memory_selection {
  struct row {
    record value;
    std::vector<std::string> place; ///< as in `records_queried::last`
  };

  std::vector<row> rows;
  std::uint64_t count = 0;
};

/// Throws `storage_error` (`invalid_argument`) for malformed queries.
memory_selection select_in_memory(const query_records& query,
                                  const std::map<std::string, record>& records,
                                  const std::vector<std::string>& searched);

/// True for a path that a field can have.
bool is_path(std::string_view path);

} // namespace troupe::test
