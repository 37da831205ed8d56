// SPDX-License-Identifier: Apache-2.0
#include "actors/record_cursor.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "actors/json_reader.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

constexpr std::string_view alphabet
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// The values, and the id or the score behind them.
constexpr std::size_t values_max = limits::sort_keys_max + 2;

error damaged() {
  return {errc::invalid_argument, "the cursor is damaged; begin again without one"};
}

// FNV-1a: enough to tell honest mistakes; a forged cursor only selects other records.
std::uint64_t hash_of(const list_records& query) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const auto* text : {&query.filter, &query.sort, &query.search}) {
    for (const auto x : *text)
      hash = (hash ^ static_cast<unsigned char>(x)) * 1099511628211ULL;
    hash = (hash ^ 0xff) * 1099511628211ULL; // no byte of UTF-8
  }
  return hash;
}

} // namespace

std::string base64url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const auto x : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(x);
    for (count += 8; count >= 6; count -= 6)
      text += alphabet[bits >> (count - 6) & 63];
  }
  if (count > 0)
    text += alphabet[bits << (6 - count) & 63];
  return text;
}

result<std::string> read_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const auto x : text) {
    const auto value = alphabet.find(x);
    if (value == std::string_view::npos)
      return failure(errc::invalid_argument, "this is not base64url");
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> count & 0xff);
    }
  }
  if (count == 6 || (bits & ((1U << count) - 1)) != 0)
    return failure(errc::invalid_argument, "this is not base64url");
  return bytes;
}

std::string write_cursor(const list_records& query, const std::vector<std::string>& last,
                         database_generation generation) {
  json_value cursor;
  cursor["c"] = query.collection;
  cursor["q"] = hash_of(query);
  cursor["g"] = generation;
  cursor["a"] = last;
  return base64url(json_text(cursor));
}

result<cursor_place> read_cursor(const list_records& query) {
  cursor_place place;
  if (query.cursor.empty())
    return place;
  if (query.cursor.size() > limits::cursor_bytes_max)
    return failure(errc::invalid_argument,
                   "a cursor has at most " + std::to_string(limits::cursor_bytes_max) + " bytes");
  auto text = read_base64url(query.cursor);
  if (!text)
    return tl::unexpected<error>{damaged()};
  auto cursor = read_json_object(*text, limits::cursor_bytes_max);
  if (!cursor || !cursor->contains("c") || !cursor->contains("q") || !cursor->contains("a"))
    return tl::unexpected<error>{damaged()};
  if ((*cursor)["c"] != query.collection || (*cursor)["q"] != hash_of(query))
    return failure(errc::invalid_argument,
                   "the cursor belongs to another query; begin again without one");
  if (const auto generation = cursor->find("g"); generation != cursor->end()) {
    if (!generation->is_number_unsigned())
      return tl::unexpected<error>{damaged()};
    place.generation = generation->get<database_generation>();
  }
  const auto& after = (*cursor)["a"];
  if (!after.is_array() || after.empty() || after.size() > values_max)
    return tl::unexpected<error>{damaged()};
  for (const auto& x : after) {
    if (!x.is_string())
      return tl::unexpected<error>{damaged()};
    auto value = read_json(x.get_ref<const std::string&>(), limits::cursor_bytes_max);
    if (!value || value->is_structured())
      return tl::unexpected<error>{damaged()};
    place.values.push_back(x.get<std::string>());
  }
  return place;
}

} // namespace troupe
