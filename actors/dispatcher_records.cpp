// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/dispatcher_state.hpp"
#include "actors/job_labels.hpp"
#include "actors/verdict.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

// What a hook's job has in its payload beside the record before and after.
constexpr std::size_t hook_bytes = 512;

/// The queues that may get a job of a write: which of them is known only to the store.
std::vector<std::string> queues_of(const record_write& write, const record_hooks& hooks) {
  std::vector<std::string> result;
  auto add = [&](const std::string& queue) {
    if (!queue.empty() && std::find(result.begin(), result.end(), queue) == result.end())
      result.push_back(queue);
  };
  auto kind = write.condition.kind;
  if (write.remove) {
    add(hooks.on_delete);
    return result;
  }
  if (kind == condition_kind::none || kind == condition_kind::absent)
    add(hooks.on_create);
  if (kind != condition_kind::absent)
    add(hooks.on_update);
  return result;
}

/// A trace that nobody can use refuses no write: it is only forgotten.
void check_trace(write_records& x) {
  if (!is_trace_parent(x.trace_parent))
    x.trace_parent.clear();
}

/// What a step makes comes from the same request as its job, unless it says otherwise.
void pass_on_trace(finish_step& x, const std::string& trace_parent) {
  check_trace(x.writes);
  if (x.writes.trace_parent.empty())
    x.writes.trace_parent = trace_parent;
  for (auto& list : x.jobs)
    for (auto& job : list.jobs)
      if (job.trace_parent.empty())
        job.trace_parent = trace_parent;
}

bool is_refused(const records_written& x) {
  return x.code != 0
         || std::any_of(x.results.begin(), x.results.end(),
                        [](const record_written& result) { return result.code != 0; });
}

std::vector<job_id> hook_jobs_of(const write_records& x) {
  std::vector<job_id> result;
  for (const auto& write : x.writes)
    if (write.hook_job != 0)
      result.push_back(write.hook_job);
  return result;
}

std::vector<record_key> written_keys_of(const write_records& x) {
  std::vector<record_key> result;
  for (const auto& write : x.writes)
    result.push_back({write.collection, write.id});
  return result;
}

std::vector<stored_job> jobs_of(const std::vector<insert_jobs>& lists,
                                ready_job (*make)(const insert_jobs&, std::size_t)) {
  std::vector<stored_job> result;
  for (const auto& list : lists)
    for (std::size_t i = 0; i < list.jobs.size(); ++i) {
      auto delay = list.jobs[i].options.delay;
      auto run_at = delay.count() > 0 ? list.now + delay : timestamp{};
      result.push_back({list.queue, make(list, i), run_at});
    }
  return result;
}

} // namespace

// -- room -----------------------------------------------------------------------------------------

void dispatcher_state::reserve(std::size_t queue, std::uint64_t count, std::size_t bytes,
                               reservation& room) {
  queues_[queue].inserting += count;
  unstored_bytes_ += bytes;
  room.jobs[queue] += count;
  room.bytes += bytes;
}

void dispatcher_state::release(const reservation& room) {
  for (auto [queue, count] : room.jobs)
    queues_[queue].inserting -= count;
  unstored_bytes_ -= room.bytes;
}

std::optional<error> dispatcher_state::reserve_hooks(write_records& request, reservation& room) {
  for (auto& write : request.writes) {
    auto hooks = options_.hooks.find(write.collection);
    auto hooked = hooks != options_.hooks.end() && hooks->second.any();
    write.hook_job = hooked ? next_job_++ : 0;
    if (!hooked)
      continue;
    for (const auto& queue : queues_of(write, hooks->second)) {
      auto index = find_queue(queue);
      if (!index)
        return error{errc::unknown_queue, fmt::format("the hook of collection '{}' names queue "
                                                      "'{}', which is not declared",
                                                      write.collection, queue)};
      auto bytes = hook_bytes + 2 * write.fields.size();
      if (auto why = no_room(*index, 1, bytes))
        return why;
      reserve(*index, 1, bytes, room);
    }
  }
  return std::nullopt;
}

std::optional<error> dispatcher_state::reserve_jobs(const std::vector<enqueue_jobs>& lists,
                                                    reservation& room) {
  std::size_t jobs = 0, bytes = 0;
  for (const auto& list : lists) {
    if (auto why = refusal(list))
      return why;
    jobs += list.jobs.size();
    for (const auto& job : list.jobs)
      bytes += job.payload.size();
    reserve(*find_queue(list.queue), list.jobs.size(), bytes_of(list.jobs), room);
  }
  if (jobs > limits::batch_jobs_max || bytes > limits::batch_bytes_max)
    return error{errc::batch_too_large,
                 fmt::format("{} jobs with {} bytes in one step, at most {} with {} are taken",
                             jobs, bytes, limits::batch_jobs_max, limits::batch_bytes_max)};
  return std::nullopt;
}

std::optional<error> dispatcher_state::reserve_step(finish_step& request,
                                                    const lease_record& record, reservation& room) {
  const auto& settings = queues_[record.queue].settings;
  const auto& outcome = request.outcome;
  if (outcome.kind != outcome_kind::succeeded)
    return error{errc::invalid_argument, "only a success can have a step"};
  if (outcome.output.size() > settings.result_max)
    return error{errc::payload_too_large,
                 fmt::format("a result of {} bytes; queue '{}' takes {} (result_max)",
                             outcome.output.size(), settings.name, settings.result_max)};
  if (auto why = reserve_jobs(request.jobs, room))
    return why;
  return reserve_hooks(request.writes, room);
}

// -- writes with hooks ----------------------------------------------------------------------------

