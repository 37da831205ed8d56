// SPDX-License-Identifier: Apache-2.0
#include "gateway/request_log.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "gateway/trace_context.hpp"

namespace troupe {

std::string request_log::id_of(const http_request& x) {
  if (const auto given = x.header("x-request-id"); is_request_id(given))
    return std::string{given};
  return fmt::format("{:016x}", engine_());
}

void request_log::answered(const http_request& x, std::string_view route, int status,
                           std::size_t bytes, std::chrono::nanoseconds time, std::string_view id) {
  ++counts_[{x.method, route, status}];
  add(times_[{x.method, route}], std::chrono::duration_cast<std::chrono::microseconds>(time));
  if (!spdlog::should_log(spdlog::level::debug))
    return;
  const auto trace = trace_id_of(x.header("traceparent"));
  // The path as it was sent is percent-encoded, so it cannot forge a line.
  spdlog::debug("{} {} {} {:.1f} ms {} bytes request {}{}{}", to_string(x.method),
                route.empty() ? std::string_view{x.path} : route, status,
                static_cast<double>(time.count()) / 1e6, bytes, id, trace ? " trace " : "",
                trace.value_or(std::string_view{}));
}

} // namespace troupe
