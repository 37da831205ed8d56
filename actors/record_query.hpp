// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "actors/record_filter.hpp"
#include "messages/record_requests.hpp"

namespace troupe {

/// A list as the store is asked for it, and what is left of each record then.
struct record_query {
  query_records query;
  std::vector<std::string> fields; ///< only these; empty: all
};

/// Reads the texts of a request. `invalid_argument` for malformed ones, fields that `knows` does
/// not, and cursors of other queries.
result<record_query> read_query(const list_records& x, const field_predicate& knows);

/// An object's text with only the values at these paths, in the order that they have in it.
std::string only_fields(std::string_view object, const std::vector<std::string>& paths);

} // namespace troupe
