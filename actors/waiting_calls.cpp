// SPDX-License-Identifier: Apache-2.0
#include "actors/waiting_calls.hpp"

#include <utility>

namespace troupe {

void waiting_calls::run(time_point now) {
  for (auto& x : std::exchange(calls_, {}))
    if (now < x.deadline)
      x.again();
    else
      x.give_up();
}

} // namespace troupe
