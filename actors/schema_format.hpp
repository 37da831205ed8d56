// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// A `format` of JSON Schema.
struct schema_format {
  std::string_view name;
  bool (*holds)(std::string_view text); ///< null: a note for people, nothing is checked
};

/// Null when nobody knows the name.
const schema_format* find_schema_format(std::string_view name);

/// All names, for whoever misspelt one.
std::vector<std::string> schema_format_names();

} // namespace troupe
