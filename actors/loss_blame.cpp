// SPDX-License-Identifier: Apache-2.0
#include "actors/loss_blame.hpp"

#include <algorithm>

namespace troupe {

blamed_leases blame(std::vector<const lease_record*> lost) {
  blamed_leases result;
  // Workers start what they hold in the order in which it came.
  std::sort(lost.begin(), lost.end(), [](const lease_record* x, const lease_record* y) {
    return x->key.epoch < y->key.epoch;
  });
  for (const auto* record : lost)
    if (record->started)
      result.begun.push_back(record);
  for (const auto* record : lost) {
    if (record->started)
      continue;
    const auto fits = record->slots == 0 || result.begun.size() < record->slots;
    (fits ? result.begun : result.untouched).push_back(record);
  }
  return result;
}

bool is_suspect(const job_counters& counters, std::uint32_t losses_max) noexcept {
  return counters.losses > 0 && counters.losses + 1 >= losses_max;
}

} // namespace troupe
