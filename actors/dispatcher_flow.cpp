// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/dispatcher_state.hpp"
#include "actors/job_labels.hpp"
#include "actors/loss_blame.hpp"
#include "actors/verdict.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

// While this many grants wait for the store, slots that become free are collected, so that the
// next grant is a larger batch.
constexpr std::size_t grants_in_flight_max = 2;
constexpr std::size_t grant_batch_max = 1000;

constexpr std::uint32_t promote_batch = 1000;

bool has_key(const std::vector<lease_key>& keys, const lease_key& x) {
  return std::find(keys.begin(), keys.end(), x) != keys.end();
}

} // namespace

// -- handing out ----------------------------------------------------------------------------------

void dispatcher_state::match_soon() {
  if (!std::exchange(match_pending_, true))
    self_->send(self_, match_atom::value);
}

void dispatcher_state::match() {
  match_pending_ = false;
  if (grants_in_flight_ >= grants_in_flight_max)
    return;
  if (storage_stalled_)
    return answer_impatient();
  matcher_->begin(workers_, [this](std::uint64_t worker) { return leases_.active(worker); });
  admit_pulls(grant_batch_max);
  auto waiting = [this](std::size_t queue) {
    const auto& x = queues_[queue];
    return !x.paused && !x.window.empty()
           && (suspects_.size() < limits::suspects_max || !is_suspected(queue, x.window.front()));
  };
  grant_leases request;
  std::vector<lease_key> keys;
  match_suspects(keys, request);
  while (request.grants.size() < grant_batch_max) {
    auto queue = matcher_->next_queue(waiting);
    if (!queue)
      break;
    auto job = queues_[*queue].window.take_front();
    if (leases_.find(job.id) != nullptr || suspects_.contains(job.id))
      continue; // read from the store again before its grant was committed
    if (auto held = held_.find(job.id); held != held_.end()) {
      held->second.emplace(*queue, std::move(job)); // comes again when it is let go
      continue;
    }
    auto alone = is_suspected(*queue, job);
    auto taker = alone ? matcher_->place_alone(*queue, job.node, suspects_.empty())
                       : matcher_->place(*queue, job.node);
    if (taker == 0)
      suspects_.emplace(job.id, std::pair{*queue, std::move(job)});
    else
      lease_to(*queue, std::move(job), taker, alone, keys, request);
  }
  for (std::size_t i = 0; i < queues_.size(); ++i)
    read_more(i);
  if (request.grants.size() < grant_batch_max) // else it goes on when these are granted
    answer_impatient();
  if (keys.empty())
    return;
  request.now = wall();
  ++grants_in_flight_;
  deadlines_.request<leases_granted>(
    self_, options_.repository, options_.storage_timeout, std::move(request),
    [this, keys](const leases_granted& reply) { granted(keys, reply); },
    [this, keys](const caf::error& why) {
      doubt(why);
      grant_failed(keys);
    });
}

void dispatcher_state::lease_to(std::size_t queue, ready_job job, std::uint64_t taker, bool alone,
                                std::vector<lease_key>& keys, grant_leases& request) {
  lease_record record;
  record.key = {job.id, next_epoch()};
  record.queue = queue;
  record.job = std::move(job);
  record.alone = alone;
  give_to(record, taker);
  resolve_timeouts(record);
  request.grants.push_back({record.key, record.node, record.granted_to});
  keys.push_back(record.key);
  leases_.add(std::move(record));
}

void dispatcher_state::give_to(lease_record& record, std::uint64_t taker) {
  auto found = pulls_.find(taker);
  if (found == pulls_.end()) {
    const auto& worker = workers_.at(taker);
    record.worker = taker;
    record.granted_to = taker;
    record.node = worker.id.node;
    record.slots = worker.slots;
    record.cancel_grace = worker.cancel_grace;
    return;
  }
  auto& call = found->second;
  record.pull = taker;
  record.node = call.taker.id.node;
  record.worker = pullers_.at(record.node).number;
  ++call.granting;
  call.bytes += record.job.payload.size();
  if (call.bytes >= limits::message_bytes_max)
    matcher_->withdraw(taker);
}

bool dispatcher_state::can_deliver(const lease_record& record) const {
  return record.pull != 0 ? pulls_.contains(record.pull) : handles_.contains(record.worker);
}

