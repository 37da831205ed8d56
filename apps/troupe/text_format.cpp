// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/text_format.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace troupe {

namespace {

template <class... Values>
std::string print(const char* format, Values... values) {
  std::array<char, 96> buffer{};
  auto length = std::snprintf(buffer.data(), buffer.size(), format, values...);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

std::string two_units(std::int64_t large, const char* large_name, std::int64_t small,
                      const char* small_name) {
  auto result = std::to_string(large) + " " + large_name;
  return small == 0 ? result : result + " " + std::to_string(small) + " " + small_name;
}

/// Bytes of the character that begins at `text`; 0 when it is no UTF-8.
std::size_t character_bytes(std::string_view text) {
  auto at
    = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto continues = [at](std::size_t i) { return (at(i) & 0xC0u) == 0x80u; };
  auto first = at(0);
  if (first < 0x80)
    return 1;
  if (first >= 0xC2 && first <= 0xDF)
    return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    // Neither a longer form than needed nor half of a surrogate pair.
    auto bad = (first == 0xE0 && at(1) < 0xA0) || (first == 0xED && at(1) > 0x9F);
    return continues(1) && continues(2) && !bad ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    auto bad = (first == 0xF0 && at(1) < 0x90) || (first == 0xF4 && at(1) > 0x8F);
    return continues(1) && continues(2) && continues(3) && !bad ? 4 : 0;
  }
  return 0;
}

bool is_control(std::string_view character) {
  auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1)
    return first < 0x20 || first == 0x7F;
  // The second set of control characters; some terminals obey them.
  return character.size() == 2 && first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

} // namespace

std::string format_age(milliseconds x) {
  auto ms = x.count();
  if (ms < 1000)
    return std::to_string(ms) + " ms";
  if (ms < 60'000)
    return print("%.1f s", static_cast<double>(ms / 100) / 10);
  auto minutes = ms / 60'000;
  if (minutes < 60)
    return two_units(minutes, "min", ms / 1000 % 60, "s");
  if (minutes < 48 * 60)
    return two_units(minutes / 60, "h", minutes % 60, "min");
  return two_units(minutes / (24 * 60), "d", minutes / 60 % 24, "h");
}

std::string format_rate(double per_second) {
  return per_second < 100 ? print("%.1f/s", per_second) : print("%.0f/s", per_second);
}

std::string format_count(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::vector<std::pair<job_id, job_id>> id_ranges(const std::vector<job_id>& ids) {
  std::vector<std::pair<job_id, job_id>> result;
  for (auto id : ids) {
    if (!result.empty() && result.back().second + 1 == id)
      result.back().second = id;
    else
      result.emplace_back(id, id);
  }
  return result;
}

std::string format_ids(const std::vector<job_id>& ids) {
  std::string result;
  for (auto [first, last] : id_ranges(ids)) {
    result.append(result.empty() ? "" : " ").append(std::to_string(first));
    if (last != first)
      result.append("-").append(std::to_string(last));
  }
  return result;
}

std::vector<std::string> text_block(std::string_view text, std::size_t lines_max) {
  std::vector<std::string> lines;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.remove_suffix(1);
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    lines.push_back(one_line(line, line.size()));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  if (lines_max == 0 || lines.size() <= lines_max)
    return lines;
  // The beginning says what it was, the end of a traceback what went wrong.
  const auto left_out = lines.size() - lines_max;
  const auto cut_at = lines.begin() + static_cast<std::ptrdiff_t>(lines_max / 2);
  lines.erase(cut_at, cut_at + static_cast<std::ptrdiff_t>(left_out));
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(lines_max / 2),
               "... " + format_count(left_out, "line") + " left out ...");
  return lines;
}

std::string one_line(std::string_view text, std::size_t characters_max) {
  std::string result;
  std::size_t count = 0;
  while (!text.empty() && count <= characters_max) {
    auto bytes = character_bytes(text);
    auto character = text.substr(0, bytes == 0 ? 1 : bytes);
    if (bytes == 0)
      result += '?';
    else if (is_control(character))
      result += ' ';
    else
      result += character;
    text.remove_prefix(character.size());
    ++count;
  }
  if (count <= characters_max)
    return result;
  return characters_max < 3 ? cut(result, characters_max) : cut(result, characters_max - 3) + "...";
}

std::string cut(std::string_view text, std::size_t characters_max) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < characters_max && end < text.size(); ++i)
    end += std::max<std::size_t>(character_bytes(text.substr(end)), 1);
  return std::string{text.substr(0, end)};
}

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count)
    text.remove_prefix(std::max<std::size_t>(character_bytes(text), 1));
  return count;
}

} // namespace troupe
