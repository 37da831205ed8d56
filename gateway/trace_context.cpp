// SPDX-License-Identifier: Apache-2.0
#include "gateway/trace_context.hpp"

#include <algorithm>

#include "messages/limits.hpp"

namespace troupe {

namespace {

constexpr std::size_t version_size = 2;
constexpr std::size_t trace_size = 32;
constexpr std::size_t parent_size = 16;
constexpr std::size_t flags_size = 2;
constexpr std::size_t whole_size = version_size + trace_size + parent_size + flags_size + 3;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char x) { return (x >= '0' && x <= '9') || (x >= 'a' && x <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

} // namespace

std::optional<std::string_view> trace_id_of(std::string_view x) {
  if (x.size() < whole_size)
    return std::nullopt;
  const auto version = x.substr(0, version_size);
  const auto trace = x.substr(version_size + 1, trace_size);
  const auto parent = x.substr(version_size + trace_size + 2, parent_size);
  const auto flags = x.substr(whole_size - flags_size, flags_size);
  const bool dashes = x[version_size] == '-' && x[version_size + trace_size + 1] == '-'
                      && x[whole_size - flags_size - 1] == '-';
  const bool ends
    = version == "00" ? x.size() == whole_size : x.size() == whole_size || x[whole_size] == '-';
  if (!dashes || !ends || version == "ff" || !is_hex(version) || !is_hex(trace) || !is_hex(parent)
      || !is_hex(flags) || is_zero(trace) || is_zero(parent))
    return std::nullopt;
  return trace;
}

std::string checked_trace_parent(std::string_view x) {
  static_assert(whole_size <= limits::trace_parent_bytes_max);
  return trace_id_of(x) ? std::string{x.substr(0, whole_size)} : std::string{};
}

bool is_request_id(std::string_view text) noexcept {
  constexpr std::size_t longest = 128;
  return !text.empty() && text.size() <= longest
         && std::all_of(text.begin(), text.end(), [](char x) {
              return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9')
                     || x == '.' || x == '_' || x == '-';
            });
}

} // namespace troupe
