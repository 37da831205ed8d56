// SPDX-License-Identifier: Apache-2.0
#include "actors/record_uuid.hpp"

#include <string_view>

namespace troupe {

namespace {

std::string dashed(std::uint64_t high, std::uint64_t low) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::uint32_t i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20)
      text += '-';
    const auto half = i < 16 ? high : low;
    text += digits[(half >> (60 - i % 16 * 4)) & 0xf];
  }
  return text;
}

} // namespace

std::string record_uuid::next(timestamp now) {
  const auto microseconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const auto fraction = microseconds % 1000 * 4096 / 1000;
  const auto high = microseconds / 1000 << 16 | std::uint64_t{0x7000} | fraction;
  const auto low = std::uint64_t{1} << 63 | random_() >> 2;
  return dashed(high, low);
}

} // namespace troupe
