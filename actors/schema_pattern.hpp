// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "messages/errors.hpp"

namespace re2 {
class RE2;
}

namespace troupe {

/// A `pattern` of a JSON Schema, compiled. Looks at code points, not at bytes; matching takes time
/// in proportion to the text, whatever stands in it.
class schema_pattern {
public:
  /// `invalid_argument`, with what is wrong.
  static result<schema_pattern> compile(std::string_view text);

  schema_pattern(schema_pattern&&) noexcept;
  schema_pattern& operator=(schema_pattern&&) noexcept;
  ~schema_pattern();

  /// Anywhere in the text, unless the pattern is bound. `text` has at most `text_max()` bytes.
  bool matches(std::string_view text) const;

  /// A large pattern takes more time for each byte, and is compared with less.
  std::size_t text_max() const noexcept { return text_max_; }

  const std::string& text() const noexcept { return text_; }

private:
  struct part {
    std::unique_ptr<re2::RE2> expression;
    bool wanted;
  };

  schema_pattern(std::string text, std::vector<part> parts, std::size_t text_max);

  std::string text_;
  std::vector<part> parts_;
  std::size_t text_max_;
};

} // namespace troupe
