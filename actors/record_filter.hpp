// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/errors.hpp"
#include "messages/record.hpp"

namespace troupe {

/// Says whether a record of the collection can have a value at a path.
using field_predicate = std::function<bool(std::string_view path)>;

/// Parentheses in a filter may be nested this deep.
inline constexpr std::size_t filter_depth_max = 32;

/// Reads the filter language of docs/records.md into steps in postfix order:
///
///     filter     = all { "or" all }
///     all        = one { "and" one }
///     one        = { "not" } ( "(" filter ")" | "exists" field | comparison )
///     comparison = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "has" ) value
///                | field ( "starts_with" | "^=" | "contains" ) text
///                | field ( "iequals" | "istarts_with" | "icontains" ) text
///                | field "in" "(" value { "," value } ")"
///
/// A name may stand in backquotes: "`not`", "`a.b`.c". A value is a JSON scalar. `invalid_argument`
/// says at which byte (from 0) what was expected, or which field the collection does not have.
/// Empty text: no steps.
result<std::vector<filter_step>> read_filter(std::string_view text, const field_predicate& knows);

/// "-created_at,title": descending by one, then ascending by the other.
result<std::vector<sort_key>> read_sort(std::string_view text, const field_predicate& knows);

/// "title,author.name".
result<std::vector<std::string>> read_fields(std::string_view text, const field_predicate& knows);

/// True for names with dots between them, each of letters, digits, '_' and '-', or of other
/// characters than ASCII. `text` must be UTF-8.
bool is_field_path(std::string_view text) noexcept;

} // namespace troupe
