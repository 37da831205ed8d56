// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/job_tracker.hpp"

#include <algorithm>
#include <unordered_set>

namespace troupe {

job_tracker::job_tracker(const std::vector<job_id>& ids) {
  states_.reserve(ids.size());
  for (auto id : ids)
    states_.try_emplace(id);
}

void job_tracker::apply(const job_event& event) {
  auto id = event.lease.job;
  if (event.kind == job_event_kind::succeeded)
    finish(id, progress::finished, job_state::succeeded);
  else if (event.kind == job_event_kind::dead)
    finish(id, progress::finished, job_state::dead);
  else if (event.kind == job_event_kind::cancelled)
    finish(id, progress::finished, job_state::cancelled);
}

void job_tracker::apply(const std::vector<job_id>& asked, const std::vector<job>& found) {
  std::unordered_set<job_id> seen;
  for (auto& job : found) {
    seen.insert(job.id);
    if (is_final(job.state))
      finish(job.id, progress::finished, job.state);
  }
  for (auto id : asked)
    if (!seen.contains(id))
      finish(id, progress::gone, job_state::ready);
}

std::vector<job_id> job_tracker::unfinished() const {
  std::vector<job_id> result;
  for (auto& [id, x] : states_)
    if (x.how == progress::unfinished)
      result.push_back(id);
  std::sort(result.begin(), result.end());
  return result;
}

std::map<job_state, std::uint64_t> job_tracker::counts() const {
  std::map<job_state, std::uint64_t> result;
  for (auto& [id, x] : states_)
    if (x.how == progress::finished)
      ++result[x.state];
  return result;
}

bool job_tracker::all_succeeded() const {
  return std::all_of(states_.begin(), states_.end(), [](auto& x) {
    return x.second.how == progress::finished && x.second.state == job_state::succeeded;
  });
}

void job_tracker::finish(job_id id, progress how, job_state state) {
  auto i = states_.find(id);
  if (i == states_.end() || i->second.how != progress::unfinished)
    return;
  i->second = {how, state};
  ++finished_;
}

} // namespace troupe
