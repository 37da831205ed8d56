// SPDX-License-Identifier: Apache-2.0
#include "gateway/feed_position.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace troupe {

namespace {

std::optional<std::uint64_t> read_whole(std::string_view text, int base) {
  std::uint64_t x = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), x, base);
  if (wrong != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return x;
}

} // namespace

std::string generation_text(database_generation x) {
  return x == 0 ? std::string{} : fmt::format("{:x}", x);
}

std::optional<database_generation> read_generation(std::string_view text) {
  return read_whole(text, 16);
}

std::string to_string(const feed_position& x) {
  auto text = std::to_string(x.after);
  if (x.generation != 0)
    text += '-' + generation_text(x.generation);
  return text;
}

std::optional<feed_position> read_feed_position(std::string_view text) {
  if (text == "latest")
    return feed_position{latest_change, 0};
  const auto dash = text.find('-');
  const auto after = read_whole(text.substr(0, dash), 10);
  if (!after)
    return std::nullopt;
  // As a number it is a position that no feed will ever reach.
  feed_position x{std::min(*after, latest_change - 1), 0};
  if (dash == std::string_view::npos)
    return x;
  const auto generation = read_generation(text.substr(dash + 1));
  if (!generation)
    return std::nullopt;
  x.generation = *generation;
  return x;
}

} // namespace troupe
