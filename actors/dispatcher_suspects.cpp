// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "actors/dispatcher_state.hpp"
#include "actors/loss_blame.hpp"
#include "actors/verdict.hpp"

/// Jobs whose next loss would be their last. Beside others nobody could tell who killed the worker,
/// so each of them runs alone once before it is called a killer (J2).
namespace troupe {

bool dispatcher_state::is_suspected(std::size_t queue, const ready_job& job) const {
  return is_suspect(job.counters, max_losses_of(job.options, queues_[queue].settings));
}

void dispatcher_state::match_suspects(std::vector<lease_key>& keys, grant_leases& request) {
  auto reserve = true; // one worker at a time: the others go on
  for (auto i = suspects_.begin(); i != suspects_.end();) {
    auto& [queue, job] = i->second;
    if (queues_[queue].paused || held_.contains(i->first)) {
      ++i;
      continue;
    }
    const auto taker = matcher_->place_alone(queue, job.node, reserve);
    if (taker == 0) {
      reserve = false;
      ++i;
      continue;
    }
    lease_to(queue, std::move(job), taker, true, keys, request);
    i = suspects_.erase(i);
  }
}

} // namespace troupe
