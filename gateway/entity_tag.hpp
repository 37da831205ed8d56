// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "messages/errors.hpp"
#include "messages/record.hpp"

/// Conditional requests (RFC 9110, 13): a record's version is its entity tag.
namespace troupe {

/// The strong tag of a version: "\"42\"". Of a representation with some of the fields only the tag
/// has a suffix, because caches must tell the two apart; conditions of writes ignore it.
std::string entity_tag(std::uint64_t version, std::string_view fields = {});

/// The strong tag of a text that has no version: made of its SHA-256.
std::string content_tag(std::string_view bytes);

/// The condition that If-Match and If-None-Match put on a write; both may be empty. Refuses what no
/// write can be conditional on: malformed headers, several tags, a tag in If-None-Match. A weak tag
/// in If-Match matches nothing: its condition never holds.
result<write_condition> parse_write_condition(std::string_view if_match,
                                              std::string_view if_none_match);

/// True if If-None-Match names this tag (weak comparison) or is "*".
bool names_tag(std::string_view if_none_match, std::string_view tag);

} // namespace troupe
