// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "messages/errors.hpp"
#include "messages/record_requests.hpp"

namespace troupe {

/// Where the next page of a list begins, as clients carry it about: base64url (RFC 4648) of JSON
/// with the sort values and the id of the last record, and what the list was asked for. Not secret
/// and not signed: whatever it says is checked like a filter.
std::string write_cursor(const list_records& query, const std::vector<std::string>& last,
                         database_generation generation);

struct cursor_place {
  std::vector<std::string> values;
  database_generation generation = 0;
};

/// What `write_cursor` was given; no values for an empty cursor. `invalid_argument` when it is
/// damaged, or was made for another collection, filter, sort or search.
result<cursor_place> read_cursor(const list_records& query);

/// Base64url without padding, and back; `read_base64url` refuses anything else.
std::string base64url(std::string_view bytes);
result<std::string> read_base64url(std::string_view text);

} // namespace troupe
