// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "messages/errors.hpp"

namespace troupe {

/// Keywords that stand for those which the validator cannot be trusted with; see
/// `schema_constraints`.
inline constexpr const char* pattern_keyword = "x-troupe-pattern";
inline constexpr const char* unique_keyword = "x-troupe-unique";
inline constexpr const char* closed_keyword = "x-troupe-closed";

/// Checks a JSON Schema for what the validator would ignore, hang on or crash on, and makes it safe
/// to compile: keywords that can cost too much are replaced, `format` and identifiers are removed.
///
/// `invalid_argument`, with the JSON pointer, for: keywords of later drafts and patternProperties
/// (they would be ignored, or are unbounded), references to other documents or to nothing,
/// references that go round in circles, and patterns that are no regular expressions.
result<void> rewrite_schema(nlohmann::json& schema);

} // namespace troupe
