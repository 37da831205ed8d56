// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "gateway/http.hpp"

/// Requests that end before anybody can read them, because they are no HTTP or too large.
namespace troupe {

enum class http_refusal : std::uint8_t {
  malformed,
  url_too_long,
  headers_too_large,
  body_too_large,
  unknown_version, ///< of HTTP
  unknown_coding,  ///< of the transfer
  unknown_expectation,
  overloaded, ///< too many bodies, or connections, at once
  handshake,  ///< of TLS; cannot be answered
};

/// Each of them.
inline constexpr std::array http_refusals{
  http_refusal::malformed,           http_refusal::url_too_long,    http_refusal::headers_too_large,
  http_refusal::body_too_large,      http_refusal::unknown_version, http_refusal::unknown_coding,
  http_refusal::unknown_expectation, http_refusal::overloaded,      http_refusal::handshake};

/// "malformed", "url_too_long", ...
std::string_view to_string(http_refusal x);

/// How often each happened. Any thread.
class refusal_counts {
public:
  void add(http_refusal x) { ++counts_[static_cast<std::size_t>(x)]; }
  std::uint64_t of(http_refusal x) const { return counts_[static_cast<std::size_t>(x)]; }

private:
  std::array<std::atomic<std::uint64_t>, http_refusals.size()> counts_{};
};

/// The answer to such a request. Of `handshake` there is none.
http_response refusal_response(http_refusal x);

} // namespace troupe
