// SPDX-License-Identifier: Apache-2.0
#include "actors/retry_budget.hpp"

#include <algorithm>

namespace troupe {

retry_budget::retry_budget(double per_request, double burst)
    : per_request_{per_request},
      burst_{burst},
      saved_{burst} {}

void retry_budget::pay_in() {
  saved_ = std::min(burst_, saved_ + per_request_);
}

bool retry_budget::take() {
  // Ten times 0.1 is a little less than 1.
  constexpr double rounding = 1e-9;
  if (saved_ < 1 - rounding)
    return false;
  saved_ -= 1;
  return true;
}

} // namespace troupe