caf::result<records_written> dispatcher_state::write(write_records& request) {
  check_trace(request);
  reservation room;
  if (auto why = reserve_hooks(request, room)) {
    release(room);
    return to_caf(*why);
  }
  const auto ids = hook_jobs_of(request);
  auto keys = written_keys_of(request);
  hold(ids);
  auto promise = self_->make_response_promise<records_written>();
  deadlines_.request<records_written>(
    self_, options_.repository, options_.storage_timeout, std::move(request),
    [this, room, ids, keys = std::move(keys), promise](records_written& answer) mutable {
      release(room);
      adopt_jobs(answer.jobs);
      let_go_when_known(ids, keys, answer);
      answer.jobs.clear(); // they are long, and known by their ids in the results
      promise.deliver(std::move(answer));
    },
    [this, room, ids, promise](caf::error& why) mutable {
      release(room);
      let_go(ids);
      doubt(why);
      promise.deliver(std::move(why));
    });
  return promise;
}

void dispatcher_state::hold(const std::vector<job_id>& jobs) {
  for (const auto id : jobs)
    held_.try_emplace(id);
}

void dispatcher_state::let_go(const std::vector<job_id>& jobs) {
  for (const auto id : jobs)
    if (auto held = held_.extract(id); !held.empty() && held.mapped())
      make_ready(held.mapped()->first, std::move(held.mapped()->second));
}

void dispatcher_state::let_go_when_known(const std::vector<job_id>& jobs,
                                         const std::vector<record_key>& keys,
                                         const records_written& written) {
  invalidate_keys news;
  if (!is_refused(written) && !written.replayed && !jobs.empty())
    for (std::size_t i = 0; i < std::min(keys.size(), written.results.size()); ++i)
      news.keys.push_back({keys[i].collection, keys[i].id, written.results[i].sequence});
  if (news.keys.empty())
    return let_go(jobs);
  // If the repository is gone, its successor's owners begin anew.
  self_->request(options_.repository, options_.storage_timeout, std::move(news))
    .then([this, jobs](caf::ok_atom) { let_go(jobs); },
          [this, jobs](const caf::error&) { let_go(jobs); });
}

void dispatcher_state::adopt_jobs(std::vector<stored_job>& jobs) {
  for (auto& x : jobs) {
    auto queue = find_queue(x.queue);
    if (!queue)
      continue; // declared in the database only: it waits until it is declared here again
    ++queues_[*queue].counts.enqueued;
    auto waits = x.run_at != timestamp{};
    move_depth(*queue, {}, waits ? job_state::scheduled : job_state::ready);
    if (waits)
      arm_due(*queue, x.run_at);
    else
      make_ready(*queue, std::move(x.job));
  }
}

// -- steps ----------------------------------------------------------------------------------------

caf::result<step_stored> dispatcher_state::finish_with_step(finish_step& request) {
  hear(request.worker, request.capacity);
  const auto lease = request.outcome.lease;
  auto* record = leases_.find(lease);
  if (record == nullptr || record->phase == lease_phase::granting) {
    spdlog::warn("job {} lease {}: a step from worker node '{}' came too late (lease_lost)",
                 lease.job, lease.epoch, request.worker.node);
    return step_stored{true, {}};
  }
  if (record->phase == lease_phase::ending) // the store's answer decides; perhaps the lease goes on
    return to_caf(
      {errc::unavailable,
       fmt::format("the end of job {} is being stored; ask again in a moment", lease.job)});
  reservation room;
  if (auto why = reserve_step(request, *record, room)) {
    release(room);
    return to_caf(*why);
  }
  pass_on_trace(request, record->job.trace_parent);
  store_step step;
  step.now = wall();
  step.end = judge(*record, request.outcome, queues_[record->queue].settings, step.now, engine_);
  step.writes = std::move(request.writes);
  step.jobs = number_jobs(request.jobs, step.now);
  leases_.assign(*record, record->worker, lease_phase::ending);
  auto end = step.end;
  end.output.clear(); // only the store needs it
  auto promise = self_->make_response_promise<step_stored>();
  auto jobs = jobs_of(step.jobs, make_ready_job);
  auto ids = hook_jobs_of(step.writes);
  auto keys = written_keys_of(step.writes);
  for (const auto& x : jobs)
    ids.push_back(x.job.id);
  hold(ids);
  deadlines_.request<step_stored>(
    self_, options_.repository, options_.storage_timeout, std::move(step),
    [=, this, jobs = std::move(jobs)](step_stored& answer) mutable {
      release(room);
      step_ended(end, jobs, answer);
      if (answer.lost)
        let_go(ids);
      else
        let_go_when_known(ids, keys, answer.written);
      promise.deliver(std::move(answer));
    },
    [=, this](caf::error& why) mutable {
      release(room);
      let_go(ids);
      doubt(why);
      hold_again(end.lease);
      promise.deliver(std::move(why));
    });
  match_soon();
  return promise;
}

std::vector<insert_jobs> dispatcher_state::number_jobs(std::vector<enqueue_jobs>& lists,
                                                       timestamp now) {
  std::vector<insert_jobs> result;
  for (auto& list : lists) {
    auto count = list.jobs.size();
    result.push_back({std::move(list.queue), next_job_, now, std::move(list.jobs)});
    next_job_ += count;
  }
  return result;
}

void dispatcher_state::step_ended(const lease_end& end, std::vector<stored_job>& jobs,
                                  step_stored& answer) {
  if (answer.lost) {
    distrust(
      fmt::format("of job {} it knows another lease than {}", end.lease.job, end.lease.epoch));
  } else if (is_refused(answer.written)) {
    hold_again(end.lease);
  } else {
    ended(end);
    adopt_jobs(answer.written.jobs);
    adopt_jobs(jobs);
  }
  answer.written.jobs.clear(); // they are long, and known by their ids in the results
  match_soon();
}

} // namespace troupe
