// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "messages/record.hpp"

namespace troupe::test {

/// How well records match a search: BM25 (Robertson and Zaragoza, 2009) as SQLite's FTS5 has it,
/// lower is better. Those that do not match are left out. Words are ASCII letters and digits in any
/// case, or other characters. Throws `storage_error` when there is no word in the search.
std::map<std::string, double> search_in_memory(std::string_view search,
                                               const std::map<std::string, record>& records,
                                               const std::vector<std::string>& searched);

} // namespace troupe::test
