// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/dispatcher_state.hpp"
#include "messages/error_category.hpp"

/// Pull workers: programs in any language that fetch jobs through a gateway. They have no actor, so
/// nobody hears when they die: only silence takes their leases away. What they say is judged by the
/// epochs it names, so it may come through another gateway, or to a dispatcher that never met them.
namespace troupe {

namespace {

// Longer polls are answered, with nothing, after this.
constexpr milliseconds pull_wait_max{60'000};

// How long a pull worker without leases and calls stays known.
constexpr std::chrono::seconds memory{60};

// The same of one that was told to drain: it may be silent for long, and is to get no jobs then.
constexpr std::chrono::seconds memory_of_drained{24 * 60 * 60};

// No node of a cluster can have such a name.
std::string node_of(const std::string& worker) {
  return "pull/" + worker;
}

} // namespace

caf::result<jobs_pulled> dispatcher_state::pull(const pull_jobs& request) {
  auto queue = find_queue(request.queue);
  if (!queue)
    return to_caf({errc::unknown_queue, fmt::format("no queue '{}' is declared", request.queue)});
  if (request.worker.empty() || request.worker.size() > limits::pull_worker_bytes_max)
    return to_caf({errc::invalid_argument, fmt::format("the worker's name must have 1 to {} bytes",
                                                       limits::pull_worker_bytes_max)});
  if (request.limit == 0 || request.limit > limits::pull_jobs_max)
    return to_caf({errc::invalid_argument, fmt::format("limit {}; it must be 1 to {}",
                                                       request.limit, limits::pull_jobs_max)});
  auto is_letters = [&](const queue_state& x) { return x.settings.dead_letter == request.queue; };
  if (std::any_of(queues_.begin(), queues_.end(), is_letters))
    return to_caf({errc::invalid_argument,
                   fmt::format("'{}' is a dead-letter queue: redrive its jobs", request.queue)});
  auto node = node_of(request.worker);
  auto* worker = hear_puller(node, *queue, request.caller);
  if (worker == nullptr || pulls_.size() >= limits::pulls_max)
    return to_caf({errc::overloaded,
                   "too many pull workers; give each program one name and keep that, or try again "
                   "when others have been silent for a minute"});
  queues_[*queue].pulled = true;
  // Where nothing waits, whoever wants no wait gets an answer at once.
  if (request.wait.count() <= 0
      && (worker->draining || queues_[*queue].paused || queues_[*queue].depths.ready == 0))
    return jobs_pulled{{}, options_.heartbeat_interval, options_.lease_timeout};
  auto sender = self_->current_sender();
  auto asker = caf::actor_cast<caf::actor_addr>(sender);
  if (sender && askers_.insert(asker).second)
    self_->monitor(caf::actor_cast<caf::actor>(sender));
  waiting_pull call;
  call.promise = self_->make_response_promise<jobs_pulled>();
  auto promise = call.promise;
  auto number = next_epoch();
  call.taker.id = {std::move(node), number};
  call.taker.queues = {*queue};
  call.limit = request.limit;
  call.until = now() + std::min(request.wait, pull_wait_max);
  call.asker = std::move(asker);
  call.queue = *queue;
  pulls_.emplace(number, std::move(call));
  worker->calls.insert(number);
  queues_[*queue].pulls.insert(number);
  if (request.wait.count() <= 0)
    impatient_.insert(number);
  match();
  return promise;
}

dispatcher_state::pull_worker* dispatcher_state::hear_puller(const std::string& node,
                                                             std::size_t queue,
                                                             const std::string& caller) {
  auto found = pullers_.find(node);
  if (found == pullers_.end()) {
    if (pullers_.size() >= limits::pull_workers_max)
      return nullptr;
    if (!caller.empty()) {
      auto& count = callers_pullers_[caller];
      if (count >= limits::caller_pull_workers_max)
        return nullptr;
      ++count;
    }
    found = pullers_.emplace(node, pull_worker{next_epoch(), queue, {}, false, caller}).first;
  }
  found->second.queue = queue;
  found->second.seen = now();
  return &found->second;
}

void dispatcher_state::admit_pulls(std::size_t most) {
  for (const auto& queue : queues_) {
    if (queue.paused)
      continue;
    // No more than there are jobs for: each takes one at least.
    auto jobs = std::min(queue.window.size() + suspects_.size(), most);
    for (auto i = queue.pulls.begin(); jobs > 0 && i != queue.pulls.end(); ++i) {
      const auto& call = pulls_.at(*i);
      const auto& worker = pullers_.at(call.taker.id.node);
      const auto held = leases_.active(worker.number);
      if (call.granting > 0 || worker.draining || held == lease_table::full)
        continue;
      matcher_->admit(call.taker, call.limit, held);
      --jobs;
    }
  }
}

dispatcher_state::waiting_pulls::iterator
dispatcher_state::forget_pull(waiting_pulls::iterator call) {
  queues_[call->second.queue].pulls.erase(call->first);
  impatient_.erase(call->first);
  if (auto worker = pullers_.find(call->second.taker.id.node); worker != pullers_.end())
    worker->second.calls.erase(call->first);
  return pulls_.erase(call);
}

std::set<std::uint64_t> dispatcher_state::pulls_of(const std::vector<lease_key>& keys) const {
  std::set<std::uint64_t> pulls;
  for (const auto& key : keys)
    if (const auto* record = leases_.find(key.job); record != nullptr && record->key == key)
      pulls.insert(record->pull);
  return pulls;
}

void dispatcher_state::answer_pulls(const std::set<std::uint64_t>& pulls,
                                    std::map<std::uint64_t, std::vector<leased_job>>& jobs) {
  for (auto number : pulls) {
    auto found = pulls_.find(number);
    if (found == pulls_.end())
      continue;
    auto& call = found->second;
    call.granting = 0;
    call.bytes = 0;
    if (jobs[number].empty())
      continue;
    pullers_.at(call.taker.id.node).seen = now();
    call.promise.deliver(
      jobs_pulled{std::move(jobs[number]), options_.heartbeat_interval, options_.lease_timeout});
    forget_pull(found);
  }
}

void dispatcher_state::end_pulls() {
  for (auto i = pulls_.begin(); i != pulls_.end();)
    i = i->second.granting > 0 || i->second.until > now() ? std::next(i) : end_pull(i);
}

void dispatcher_state::answer_impatient() {
  for (const auto number : std::set{impatient_}) {
    const auto found = pulls_.find(number);
    const auto& call = found->second;
    const auto& queue = queues_[call.queue];
    const bool may_get = !queue.paused && !pullers_.at(call.taker.id.node).draining;
    if (call.granting == 0 && !(may_get && queue.window.is_reading()))
      end_pull(found);
  }
}

dispatcher_state::waiting_pulls::iterator dispatcher_state::end_pull(waiting_pulls::iterator call) {
  pullers_.at(call->second.taker.id.node).seen = now();
  call->second.promise.deliver(
    jobs_pulled{{}, options_.heartbeat_interval, options_.lease_timeout});
  return forget_pull(call);
}

void dispatcher_state::asker_down(const caf::actor_addr& address) {
  if (askers_.erase(address) == 0)
    return;
  for (auto i = pulls_.begin(); i != pulls_.end();)
    i = i->second.asker == address ? forget_pull(i) : std::next(i);
}

heartbeat_reply dispatcher_state::renew_pulled(const heartbeat& beat) {
  auto node = node_of(beat.worker.node);
  heartbeat_reply reply;
  for (const auto& key : beat.leases) {
    auto* record = leases_.find(key);
    if (record == nullptr || record->node != node || record->phase == lease_phase::granting
        || record->taken || !may_name(beat.queues, *record)) {
      reply.lost.push_back(key);
      continue;
    }
    auto* worker = hear_puller(node, record->queue, {});
    record->renewed = now();
    if (worker != nullptr && record->phase == lease_phase::orphaned)
      leases_.assign(*record, worker->number, lease_phase::held);
    if (!record->started)
      begin(*record); // by another dispatcher: its time-outs count from now on
    if (record->cancel)
      reply.cancelled.push_back(key);
  }
  for (const auto& progress : beat.progress)
    if (auto* record = leases_.find(progress.lease);
        record != nullptr && record->node == node && may_name(beat.queues, *record))
      record->active = now();
  return reply;
}

void dispatcher_state::forget_pullers() {
  std::erase_if(pullers_, [this](const auto& x) {
    const auto known_for = x.second.draining ? memory_of_drained : memory;
    if (now() - x.second.seen <= known_for || !x.second.calls.empty()
        || !leases_.of_worker(x.second.number).empty())
      return false;
    if (const auto count = callers_pullers_.find(x.second.caller);
        count != callers_pullers_.end() && --count->second == 0)
      callers_pullers_.erase(count);
    return true;
  });
}

worker_info dispatcher_state::describe(const std::string& node, const pull_worker& worker) const {
  worker_info info;
  info.worker = {node, worker.number};
  info.queues = {queues_[worker.queue].settings.name};
  for (auto job : leases_.of_worker(worker.number))
    info.leases.push_back(leases_.find(job)->key);
  auto slots = static_cast<std::uint32_t>(info.leases.size());
  for (const auto number : worker.calls)
    slots += pulls_.at(number).limit;
  info.slots = slots;
  info.capacity = worker.draining ? 0 : slots;
  if (worker.calls.empty())
    info.heartbeat_age = std::chrono::duration_cast<milliseconds>(now() - worker.seen);
  auto silent = info.heartbeat_age > suspect_after();
  info.state = worker.draining ? worker_state::draining
               : silent        ? worker_state::suspect
                               : worker_state::alive;
  return info;
}

} // namespace troupe
