// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http.hpp"
#include "messages/errors.hpp"

/// gzip, as content is coded with it (RFC 9110, 8.4).
namespace troupe {

/// What the tag of a coded answer ends with: caches must tell the two apart (RFC 9110, 8.8.3).
inline constexpr std::string_view coded_tag_suffix = "-gzip";

std::string gzip(std::string_view bytes);

/// `invalid_argument` if it is no gzip, or more than one; `payload_too_large` if it would be more
/// than `bytes_max`, of which it is never much more.
result<std::string> gunzip(std::string_view bytes, std::size_t bytes_max);

/// Whether an Accept-Encoding takes gzip, and not rather nothing.
bool accepts_gzip(std::string_view accept_encoding);

/// Whether the body of a request is in a coding that is known: gzip, or none.
bool is_known_coding(const http_request& x);

/// Undoes the coding of a request's body.
std::optional<error> decode_body(http_request& x, std::size_t bytes_max);

/// Codes the answer if its caller takes that and it is worth it; says in Vary what it depends on.
/// A strong ETag, also of an answer without body, gets the suffix of what the caller has or gets.
void encode_body(const http_request& request, http_response& x);

/// A tag without the suffix of a coding; with or without its quotes.
std::string without_coding(std::string_view tag);

} // namespace troupe
