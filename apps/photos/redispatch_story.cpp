// SPDX-License-Identifier: Apache-2.0
#include "apps/photos/redispatch_story.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace photos {

using troupe::job_event_kind;
using troupe::job_state;

redispatch_story::redispatch_story(const std::vector<troupe::job_id>& jobs) {
  for (auto id : jobs)
    states_.emplace(id, job_state::ready);
}

void redispatch_story::kill(std::string node, troupe::timestamp at) {
  killed_node_ = std::move(node);
  killed_at_ = at;
}

std::string redispatch_story::apply(const troupe::job_event& event) {
  if (!states_.contains(event.lease.job))
    return {};
  switch (event.kind) {
  case job_event_kind::started:
    running_[event.lease.job] = event.lease.epoch;
    return started(event);
  case job_event_kind::lost:
    running_.erase(event.lease.job);
    return lost(event);
  case job_event_kind::succeeded:
    finish(event.lease.job, job_state::succeeded);
    return {};
  case job_event_kind::dead:
    finish(event.lease.job, job_state::dead);
    return {};
  case job_event_kind::cancelled:
    finish(event.lease.job, job_state::cancelled);
    return {};
  case job_event_kind::retrying:
  case job_event_kind::released:
  case job_event_kind::snoozed:
    running_.erase(event.lease.job);
    return {};
  case job_event_kind::leased:
    return {};
  }
  return {};
}

void redispatch_story::apply(const troupe::job& job) {
  if (states_.contains(job.id) && troupe::is_final(job.state))
    finish(job.id, job.state);
}

std::size_t redispatch_story::succeeded() const {
  return static_cast<std::size_t>(std::ranges::count_if(
    states_, [](const auto& entry) { return entry.second == job_state::succeeded; }));
}

std::vector<troupe::job_id> redispatch_story::unfinished() const {
  std::vector<troupe::job_id> ids;
  for (const auto& [id, state] : states_)
    if (!troupe::is_final(state))
      ids.push_back(id);
  return ids;
}

std::vector<troupe::job_id> redispatch_story::running(const troupe::worker_info& worker) const {
  std::vector<troupe::job_id> ids;
  for (const auto& lease : worker.leases)
    if (auto found = running_.find(lease.job);
        found != running_.end() && found->second == lease.epoch)
      ids.push_back(lease.job);
  return ids;
}

const troupe::worker_info*
redispatch_story::busiest(const std::vector<troupe::worker_info>& workers) const {
  auto load = [this](const troupe::worker_info& worker) { return running(worker).size(); };
  auto best = std::ranges::max_element(workers, {}, load);
  return best != workers.end() && load(*best) > 0 ? &*best : nullptr;
}

void redispatch_story::finish(troupe::job_id job, job_state state) {
  running_.erase(job);
  auto& current = states_.at(job);
  if (!troupe::is_final(current))
    ++finished_;
  current = state;
}

std::string redispatch_story::lost(const troupe::job_event& event) {
  if (killed_node_.empty() || event.node != killed_node_)
    return {};
  auto after = since_kill(event.at);
  redispatches_.push_back({event.lease.job, after, std::nullopt, {}});
  return fmt::format("+{} ms: job {} was taken away from {}", after.count(), event.lease.job,
                     event.node);
}

std::string redispatch_story::started(const troupe::job_event& event) {
  auto waits = std::ranges::find_if(
    redispatches_, [&](const redispatch& x) { return x.job == event.lease.job && !x.started; });
  if (waits == redispatches_.end())
    return {};
  waits->started = since_kill(event.at);
  waits->node = event.node;
  return fmt::format("+{} ms: job {} started again on {}, attempt {}", waits->started->count(),
                     event.lease.job, event.node, event.attempt);
}

troupe::milliseconds redispatch_story::since_kill(troupe::timestamp at) const {
  return std::chrono::round<troupe::milliseconds>(at - killed_at_);
}

} // namespace photos
