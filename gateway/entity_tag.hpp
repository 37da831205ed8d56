// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "messages/errors.hpp"
#include "messages/record.hpp"

/// Conditional requests (RFC 9110, 13): a record's version is its entity tag.
namespace troupe {

/// The strong tag of a version: "\"42\"". Of a representation with some of the fields only the tag
/// has a suffix, because caches must tell the two apart; conditions of writes ignore it.
std::string entity_tag(std::uint64_t version, std::string_view fields = {});

/// The tag of a version in one database: "\"42-5f3a\"", so that a tag of what was there before a
/// restore is none of what is there now. If-Match of a write may leave the database out.
std::string record_tag(std::uint64_t version, database_generation generation);

/// The strong tag of a text that has no version: made of its SHA-256.
std::string content_tag(std::string_view bytes);

/// What If-Match and If-None-Match ask of a write.
struct asked_condition {
  write_condition condition;
  /// Of If-Match with several tags of ours: any of these will do. Else empty.
  std::vector<std::uint64_t> versions;
};

/// The condition that If-Match and If-None-Match put on a write; both may be empty. Refuses what no
/// write can be conditional on: malformed headers, a tag in If-None-Match. `precondition_failed` if
/// If-Match names no tag that a record can have: weak ones match nothing, nor do those of others.
result<asked_condition> parse_write_condition(std::string_view if_match,
                                              std::string_view if_none_match);

/// True if If-Match names this tag (strong comparison; the coding does not count) or is "*".
bool matches_tag(std::string_view if_match, std::string_view tag);

/// True if If-None-Match names this tag (weak comparison; the coding does not count) or is "*".
bool names_tag(std::string_view if_none_match, std::string_view tag);

} // namespace troupe
