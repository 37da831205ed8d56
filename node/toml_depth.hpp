// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace troupe {

/// How deep the tables and lists of a TOML document may stand in one another.
inline constexpr std::size_t toml_depth_max = 100;

/// The line (from 1) where a document that need not be TOML goes deeper than that; nothing:
/// nowhere.
///
/// The parser goes as deep as brackets and names with dots between them lead it, and so does
/// whatever its tables are freed by: neither may see a document that would take their stack.
std::optional<std::size_t> line_of_too_deep_toml(std::string_view text);

} // namespace troupe
