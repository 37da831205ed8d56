#include "gateway/text_encoding.hpp"

#include <chrono>
#include <ctime>
#include <fmt/format.h>

namespace troupe {

std::string format_time(timestamp x) {
  if (x == timestamp{})
    return {};
  auto whole = std::chrono::floor<std::chrono::seconds>(x);
  auto rest = std::chrono::duration_cast<milliseconds>(x - whole).count();
  auto seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     rest);
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
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

} // namespace troupe
