// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "messages/errors.hpp"

namespace troupe {

/// A regular expression of ECMA-262 (with its flag `u`, as JSON Schema wants it), said again for
/// RE2. A text matches if it matches all parts that are wanted, and none of the others: so
/// lookaheads right after a leading `^` need no lookahead.
struct ecma_pattern {
  struct part {
    std::string expression; ///< for RE2
    bool wanted = true;
  };

  std::vector<part> parts;
  std::string unsupported; ///< what RE2 cannot do: a backreference, another lookahead. Empty: all
                           ///< is well.
};

/// `invalid_argument` if the text is no regular expression of ECMA-262; says what is wrong, and at
/// which byte.
result<ecma_pattern> read_ecma_pattern(std::string_view text);

} // namespace troupe
