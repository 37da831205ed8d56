// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "actors/json_reader.hpp"

namespace troupe {

/// Drafts of JSON Schema; `any` is of a schema that names none: it may use the keywords of all.
enum class schema_draft : unsigned { draft_7 = 1, draft_2019_09 = 2, draft_2020_12 = 4, any = 7 };

/// The draft that `$schema` names.
std::optional<schema_draft> schema_draft_of(std::string_view uri);

std::string_view to_string(schema_draft x);

/// What a keyword takes.
enum class keyword_value {
  anything,
  text,
  texts, ///< a list of different texts
  flag,  ///< true or false
  number,
  positive, ///< a number above 0
  count,    ///< a whole number from 0 on
  types,    ///< names of types
  list,     ///< a list of anything
  schema,
  schemas,        ///< a list of schemas, at least one
  named_schemas,  ///< an object of schemas
  named_texts,    ///< an object of lists of texts
  schema_or_list, ///< a schema, or a list of them
  dependencies    ///< an object of schemas and of lists of texts
};

struct schema_keyword {
  std::string_view name;
  unsigned drafts; ///< those that have it
  keyword_value value;
  bool in_place = false; ///< its schemas are applied to the same value as the one they stand in
};

/// Null when no draft has it.
const schema_keyword* find_schema_keyword(std::string_view name);

/// What is wrong with a keyword and its value, without looking into the schemas in it; empty:
/// nothing. Names that begin with `x-` are everybody's own.
std::string keyword_problem(schema_draft draft, std::string_view name, const json_value& value);

} // namespace troupe
