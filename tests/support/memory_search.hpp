// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "messages/record.hpp"

namespace troupe::test {

/// How well records match a search, less is better; those that do not are left out. Throws
/// `storage_error` for what is no search.
std::map<std::string, std::int64_t> search_in_memory(std::string_view search,
                                                     const std::map<std::string, record>& records,
                                                     const std::vector<std::string>& searched);

} // namespace troupe::test
