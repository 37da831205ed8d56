// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

namespace troupe {

/// Calls that wait for a better moment, each until its deadline. No actor, no clock.
class waiting_calls {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct call {
    time_point deadline;
    std::function<void()> again;
    std::function<void()> give_up; ///< when the deadline is over
  };

  void add(call x) { calls_.push_back(std::move(x)); }

  /// Takes all of them out, and calls each: again, or to give up. What they add waits for the next
  /// time.
  void run(time_point now);

  std::size_t size() const noexcept { return calls_.size(); }

private:
  std::vector<call> calls_;
};

} // namespace troupe
