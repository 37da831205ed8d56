// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>

#include "messages/time.hpp"

namespace troupe {

/// The nearest time that RFC 3339 has a form for: of the years 0 to 9999. Stored rows and other
/// nodes may hold any number, and calendars cannot count as far.
constexpr timestamp in_calendar(timestamp x) noexcept {
  using namespace std::chrono;
  constexpr timestamp first = sys_days{year{0} / January / 1};
  constexpr timestamp last = sys_days{year{10'000} / January / 1} - microseconds{1};
  return std::clamp(x, first, last);
}

} // namespace troupe
