// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/restart_policy.hpp"

#include <algorithm>

#include "apps/troupe/exit_codes.hpp"

namespace troupe {

namespace {

/// Who lived for so long has worked, and its next end is a new trouble.
constexpr milliseconds life_min{10'000};
constexpr milliseconds delay_first{100};
constexpr milliseconds delay_max{10'000};
constexpr std::uint32_t first_attempts_max = 5;

} // namespace

std::optional<milliseconds> restart_policy::ended(milliseconds lived, int status) {
  if (lived >= life_min) {
    has_worked_ = true;
    short_lives_ = 0;
  }
  ++short_lives_;
  // A signal came from outside, or is a crash that may pass.
  auto gave_reason = status >= 0 && !has_worked_;
  if (gave_reason && (status == exit_usage || short_lives_ >= first_attempts_max))
    return std::nullopt;
  auto doublings = std::min<std::uint32_t>(short_lives_ - 1, 20);
  auto delay = std::min(delay_max, delay_first * (std::int64_t{1} << doublings));
  // Half of it by chance: nodes that fell together do not come back in step.
  std::uniform_int_distribution<std::int64_t> jitter{delay.count() / 2, delay.count()};
  return milliseconds{jitter(random_)};
}

} // namespace troupe
