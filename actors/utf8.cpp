// SPDX-License-Identifier: Apache-2.0
#include "actors/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace troupe {

namespace {

struct lead {
  std::size_t following; ///< bytes after the first; 4: it cannot be a first byte
  std::uint8_t low;      ///< the second byte's range
  std::uint8_t high;
};

lead lead_of(std::uint8_t x) {
  if (x < 0x80)
    return {0, 0, 0};
  if (x < 0xc2 || x > 0xf4)
    return {4, 0, 0};
  if (x < 0xe0)
    return {1, 0x80, 0xbf};
  if (x < 0xf0)
    return {2, static_cast<std::uint8_t>(x == 0xe0 ? 0xa0 : 0x80),
            static_cast<std::uint8_t>(x == 0xed ? 0x9f : 0xbf)};
  return {3, static_cast<std::uint8_t>(x == 0xf0 ? 0x90 : 0x80),
          static_cast<std::uint8_t>(x == 0xf4 ? 0x8f : 0xbf)};
}

} // namespace

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    auto range = lead_of(static_cast<std::uint8_t>(text[at]));
    if (range.following == 4 || text.size() - at <= range.following)
      return false;
    for (std::size_t i = 1; i <= range.following; ++i) {
      const auto byte = static_cast<std::uint8_t>(text[at + i]);
      if (byte < range.low || byte > range.high)
        return false;
      range.low = 0x80;
      range.high = 0xbf;
    }
    at += range.following + 1;
  }
  return true;
}

} // namespace troupe
