// SPDX-License-Identifier: Apache-2.0
#include "gateway/text_encoding.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <fmt/format.h>

#include "messages/calendar.hpp"

namespace troupe {

namespace {

constexpr std::string_view letters
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

std::string format_time(timestamp x) {
  if (x == timestamp{})
    return {};
  x = in_calendar(x);
  auto whole = std::chrono::floor<std::chrono::seconds>(x);
  auto rest = std::chrono::duration_cast<milliseconds>(x - whole).count();
  // Not by `to_time_t`, which counts nanoseconds: they end in 2262.
  std::time_t seconds = whole.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     rest);
}

std::string base64(std::string_view bytes) {
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    auto at = [&](std::size_t j) {
      return i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u;
    };
    auto bits = at(0) << 16 | at(1) << 8 | at(2);
    result += letters[bits >> 18];
    result += letters[bits >> 12 & 63];
    result += i + 1 < bytes.size() ? letters[bits >> 6 & 63] : '=';
    result += i + 2 < bytes.size() ? letters[bits & 63] : '=';
  }
  return result;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0)
    return std::nullopt;
  const auto padding = text.size() - std::min(text.find_last_not_of('=') + 1, text.size());
  if (padding > 2)
    return std::nullopt;
  text.remove_suffix(padding);
  std::string result;
  result.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int count = 0; // of bits that wait
  for (const char letter : text) {
    const auto value = letters.find(letter);
    if (value == std::string_view::npos)
      return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      result += static_cast<char>(bits >> count & 0xff);
    }
  }
  return result;
}

} // namespace troupe
