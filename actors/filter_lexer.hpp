// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace troupe {

enum class token_kind : std::uint8_t {
  end,
  word,  ///< a field's path, or a keyword
  name,  ///< a field's path with backquotes in it: never a keyword
  value, ///< a JSON scalar, as compact JSON
  sign,  ///< an operator, a parenthesis or a comma
};

struct filter_token {
  token_kind kind = token_kind::end;
  std::string text;
  std::size_t at = 0; ///< byte where it begins
};

/// Cuts a filter into words, values and signs.
class filter_lexer {
public:
  /// `text` must live as long.
  explicit filter_lexer(std::string_view text) : text_{text} {}

  /// The next token; `invalid_argument` at what is none.
  result<filter_token> next();

private:
  result<filter_token> quoted();
  result<filter_token> number();
  result<filter_token> word();

  std::string_view text_;
  std::size_t at_ = 0;
};

/// A path as `path_of` writes it.
result<std::string> read_path(std::string_view text);

/// "filter, byte 12: what".
tl::unexpected<error> filter_failure(std::size_t at, const std::string& what);

} // namespace troupe
