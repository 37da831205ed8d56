// SPDX-License-Identifier: Apache-2.0
#include "actors/restart_budget.hpp"

namespace troupe {

restart_budget::restart_budget(std::size_t intensity, std::chrono::nanoseconds period)
    : intensity_{intensity},
      period_{period} {}

bool restart_budget::spend(time_point now) {
  while (!restarts_.empty() && now - restarts_.front() >= period_)
    restarts_.pop_front();
  if (restarts_.size() > intensity_)
    restarts_.pop_front();
  restarts_.push_back(now);
  return restarts_.size() <= intensity_;
}

} // namespace troupe
