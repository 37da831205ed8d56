// SPDX-License-Identifier: Apache-2.0
#include "actors/error_text.hpp"

#include <algorithm>

#include "actors/utf8.hpp"

namespace troupe {

namespace {

// Of a text that is cut, so much of the beginning is kept: the end says most.
constexpr std::size_t beginning_share = 4;

// Where less is kept, the mark would take the place of what it stands for.
constexpr std::size_t both_ends_bytes_min = 100;

constexpr std::string_view replacement_character = "\xef\xbf\xbd";

bool begins_letter(char x) {
  return (static_cast<unsigned char>(x) & 0xc0) != 0x80;
}

/// The longest prefix of at most `limit` bytes that does not end inside a letter.
std::string_view letters_first(std::string_view text, std::size_t limit) {
  if (text.size() <= limit)
    return text;
  while (limit > 0 && !begins_letter(text[limit]))
    --limit;
  return text.substr(0, limit);
}

/// The longest suffix of at most `limit` bytes that does not begin inside a letter.
std::string_view letters_last(std::string_view text, std::size_t limit) {
  auto at = text.size() - std::min(text.size(), limit);
  while (at < text.size() && !begins_letter(text[at]))
    ++at;
  return text.substr(at);
}

std::string made_utf8(std::string_view text) {
  if (is_utf8(text))
    return std::string{text};
  std::string result;
  while (!text.empty()) {
    std::size_t size = 1;
    while (size <= 4 && size <= text.size() && !is_utf8(text.substr(0, size)))
      ++size;
    const auto whole = size <= 4 && size <= text.size();
    result += whole ? text.substr(0, size) : replacement_character;
    text.remove_prefix(whole ? size : 1);
  }
  return result;
}

} // namespace

std::string error_text(std::string_view text, std::size_t bytes_max, std::size_t missing) {
  auto whole = made_utf8(text);
  if (whole.size() <= bytes_max)
    return whole;
  if (bytes_max < both_ends_bytes_min)
    return std::string{letters_last(whole, bytes_max)};
  auto mark = [](std::size_t bytes) { return " [... " + std::to_string(bytes) + " bytes ...] "; };
  // The number is never longer than that of the whole.
  const auto room = bytes_max - mark(whole.size() + missing).size();
  const auto first = letters_first(whole, room / beginning_share);
  const auto last = letters_last(whole, room - first.size());
  return std::string{first} + mark(whole.size() - first.size() - last.size() + missing)
         + std::string{last};
}

} // namespace troupe
