// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include "gateway/http.hpp"
#include "messages/metrics.hpp"

namespace troupe {

/// Names requests, counts their answers for metrics, and logs each at level debug:
///
///     GET /v1/jobs/{job} 200 1.2 ms 431 bytes request 6b1f trace 4bf9...
class request_log {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// By route and status.
  struct count_key {
    http_method method = http_method::other;
    std::string_view route; ///< the pattern; empty: there is none for this path
    int status = 0;

    auto operator<=>(const count_key&) const = default;
  };

  explicit request_log(std::uint64_t seed) : engine_{seed} {}

  /// The caller's own X-Request-Id, if it is one, or a new one.
  std::string id_of(const http_request& x);

  /// Takes notice of an answer. `route` must live as long as the log.
  void answered(const http_request& x, std::string_view route, int status, std::size_t bytes,
                std::chrono::nanoseconds time, std::string_view id);

  const std::map<count_key, std::uint64_t>& counts() const noexcept { return counts_; }

  /// By method and pattern.
  const std::map<std::pair<http_method, std::string_view>, histogram>& times() const noexcept {
    return times_;
  }

private:
  std::mt19937_64 engine_;
  std::map<count_key, std::uint64_t> counts_;
  std::map<std::pair<http_method, std::string_view>, histogram> times_;
};

} // namespace troupe
