// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "gateway/http.hpp"

/// The heads of answers, as they are sent (RFC 9112).
namespace troupe {

/// How a caller learns where the body ends.
enum class body_framing : std::uint8_t { length, chunks, end_of_connection };

struct head_facts {
  body_framing framing = body_framing::length;
  std::size_t length = 0; ///< of the body
  bool closing = false;   ///< the connection ends after the answer
  bool http_1_0 = false;  ///< the caller speaks that
};

/// Appends the head of an answer to `text`, with its last, empty line.
void append_head(std::string& text, const http_response& x, const head_facts& facts);

/// Such an answer has neither a body nor the length of one (RFC 9110, 8.6).
inline bool is_bodiless(int status) {
  return status == 204 || status == 304;
}

} // namespace troupe
