// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "actors/schema_node.hpp"
#include "actors/schema_survey.hpp"

namespace troupe {

/// What `format` is: a demand, or a note for people.
enum class schema_formats { asserted, noted };

/// The schemas of the survey by its indexes, ready to be applied. `invalid_argument`, with the JSON
/// pointer, for patterns that cannot be used, unknown formats, and schemas that apply each other
/// round in circles, or too many to one value.
result<std::vector<schema_node>> compile_schemas(const schema_survey& survey,
                                                 schema_formats formats);

} // namespace troupe
