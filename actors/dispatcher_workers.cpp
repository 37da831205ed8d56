// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <caf/send.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/dispatcher_state.hpp"
#include "actors/job_labels.hpp"
#include "actors/verdict.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

// Number 0 stands for nobody.
bool is_worker(const worker_id& id, const worker_actor& handle) {
  return handle && id.incarnation != 0 && !id.node.empty()
         && id.node.size() <= limits::name_bytes_max;
}

} // namespace

// -- coming and going -----------------------------------------------------------------------------

caf::result<worker_registered> dispatcher_state::enlist(const register_worker& request,
                                                        const worker_actor& handle) {
  if (!is_worker(request.worker, handle))
    return to_caf({errc::invalid_argument,
                   fmt::format("a worker needs an actor, an incarnation, and a name of 1 to {} "
                               "bytes for its node",
                               limits::name_bytes_max)});
  // Another incarnation on the same node is a process that has ended: its jobs need not wait.
  for (const auto& [incarnation, worker] : std::map{workers_})
    if (worker.id.node == request.worker.node && incarnation != request.worker.incarnation)
      forget_worker(incarnation);
  worker_record worker;
  worker.id = request.worker;
  worker.slots = request.slots;
  worker.capacity = request.capacity;
  worker.seen = now();
  worker.withheld = request.withheld;
  worker.cancel_grace = request.cancel_grace;
  for (const auto& queue : request.queues)
    if (auto index = find_queue(queue))
      worker.queues.push_back(*index);
    else
      spdlog::warn("worker node '{}' offers to run queue '{}', which is not declared here",
                   request.worker.node, queue);
  if (!addresses_.contains(handle.address()))
    self_->monitor(handle);
  addresses_[handle.address()] = request.worker.incarnation;
  handles_[request.worker.incarnation] = handle;
  workers_[request.worker.incarnation] = std::move(worker);
  auto lost = adopt_claimed(request);
  spdlog::info("worker node '{}' registered: {} slots, {} leases kept, {} lost",
               request.worker.node, request.slots, request.leases.size() - lost.size(),
               lost.size());
  match_soon();
  return worker_registered{options_.heartbeat_interval, options_.lease_timeout, std::move(lost)};
}

std::vector<lease_key> dispatcher_state::adopt_claimed(const register_worker& request) {
  auto incarnation = request.worker.incarnation;
  std::vector<lease_key> lost;
  for (const auto& key : request.leases) {
    auto* record = leases_.find(key);
    if (record == nullptr || record->node != request.worker.node || record->taken) {
      lost.push_back(key);
      continue;
    }
    record->slots = request.slots;
    record->cancel_grace = request.cancel_grace;
    record->renewed = now();
    record->given = now(); // if it runs, the worker says so again
    auto ending = record->phase == lease_phase::ending;
    leases_.assign(*record, incarnation, ending ? lease_phase::ending : lease_phase::held);
    if (record->cancel && !ending)
      request_cancel(*record); // it may not know, and hold on
  }
  // What it holds in our eyes and not in its own died with its process; or never reached it, if it
  // is the one that it was meant for.
  std::vector<job_id> unclaimed, never_arrived;
  for (auto job : leases_.orphans_of(request.worker.node))
    (leases_.find(job)->granted_to == incarnation ? never_arrived : unclaimed).push_back(job);
  for (auto job : leases_.of_worker(incarnation)) {
    auto claimed = std::find(request.leases.begin(), request.leases.end(), leases_.find(job)->key);
    if (claimed == request.leases.end())
      never_arrived.push_back(job);
  }
  take(unclaimed, end_reason::lease_lost);
  take(never_arrived, end_reason::released);
  return lost;
}

caf::result<caf::ok_atom> dispatcher_state::drain(const drain_node& request) {
  bool found = false;
  for (const auto& [incarnation, worker] : workers_)
    if (worker.id.node == request.node && handles_.contains(incarnation)) {
      // Anonymous: its answer is for those who wait for the end.
      if (request.draining)
        caf::anon_send(handles_.at(incarnation), drain_worker{wait_max});
      else
        caf::anon_send(handles_.at(incarnation), resume_worker{});
      found = true;
    }
  if (auto puller = pullers_.find(request.node); puller != pullers_.end()) {
    puller->second.draining = request.draining;
    found = true;
    match_soon(); // its calls may be waiting
  }
  if (!found)
    return to_caf({errc::invalid_argument,
                   fmt::format("no worker is called '{}'; see `troupe workers`", request.node)});
  spdlog::info("worker node '{}' is told to {}", request.node,
               request.draining ? "drain" : "take jobs again");
  return caf::ok_atom::value;
}

void dispatcher_state::down(const caf::actor_addr& address) {
  worker_down(address);
  asker_down(address);
}

