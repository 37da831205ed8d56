// SPDX-License-Identifier: Apache-2.0
#include "node/log_line.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/record.hpp"

namespace troupe {

namespace {

constexpr std::array<std::string_view, 4> named_things{"job", "lease", "request", "trace"};

bool is_id(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char x) { return x >= '0' && x <= '9'; })
         && std::all_of(word.begin(), word.end(), [](char x) {
              return (x >= '0' && x <= '9') || (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z')
                     || x == '-' || x == '_' || x == '.';
            });
}

std::string_view next_word(std::string_view& rest) {
  const auto begin = std::min(rest.find_first_not_of(' '), rest.size());
  const auto end = std::min(rest.find(' ', begin), rest.size());
  auto word = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  while (!word.empty() && (word.back() == ':' || word.back() == ',' || word.back() == ';'))
    word.remove_suffix(1);
  return word;
}

} // namespace

std::string one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (const auto x : text) {
    const auto byte = static_cast<unsigned char>(x);
    if (x == '\n')
      line += "\\n";
    else if (x == '\t')
      line += ' ';
    else if (byte < 0x20 || byte == 0x7f)
      line += fmt::format("\\x{:02x}", byte);
    else
      line += x;
  }
  return line;
}

std::string json_log_line(timestamp time, std::string_view level, std::string_view node,
                          std::string_view text) {
  nlohmann::ordered_json line{
    {"time", rfc3339(time)}, {"level", level}, {"node", node}, {"text", text}};
  for (auto rest = text; !rest.empty();) {
    const auto word = next_word(rest);
    if (std::find(named_things.begin(), named_things.end(), word) == named_things.end())
      continue;
    auto after = rest;
    if (const auto id = next_word(after); is_id(id) && !line.contains(word))
      line[std::string{word}] = id;
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace troupe
