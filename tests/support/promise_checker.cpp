// SPDX-License-Identifier: Apache-2.0
#include "tests/support/promise_checker.hpp"

#include <algorithm>

namespace troupe::test {

void promise_checker::observe(const memory_data& data) {
  for (const auto& [id, stored] : data.jobs) {
    auto& before = seen_[id];
    auto state = stored.seen.state;
    auto epoch = stored.held ? stored.held->epoch : 0;
    if (is_final(before.state) && state != before.state)
      violated("J2", id, "was " + to_string(before.state) + " and is now " + to_string(state));
    if (is_final(state) && stored.held)
      violated("J3", id, "is final and leased");
    if (epoch != 0 && epoch != before.epoch) {
      if (epoch <= before.newest)
        violated("J3", id, "was leased under an epoch that is not newer");
      before.newest = epoch;
    }
    if (state == job_state::succeeded && before.state != state
        && stored.seen.result != std::to_string(before.newest))
      violated("J3", id,
               "keeps the result of lease " + stored.seen.result + ", not of the current "
                 + std::to_string(before.newest));
    before.state = state;
    before.epoch = epoch;
  }
  for (auto id : acknowledged_)
    if (!data.jobs.contains(id)) {
      violated("J1", id, "was acknowledged and is not stored");
      acknowledged_.erase(id);
      break;
    }
}

std::vector<job_id> promise_checker::unfinished(const memory_data& data) const {
  std::vector<job_id> result;
  std::copy_if(acknowledged_.begin(), acknowledged_.end(), std::back_inserter(result),
               [&](job_id id) { return !is_final(data.jobs.at(id).seen.state); });
  return result;
}

void promise_checker::violated(const std::string& promise, job_id id, const std::string& how) {
  violations_.push_back(promise + ": job " + std::to_string(id) + " " + how);
}

} // namespace troupe::test