void dispatcher_state::worker_down(const caf::actor_addr& address) {
  auto i = addresses_.find(address);
  if (i == addresses_.end())
    return;
  auto incarnation = i->second;
  addresses_.erase(i);
  auto handle = handles_.find(incarnation);
  if (handle == handles_.end() || handle->second.address() != address)
    return;
  const auto& node = workers_.at(incarnation).id.node;
  if (auto held = leases_.of_worker(incarnation).size(); held == 0)
    spdlog::info("worker node '{}' is gone; it held no job", node);
  else
    spdlog::warn("the connection to worker node '{}' broke; it holds {} leases", node, held);
  forget_worker(incarnation);
}

void dispatcher_state::forget_worker(std::uint64_t incarnation) {
  if (auto handle = handles_.find(incarnation); handle != handles_.end()) {
    addresses_.erase(handle->second.address());
    handles_.erase(handle);
  }
  workers_.erase(incarnation);
  auto jobs = leases_.of_worker(incarnation);
  if (options_.reconnect_grace.count() == 0) {
    take(jobs, end_reason::lease_lost);
    return;
  }
  for (auto job : jobs) {
    auto& record = *leases_.find(job);
    if (record.phase != lease_phase::held)
      continue;
    leases_.assign(record, incarnation, lease_phase::orphaned);
    // From now on its silence may last as long as the grace, and no longer than before.
    auto grace = now() + options_.reconnect_grace - silence();
    record.renewed = std::min(record.renewed, grace);
  }
}

worker_record* dispatcher_state::hear(const worker_id& id, std::uint32_t capacity) {
  auto i = workers_.find(id.incarnation);
  if (i == workers_.end())
    return nullptr;
  auto& worker = i->second;
  worker.seen = now();
  if (worker.state == worker_state::suspect || capacity > worker.capacity)
    match_soon();
  if (worker.state == worker_state::suspect
      || (worker.state == worker_state::draining && capacity > 0))
    worker.state = worker_state::alive;
  worker.capacity = capacity;
  return &worker;
}

// -- reports --------------------------------------------------------------------------------------

caf::result<heartbeat_reply> dispatcher_state::renew(const heartbeat& beat) {
  if (beat.worker.incarnation == 0)
    return renew_pulled(beat);
  if (hear(beat.worker, beat.capacity) == nullptr)
    return to_caf({errc::lease_lost, "this worker is not registered; register again"});
  heartbeat_reply reply;
  for (const auto& key : beat.leases) {
    auto* record = leases_.find(key);
    if (record == nullptr || record->worker != beat.worker.incarnation || record->taken
        || !may_name(beat.queues, *record)) {
      reply.lost.push_back(key);
      continue;
    }
    record->renewed = now();
    if (record->cancel)
      reply.cancelled.push_back(key);
  }
  for (const auto& progress : beat.progress)
    if (auto* record = leases_.find(progress.lease); record != nullptr
                                                     && record->worker == beat.worker.incarnation
                                                     && may_name(beat.queues, *record))
      record->active = now();
  return reply;
}

bool dispatcher_state::may_name(const std::vector<std::string>& queues,
                                const lease_record& record) const {
  return queues.empty()
         || std::find(queues.begin(), queues.end(), queues_[record.queue].settings.name)
              != queues.end();
}

void dispatcher_state::started(const start_jobs& report) {
  for (const auto& key : report.leases) {
    auto* record = leases_.find(key);
    if (record != nullptr && record->worker == report.worker.incarnation && !record->started)
      begin(*record);
  }
}

void dispatcher_state::begin(lease_record& record) {
  record.started = true;
  record.begun = now();
  record.active = now();
  emit(record.queue, job_event_kind::started, record.key, next_attempt(record.job.counters),
       record.node, end_reason::none);
}

caf::result<finish_reply> dispatcher_state::finish(finish_jobs& report) {
  hear(report.worker, report.capacity);
  finish_reply reply;
  std::vector<lease_end> ends;
  for (auto& outcome : report.outcomes) {
    // The epoch is the proof: whoever knows the current one holds the lease (J3).
    auto* record = leases_.find(outcome.lease);
    auto allowed = record != nullptr && may_name(report.queues, *record);
    auto current
      = allowed && record->phase != lease_phase::ending && record->phase != lease_phase::granting;
    if (!current) {
      spdlog::warn("{}: '{}' from worker node '{}' {} (lease_lost)",
                   delivery_name(outcome.lease, allowed ? record->job.trace_parent : ""),
                   to_string(outcome.kind), report.worker.node,
                   record != nullptr && !allowed ? "is of a queue that it may not serve"
                                                 : "came too late");
      reply.lost.push_back(outcome.lease);
      continue;
    }
    ends.push_back(judge(*record, outcome, queues_[record->queue].settings, wall(), engine_));
    leases_.assign(*record, record->worker, lease_phase::ending); // it may be named twice
  }
  if (ends.empty())
    return reply;
  auto promise = self_->make_response_promise<finish_reply>();
  end(std::move(ends),
      [reply, promise](const std::vector<lease_key>& lost, const caf::error& why) mutable {
        if (why) {
          promise.deliver(why);
          return;
        }
        reply.lost.insert(reply.lost.end(), lost.begin(), lost.end());
        promise.deliver(std::move(reply));
      });
  return promise;
}

} // namespace troupe
