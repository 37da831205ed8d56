// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actors/json_reader.hpp"
#include "actors/schema_keywords.hpp"
#include "messages/errors.hpp"

namespace troupe {

/// One schema of a text: the whole, or one inside of it.
struct surveyed_schema {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::string pointer;          ///< where it stands
  const json_value* source;     ///< an object, true or false
  bool refers_only = false;     ///< of draft 7: beside $ref, other keywords do not count
  std::size_t reference = none; ///< the schema that $ref leads to
  std::size_t recursive = none; ///< the same of $dynamicRef or $recursiveRef
};

/// All schemas in a text, which keeps to the keywords of its draft, and where their references
/// lead.
class schema_survey {
public:
  /// `root` stays where it is as long as this is used. `invalid_argument` with the JSON pointer
  /// for: unknown keywords, values that a keyword does not take, references out of the text or to
  /// nothing, and such whose end depends on where one came from.
  static result<schema_survey> of(const json_value& root);

  schema_draft draft() const noexcept { return draft_; }

  /// The whole is the first.
  const std::vector<surveyed_schema>& schemas() const noexcept { return schemas_; }

  /// The index of the schema at this pointer, which is there.
  std::size_t at(const std::string& pointer) const { return places_.at(pointer); }

private:
  friend class schema_surveyor;

  schema_draft draft_ = schema_draft::any;
  std::vector<surveyed_schema> schemas_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

/// "schema /pointer: what".
tl::unexpected<error> wrong_schema(const std::string& pointer, const std::string& what);

/// The pointer in such a text.
std::string_view place_of_wrong_schema(std::string_view text);

} // namespace troupe
