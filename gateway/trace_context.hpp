// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

/// What tells one request from others, across programs.
namespace troupe {

/// The trace id of a W3C `traceparent` (Trace Context, version 00; later versions begin alike).
/// Nothing if it is malformed, and must be ignored.
std::optional<std::string_view> trace_id_of(std::string_view traceparent);

/// A `traceparent` as it may be handed on: of a later version only what version 00 has as well.
/// "" if it is malformed.
std::string checked_trace_parent(std::string_view traceparent);

/// True for 1 to 128 letters, digits, '.', '_' and '-': what may stand in a log line as it came.
bool is_request_id(std::string_view text) noexcept;

} // namespace troupe
