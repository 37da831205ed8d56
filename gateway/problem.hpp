// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/http.hpp"
#include "messages/errors.hpp"

/// Errors as HTTP tells them: RFC 9457, `application/problem+json`.
namespace troupe {

/// The status that fits a refusal.
int status_of(errc code) noexcept;

/// {"type":"about:blank","title":...,"status":...,"code":...,"detail":...}; of `invalid_record`
/// also "errors": one {"pointer","detail"} a violation. With `Retry-After` where waiting helps.
http_response problem(const error& why);

/// The same with another status, e.g. 413.
http_response problem(int status, const error& why);

/// What only HTTP refuses, each with a code of its own.
enum class http_refused : std::uint8_t {
  not_found,              ///< 404: no route has this path
  method_not_allowed,     ///< 405
  unsupported_media_type, ///< 415
  unsupported_coding,     ///< 415, of the content
  misdirected,            ///< 421
  cross_site,             ///< 403
  changes_gone,           ///< 410
  record_exists,          ///< 409
};

inline constexpr int http_refused_count = 8;

std::string_view name_of(http_refused x);
std::string_view describe(http_refused x);
int status_of(http_refused x);

/// `text` empty: what it always means.
http_response problem(http_refused x, const std::string& text = {});

} // namespace troupe
