// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/json_reader.hpp"
#include "messages/errors.hpp"

namespace troupe {

/// A JSON Schema of any draft, said again in 2020-12 for other documents to take in: without
/// `$schema`, `$id` and anchors, and with every schema that a reference leads to as a part of its
/// own.
struct translated_schema {
  json_value whole;
  std::vector<std::pair<std::string, json_value>> parts; ///< by name: letters, digits, '_' and '-'
};

/// The reference to a part, or to the whole, whose name is empty.
using part_reference = std::function<std::string(const std::string& part)>;

/// Objects that may have more members than are listed say so: a reader of the document need not
/// know that this is what silence means. Errors as of `schema_survey`.
result<translated_schema> translate_schema(const json_value& schema,
                                           const part_reference& reference);

} // namespace troupe
