// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "messages/record.hpp"
#include "persistence/sqlite/record_values.hpp"

namespace troupe::sqlite {

/// A filter as an SQL condition on a table of records; its values are added to `values`. Throws
/// `storage_error` (`invalid_argument`) for one that is malformed.
std::string condition_of(const std::vector<filter_step>& filter, bound_values& values);

} // namespace troupe::sqlite
