// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <deque>

namespace troupe {

/// How many restarts a supervisor may make within a period before it gives up. What fails more
/// often than that is not cured by starting it again.
class restart_budget {
public:
  using time_point = std::chrono::steady_clock::time_point;

  restart_budget(std::size_t intensity, std::chrono::nanoseconds period);

  /// Records a restart at `now`, which never goes back. False when there were more than `intensity`
  /// within the last `period`, this one included.
  bool spend(time_point now);

  /// Restarts that count, as of the last `spend`.
  std::size_t spent() const noexcept { return restarts_.size(); }

private:
  std::size_t intensity_;
  std::chrono::nanoseconds period_;
  std::deque<time_point> restarts_; // at most intensity_ + 1
};

} // namespace troupe