void dispatcher_state::granted(const std::vector<lease_key>& keys, const leases_granted& reply) {
  --grants_in_flight_;
  const auto pulls = pulls_of(keys);
  for (const auto& key : reply.refused)
    leases_.erase(key.job); // it was cancelled meanwhile; whoever did that has counted it
  std::map<std::uint64_t, std::vector<leased_job>> deliveries, pulled;
  std::vector<job_id> undeliverable;
  for (const auto& key : keys) {
    auto* record = leases_.find(key);
    if (record == nullptr)
      continue;
    move_depth(record->queue, job_state::ready, job_state::running);
    record->leased_at = wall();
    record->renewed = now();
    record->given = now();
    leases_.assign(*record, record->worker, lease_phase::held);
    if (!can_deliver(*record)) {
      undeliverable.push_back(key.job);
      continue;
    }
    auto& jobs = record->pull != 0 ? pulled[record->pull] : deliveries[record->worker];
    jobs.push_back({key, queues_[record->queue].settings.name, next_attempt(record->job.counters),
                    record->run_timeout, record->progress_timeout, record->job.payload,
                    record->job.trace_parent});
    count_start(*record);
    emit(record->queue, job_event_kind::leased, key, next_attempt(record->job.counters),
         record->node, end_reason::none);
    if (record->pull != 0)
      begin(*record);
  }
  answer_pulls(pulls, pulled);
  for (auto& [worker, jobs] : deliveries)
    hand_over(worker, std::move(jobs));
  take(undeliverable, end_reason::released);
  match_soon();
}

void dispatcher_state::grant_failed(const std::vector<lease_key>& keys) {
  --grants_in_flight_;
  storage_stalled_ = true;
  std::map<std::uint64_t, std::vector<leased_job>> none;
  answer_pulls(pulls_of(keys), none);
  for (const auto& key : keys)
    if (auto* record = leases_.find(key)) {
      auto queue = record->queue;
      auto job = std::move(record->job);
      leases_.erase(key.job);
      queues_[queue].window.offer(std::move(job));
    }
  answer_impatient();
}

void dispatcher_state::hand_over(std::uint64_t worker, std::vector<leased_job> jobs) {
  const auto& handle = handles_.at(worker);
  run_jobs message;
  std::size_t bytes = 0;
  for (auto& job : jobs) {
    if (bytes > 0 && bytes + job.payload.size() > limits::message_bytes_max) {
      self_->send(handle, std::exchange(message, {}));
      bytes = 0;
    }
    bytes += job.payload.size();
    message.jobs.push_back(std::move(job));
  }
  self_->send(handle, std::move(message));
}

void dispatcher_state::read_more(std::size_t queue) {
  auto& window = queues_[queue].window;
  // Of jobs that nobody takes, only the first one's age is of interest.
  const bool served = is_served(queue);
  if (!window.wants_read() || (!served && (!window.empty() || queues_[queue].depths.ready == 0)))
    return;
  auto request = window.begin_read(queues_[queue].settings.name);
  if (!served)
    request.limit = 1;
  self_->request(options_.repository, options_.storage_timeout, std::move(request))
    .then(
      [this, queue](ready_read& read) {
        queues_[queue].window.end_read(std::move(read));
        match_soon();
      },
      [this, queue](const caf::error&) {
        queues_[queue].window.abort_read();
        storage_stalled_ = true;
        answer_impatient();
      });
}

void dispatcher_state::make_ready(std::size_t queue, ready_job job) {
  if (!is_served(queue))
    queues_[queue].window.leave(start_order::of(job));
  else
    queues_[queue].window.offer(std::move(job));
  match_soon();
}

// -- ending ---------------------------------------------------------------------------------------

void dispatcher_state::end(std::vector<lease_end> ends, ended_function done) {
  end_leases request;
  request.now = wall();
  for (auto& end : ends) {
    auto& record = *leases_.find(end.lease);
    if (record.phase != lease_phase::ending)
      leases_.assign(record, record.worker, lease_phase::ending);
    if (end.next == job_state::dead && !end.dead_letter.empty())
      end.dead_letter_copy = next_job_++;
  }
  request.ends = ends;
  std::vector<lease_key> leases;
  for (auto& end : ends) {
    end.output.clear(); // only the store needs it
    leases.push_back(end.lease);
  }
  deadlines_.request<leases_ended>(
    self_, options_.repository, options_.storage_timeout, std::move(request),
    [this, ends = std::move(ends), done](const leases_ended& reply) mutable {
      for (auto& end : ends) {
        if (has_key(reply.cancelled, end.lease)) {
          end.next = job_state::cancelled;
          end.reason = end_reason::cancelled;
        }
        if (!has_key(reply.lost, end.lease) && leases_.find(end.lease) != nullptr)
          ended(end);
      }
      done(reply.lost, {});
      if (!reply.lost.empty())
        distrust(fmt::format("of job {} it knows another lease than {}", reply.lost.front().job,
                             reply.lost.front().epoch));
      match_soon();
    },
    [this, leases = std::move(leases), done](const caf::error& why) {
      doubt(why);
      for (const auto& lease : leases)
        hold_again(lease);
      done({}, why);
    });
  match_soon();
}

void dispatcher_state::hold_again(const lease_key& lease) {
  auto* record = leases_.find(lease);
  if (record == nullptr)
    return;
  record->taken = false;
  leases_.assign(*record, record->worker,
                 handles_.contains(record->worker) ? lease_phase::held : lease_phase::orphaned);
}

