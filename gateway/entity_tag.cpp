// SPDX-License-Identifier: Apache-2.0
#include "gateway/entity_tag.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <optional>
#include <vector>

#include "gateway/content_coding.hpp"
#include "gateway/feed_position.hpp"

namespace troupe {

namespace {

struct listed_tag {
  bool weak = false;
  std::string_view text; ///< without quotes
};

void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == ','))
    text.remove_prefix(1);
}

/// `W/"a", "b"`; nothing if it is malformed.
std::optional<std::vector<listed_tag>> parse_tags(std::string_view text) {
  std::vector<listed_tag> tags;
  for (skip_blanks(text); !text.empty(); skip_blanks(text)) {
    listed_tag x;
    if (text.starts_with("W/")) {
      x.weak = true;
      text.remove_prefix(2);
    }
    if (text.empty() || text.front() != '"')
      return std::nullopt;
    const auto end = text.find('"', 1);
    if (end == std::string_view::npos)
      return std::nullopt;
    x.text = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    tags.push_back(x);
  }
  return tags;
}

/// The version that a tag of ours stands for; 0: none.
std::uint64_t version_of(std::string_view tag) {
  std::uint64_t version = 0;
  const auto whole = without_coding(tag);
  const std::string_view number{whole.data(), std::min(whole.find_first_of(".-"), whole.size())};
  const auto [end, failure]
    = std::from_chars(number.data(), number.data() + number.size(), version);
  return failure == std::errc{} && end == number.data() + number.size() ? version : 0;
}

/// The database that a tag of ours names; 0: it names none.
database_generation generation_of(std::string_view tag) {
  const auto whole = without_coding(tag);
  const auto dash = whole.find('-');
  return dash == std::string::npos ? 0 : read_generation(whole.substr(dash + 1)).value_or(0);
}

} // namespace

std::string entity_tag(std::uint64_t version, std::string_view fields) {
  auto tag = "\"" + std::to_string(version);
  if (!fields.empty()) {
    // FNV-1a: equal lists of fields have equal tags, on every gateway.
    std::uint32_t hash = 2166136261U;
    for (const auto x : fields)
      hash = (hash ^ static_cast<unsigned char>(x)) * 16777619U;
    tag += '.' + std::to_string(hash);
  }
  return tag + '"';
}

std::string record_tag(std::uint64_t version, database_generation generation) {
  return '"' + to_string(feed_position{version, generation}) + '"';
}

std::string content_tag(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  constexpr std::size_t enough = 12; // bytes
  return fmt::format("\"{:02x}\"", fmt::join(digest.data(), digest.data() + enough, ""));
}

result<asked_condition> parse_write_condition(std::string_view if_match,
                                              std::string_view if_none_match) {
  if (!if_match.empty() && !if_none_match.empty())
    return failure(errc::invalid_argument, "send either If-Match or If-None-Match");
  if (if_none_match == "*")
    return asked_condition{{condition_kind::absent, 0}, {}};
  if (!if_none_match.empty())
    return failure(errc::invalid_argument, "If-None-Match of a write can only be \"*\"");
  if (if_match.empty())
    return asked_condition{};
  if (if_match == "*")
    return asked_condition{{condition_kind::present, 0}, {}};
  const auto tags = parse_tags(if_match);
  if (!tags || tags->empty())
    return failure(errc::invalid_argument, "If-Match must be \"*\" or quoted entity tags, as a "
                                           "record's ETag gives them");
  asked_condition asked;
  bool weak = false;
  for (const auto& x : *tags) {
    weak = weak || x.weak;
    if (const auto version = x.weak ? 0 : version_of(x.text); version != 0)
      asked.versions.push_back(version);
  }
  if (asked.versions.empty())
    return failure(errc::precondition_failed,
                   weak ? "If-Match names a weak tag, which matches no version: send the ETag as "
                          "the record was answered with, without W/"
                        : "If-Match names a tag that no record here has");
  asked.condition = {condition_kind::version, asked.versions.front()};
  if (tags->size() == 1)
    asked.condition.generation = generation_of(tags->front().text);
  return asked;
}

bool matches_tag(std::string_view if_match, std::string_view tag) {
  if (if_match == "*")
    return true;
  const auto tags = parse_tags(if_match);
  const auto text = tag.substr(1, tag.size() - 2);
  return tags && std::any_of(tags->begin(), tags->end(), [text](const listed_tag& x) {
           return !x.weak && without_coding(x.text) == text;
         });
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
  if (if_none_match == "*")
    return true;
  const auto tags = parse_tags(if_none_match);
  if (!tags)
    return false;
  const auto text = tag.substr(1, tag.size() - 2);
  for (const auto& x : *tags)
    if (without_coding(x.text) == text)
      return true;
  return false;
}

} // namespace troupe
