// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "messages/limits.hpp"

namespace troupe {

/// An error's text as it is kept and shown: always UTF-8, at most `bytes_max` bytes.
///
/// What is no UTF-8 becomes U+FFFD. A text that is too long loses its middle, between two letters:
/// its beginning says what went wrong and its end why, and a mark between them says how much is
/// missing; `missing` bytes are so already. Of less than 100 bytes only the end is kept.
std::string error_text(std::string_view text, std::size_t bytes_max = limits::error_bytes_max,
                       std::size_t missing = 0);

} // namespace troupe