void dispatcher_state::ended(const lease_end& end) {
  auto record = std::move(*leases_.find(end.lease));
  leases_.erase(end.lease.job);
  move_depth(record.queue, job_state::running, end.next);
  auto attempt = next_attempt(record.job.counters);
  auto tell = [&](job_event_kind kind) {
    emit(record.queue, kind, end.lease, attempt, record.node, end.reason);
  };
  count_end(record, end.reason);
  switch (end.next) {
  case job_state::succeeded:
    tell(job_event_kind::succeeded);
    return;
  case job_state::cancelled:
    tell(job_event_kind::cancelled);
    return;
  case job_state::dead:
    tell(job_event_kind::dead);
    if (auto letters = find_queue(end.dead_letter)) {
      move_depth(*letters, {}, job_state::ready);
      auto copy = after_end(record, end);
      copy.id = end.dead_letter_copy;
      copy.counters = {};
      copy.created_at = wall();
      make_ready(*letters, std::move(copy));
    }
    return;
  case job_state::ready:
    tell(end.reason == end_reason::lease_lost ? job_event_kind::lost : job_event_kind::released);
    make_ready(record.queue, after_end(record, end));
    break;
  default:
    tell(end.next != job_state::scheduled     ? job_event_kind::retrying
         : end.reason == end_reason::released ? job_event_kind::released
                                              : job_event_kind::snoozed);
    arm_due(record.queue, end.run_at);
    break;
  }
}

bool dispatcher_state::may_be_taken(const lease_record& record) const {
  return record.phase != lease_phase::granting
         && record.phase != lease_phase::ending; // the store's answer decides
}

void dispatcher_state::take(const std::vector<job_id>& jobs, end_reason reason) {
  if (reason == end_reason::lease_lost) {
    take_lost(jobs);
    return;
  }
  std::vector<lease_end> ends;
  for (auto job : jobs)
    if (const auto& record = *leases_.find(job); may_be_taken(record))
      ends.push_back(judge_taken(record, reason, queues_[record.queue].settings, wall(), engine_));
  take_as(std::move(ends));
}

void dispatcher_state::take_lost(const std::vector<job_id>& jobs) {
  std::map<std::pair<std::uint64_t, std::string>, std::vector<const lease_record*>> by_worker;
  for (auto job : jobs)
    if (const auto& record = *leases_.find(job); may_be_taken(record))
      by_worker[{record.worker, record.node}].push_back(&record);
  std::vector<lease_end> ends;
  for (auto& [worker, lost] : by_worker) {
    const auto blamed = blame(std::move(lost));
    for (const auto* record : blamed.begun)
      ends.push_back(
        judge_lost(*record, blamed.begun.size() == 1, queues_[record->queue].settings));
    for (const auto* record : blamed.untouched)
      ends.push_back(judge_taken(*record, end_reason::released, queues_[record->queue].settings,
                                 wall(), engine_));
  }
  take_as(std::move(ends));
}

void dispatcher_state::take_as(std::vector<lease_end> ends) {
  if (ends.empty())
    return;
  for (const auto& end : ends) {
    auto& record = *leases_.find(end.lease);
    record.taken = true;
    if (end.reason != end_reason::released)
      spdlog::warn("{}: taken from worker node '{}' ({})",
                   delivery_name(record.key, record.job.trace_parent), record.node,
                   to_string(end.reason));
  }
  // If the store refuses, the leases are still overdue at the next tick.
  this->end(std::move(ends), [](const std::vector<lease_key>&, const caf::error&) {});
}

// -- time -----------------------------------------------------------------------------------------

void dispatcher_state::arm_due(std::size_t queue, timestamp due) {
  if (due == timestamp{})
    return;
  auto& next = queues_[queue].next_due;
  if (next == timestamp{} || due < next)
    next = due;
  if (due_armed_ != timestamp{} && due_armed_ <= next)
    return;
  due_armed_ = next;
  auto wait = std::max(next - wall(), timestamp::duration{0});
  self_->delayed_send(self_, wait, due_atom::value, next);
}

void dispatcher_state::promote(timestamp armed) {
  if (armed != due_armed_)
    return; // an earlier one was armed later
  due_armed_ = {};
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    auto& queue = queues_[i];
    if (queue.promoting || queue.next_due == timestamp{})
      continue;
    if (queue.next_due > wall()) {
      arm_due(i, queue.next_due);
      continue;
    }
    queue.promoting = true;
    queue.next_due = {};
    self_
      ->request(options_.repository, options_.storage_timeout,
                promote_jobs{queue.settings.name, wall(), promote_batch})
      .then([this, i](jobs_promoted& reply) { promoted(i, reply); },
            [this, i](const caf::error& why) {
              doubt(why);
              queues_[i].promoting = false;
              queues_[i].next_due = wall() + options_.heartbeat_interval; // the tick arms it
            });
  }
}

void dispatcher_state::promoted(std::size_t queue, jobs_promoted& reply) {
  queues_[queue].promoting = false;
  move_depth(queue, job_state::scheduled, job_state::ready, reply.scheduled.size());
  move_depth(queue, job_state::retrying, job_state::ready, reply.retrying.size());
  for (auto* jobs : {&reply.scheduled, &reply.retrying})
    for (auto& job : *jobs)
      make_ready(queue, std::move(job));
  arm_due(queue, reply.next_due);
}

} // namespace troupe
