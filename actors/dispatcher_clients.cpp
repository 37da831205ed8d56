// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <utility>

#include "actors/dispatcher_state.hpp"
#include "actors/job_labels.hpp"
#include "actors/verdict.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

// What a job that waits for the disk takes beside its payload.
constexpr std::size_t job_bytes = 128;

std::size_t payload_bytes(const std::vector<new_job>& jobs) {
  return std::accumulate(jobs.begin(), jobs.end(), std::size_t{0},
                         [](std::size_t sum, const new_job& x) { return sum + x.payload.size(); });
}

// Readers of events are answered, with nothing, after this.
constexpr milliseconds events_wait_max{60'000};

constexpr auto states_max = static_cast<std::size_t>(job_state::cancelled);

bool is_state(job_state x) {
  return x >= job_state::scheduled && x <= job_state::cancelled;
}

error too_many_queues(std::size_t count) {
  return {errc::invalid_argument, fmt::format("{} queues in one request, at most {} are taken",
                                              count, limits::token_scopes_max)};
}

error too_many(std::size_t count) {
  return {errc::batch_too_large, fmt::format("{} jobs in one request, at most {} are taken", count,
                                             limits::batch_jobs_max)};
}

} // namespace

std::size_t dispatcher_state::bytes_of(const std::vector<new_job>& jobs) {
  auto bytes = payload_bytes(jobs) + jobs.size() * job_bytes;
  for (const auto& job : jobs) {
    bytes += job.trace_parent.size();
    for (const auto& tag : job.tags)
      bytes += tag.size();
  }
  return bytes;
}

ready_job dispatcher_state::make_ready_job(const insert_jobs& stored, std::size_t i) {
  ready_job result;
  result.id = stored.first + i;
  result.options = stored.jobs[i].options;
  result.created_at = stored.now;
  result.payload = stored.jobs[i].payload;
  result.trace_parent = stored.jobs[i].trace_parent;
  return result;
}

bool dispatcher_state::is_resting_place(std::size_t queue) const {
  const auto& settings = queues_[queue].settings;
  return settings.handler.empty()
         && std::any_of(queues_.begin(), queues_.end(), [&](const queue_state& x) {
              return x.settings.dead_letter == settings.name;
            });
}

std::optional<error> dispatcher_state::refusal(const enqueue_jobs& request) const {
  auto index = find_queue(request.queue);
  if (!index)
    return error{errc::unknown_queue,
                 fmt::format("no queue '{}' is declared; see `troupe queues`", request.queue)};
  const auto& queue = queues_[*index];
  if (is_resting_place(*index))
    return error{errc::invalid_argument,
                 fmt::format("'{}' is a dead-letter queue, whose jobs nobody runs: put them into a "
                             "queue that is worked on",
                             request.queue)};
  auto count = request.jobs.size();
  if (count == 0)
    return error{errc::invalid_argument, "no jobs in the request"};
  if (count > limits::batch_jobs_max)
    return too_many(count);
  for (const auto& job : request.jobs) {
    if (job.payload.size() > queue.settings.payload_max)
      return error{errc::payload_too_large,
                   fmt::format("a payload of {} bytes; queue '{}' takes {} (payload_max)",
                               job.payload.size(), request.queue, queue.settings.payload_max)};
    if (job.options.priority > limits::priority_max)
      return error{errc::invalid_argument, fmt::format("priority {}; it must be 0 to {}",
                                                       job.options.priority, limits::priority_max)};
    for (auto wait : {job.options.delay, job.options.run_timeout, job.options.progress_timeout})
      if (wait.count() < 0 || wait > wait_max)
        return error{errc::invalid_argument,
                     "a delay or time-out is negative, or longer than ten years"};
    if (auto why = refusal_of_labels(job))
      return why;
  }
  auto bytes = payload_bytes(request.jobs);
  if (bytes > limits::batch_bytes_max)
    return error{errc::batch_too_large, fmt::format("{} bytes of payload in one request, at most "
                                                    "{} are taken; split it",
                                                    bytes, limits::batch_bytes_max)};
  return no_room(*index, count, bytes_of(request.jobs));
}

std::optional<error> dispatcher_state::no_room(std::size_t queue, std::uint64_t count,
                                               std::size_t bytes) const {
  const auto& settings = queues_[queue].settings;
  const auto& depths = queues_[queue].depths;
  auto held
    = depths.ready + depths.scheduled + depths.retrying + depths.running + queues_[queue].inserting;
  if (held + count > settings.depth_max)
    return error{errc::queue_full,
                 fmt::format("queue '{}' holds {} jobs and takes at most {} (depth_max); the "
                             "request has {}",
                             settings.name, held, settings.depth_max, count)};
  if (unstored_bytes_ + bytes > options_.unstored_bytes_max)
    return error{errc::overloaded, fmt::format("{} bytes of jobs wait for the disk; try again in "
                                               "a moment",
                                               unstored_bytes_)};
  return std::nullopt;
}

caf::result<jobs_enqueued> dispatcher_state::enqueue(enqueue_jobs& request) {
  if (auto why = refusal(request))
    return to_caf(*why);
  auto index = *find_queue(request.queue);
  auto& queue = queues_[index];
  auto bytes = bytes_of(request.jobs);
  insert_jobs insert{std::move(request.queue), next_job_, wall(), std::move(request.jobs)};
  auto count = static_cast<std::uint32_t>(insert.jobs.size());
  auto first = insert.first;
  next_job_ += count;
  queue.inserting += count;
  unstored_bytes_ += bytes;
  // The message goes to the store; what the window would take is kept here as well.
  std::vector<ready_job> kept;
  std::vector<start_order> ready;
  timestamp due{};
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto& options = insert.jobs[i].options;
    if (options.delay.count() > 0) {
      auto at = insert.now + options.delay;
      due = due == timestamp{} ? at : std::min(due, at);
      continue;
    }
    ready.push_back(
      {static_cast<std::uint8_t>(limits::priority_max - options.priority), first + i});
    if (is_served(index) && queue.window.would_keep(ready.back()))
      kept.push_back(make_ready_job(insert, i));
  }
  auto promise = self_->make_response_promise<jobs_enqueued>();
  deadlines_.request<caf::ok_atom>(
    self_, options_.repository, options_.storage_timeout, std::move(insert),
    [=, this, ready = std::move(ready)](caf::ok_atom) mutable {
      auto& stored = queues_[index];
      stored.inserting -= count;
      unstored_bytes_ -= bytes;
      stored.counts.enqueued += count;
      move_depth(index, {}, job_state::ready, ready.size());
      move_depth(index, {}, job_state::scheduled, count - ready.size());
      // What the window does not hold, or dropped meanwhile, is in the store from now on.
      for (auto order : ready)
        if (!stored.window.contains(order) && leases_.find(order.id) == nullptr)
          stored.window.leave(order);
      arm_due(index, due);
      promise.deliver(jobs_enqueued{first, count});
      match_soon();
    },
    [=, this](caf::error& why) mutable {
      doubt(why);
      queues_[index].inserting -= count;
      unstored_bytes_ -= bytes;
      for (std::uint32_t i = 0; i < count; ++i)
        queues_[index].window.erase(first + i);
      promise.deliver(std::move(why));
    });
  // If a slot is free, the grant follows at once and shares the commit. Should the insert fail,
  // the store refuses to lease what is not there.
  for (auto& job : kept)
    queue.window.offer(std::move(job));
  if (!kept.empty())
    match();
  return promise;
}

template <class Request>
caf::result<jobs_found> dispatcher_state::read_jobs(const Request& request) {
  auto promise = self_->make_response_promise<jobs_found>();
  self_->request(options_.repository, options_.storage_timeout, request)
    .then(
      [this, promise](jobs_found& found) mutable {
        show_limits(found);
        promise.deliver(std::move(found));
      },
      [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
  return promise;
}

void dispatcher_state::show_limits(jobs_found& found) const {
  for (auto& x : found.jobs)
    if (const auto queue = find_queue(x.queue))
      x.options = options_in_force(x.options, queues_[*queue].settings);
}

caf::result<jobs_found> dispatcher_state::get(const get_jobs& request) {
  if (request.ids.size() > limits::batch_jobs_max)
    return to_caf(too_many(request.ids.size()));
  return read_jobs(request);
}

caf::result<jobs_found> dispatcher_state::list(const list_jobs& request) {
  if (!request.queue.empty() && !find_queue(request.queue))
    return to_caf({errc::unknown_queue, fmt::format("no queue '{}' is declared", request.queue)});
  if (request.limit == 0 || request.limit > limits::batch_jobs_max)
    return to_caf({errc::invalid_argument, fmt::format("limit {}; it must be 1 to {}",
                                                       request.limit, limits::batch_jobs_max)});
  if (request.queues.size() > limits::token_scopes_max)
    return to_caf(too_many_queues(request.queues.size()));
  if (!std::all_of(request.states.begin(), request.states.end(), is_state)
      || request.states.size() > states_max)
    return to_caf({errc::invalid_argument, "states to list that do not exist, or repeat"});
  if (request.text.size() > limits::query_bytes_max)
    return to_caf(
      {errc::invalid_argument, fmt::format("a text of {} bytes to look for, at most {} are taken",
                                           request.text.size(), limits::query_bytes_max)});
  return read_jobs(request);
}

// -- cancelling -----------------------------------------------------------------------------------

caf::result<jobs_changed> dispatcher_state::cancel(const cancel_jobs& request) {
  if (request.ids.size() > limits::batch_jobs_max)
    return to_caf(too_many(request.ids.size()));
  auto promise = self_->make_response_promise<jobs_changed>();
  cancel_in_store(request.ids, [promise](jobs_changed codes, const caf::error& why) mutable {
    if (why)
      promise.deliver(why);
    else
      promise.deliver(std::move(codes));
  });
  return promise;
}

void dispatcher_state::request_cancel(lease_record& record) {
  record.cancel = true;
  auto handle = handles_.find(record.worker);
  if (record.phase == lease_phase::held && handle != handles_.end())
    self_->send(handle->second, cancel_leases{{record.key}});
}

void dispatcher_state::cancel_in_store(std::vector<job_id> ids, cancelled_function done) {
  self_->request(options_.repository, options_.storage_timeout, cancel_waiting{wall(), ids, true})
    .then(
      [this, ids, done](const jobs_updated& reply) {
        jobs_changed result;
        for (std::size_t i = 0; i < ids.size(); ++i)
          result.codes.push_back(
            static_cast<std::uint16_t>(cancelled_in_store(ids[i], reply.updates[i])));
        done(std::move(result), {});
      },
      [this, done](const caf::error& why) {
        doubt(why);
        done({}, why);
      });
}

errc dispatcher_state::cancelled_in_store(job_id id, const job_update& update) {
  auto code = static_cast<errc>(update.code);
  if (code == errc::none && update.before == job_state::running) {
    // Written down with its lease: only now its holder is told. If the lease has ended since, the
    // store has seen to it.
    if (auto* record = leases_.find(id))
      request_cancel(*record);
  } else if (code == errc::none) {
    const auto queue = find_queue(update.queue);
    if (queue) {
      move_depth(*queue, update.before, job_state::cancelled);
      queues_[*queue].window.erase(id);
      suspects_.erase(id);
      match_soon(); // it may have been the last one that was read
    }
    emit(queue, job_event_kind::cancelled, {id, 0}, 0, {}, end_reason::cancelled);
  }
  return code;
}

// -- bringing back --------------------------------------------------------------------------------

caf::result<jobs_changed> dispatcher_state::retry(const retry_jobs& request) {
  if (request.ids.size() > limits::batch_jobs_max)
    return to_caf(too_many(request.ids.size()));
  auto promise = self_->make_response_promise<jobs_changed>();
  self_->request(options_.repository, options_.storage_timeout, revive_jobs{wall(), request.ids})
    .then(
      [this, promise](jobs_updated& reply) mutable {
        jobs_changed result;
        for (auto& update : reply.updates) {
          result.codes.push_back(update.code);
          auto queue = find_queue(update.queue);
          if (update.code != 0 || !queue)
            continue;
          move_depth(*queue, update.before, job_state::ready);
          make_ready(*queue, std::move(update.job));
        }
        promise.deliver(std::move(result));
      },
      [this, promise](caf::error& why) mutable {
        doubt(why);
        promise.deliver(std::move(why));
      });
  return promise;
}

caf::result<jobs_redriven> dispatcher_state::redrive(const redrive_jobs& request) {
  auto letters = find_queue(request.queue);
  if (!letters)
    return to_caf({errc::unknown_queue, fmt::format("no queue '{}' is declared", request.queue)});
  if (request.limit == 0 || request.limit > limits::batch_jobs_max)
    return to_caf({errc::invalid_argument, fmt::format("limit {}; it must be 1 to {}",
                                                       request.limit, limits::batch_jobs_max)});
  move_dead_letters move{request.queue, next_job_, wall(), request.limit};
  next_job_ += request.limit;
  auto promise = self_->make_response_promise<jobs_redriven>();
  self_->request(options_.repository, options_.storage_timeout, std::move(move))
    .then(
      [this, letters, promise](dead_letters_moved& reply) mutable {
        for (auto& moved : reply.jobs) {
          move_depth(*letters, job_state::ready, {});
          queues_[*letters].window.erase(moved.copy);
          if (auto queue = find_queue(moved.queue)) {
            move_depth(*queue, {}, job_state::ready);
            make_ready(*queue, std::move(moved.job));
          }
        }
        promise.deliver(jobs_redriven{static_cast<std::uint32_t>(reply.jobs.size()),
                                      queues_[*letters].depths.ready});
      },
      [this, promise](caf::error& why) mutable {
        doubt(why);
        promise.deliver(std::move(why));
      });
  return promise;
}

// -- looking --------------------------------------------------------------------------------------

caf::result<events_read> dispatcher_state::events(const read_events& request) {
  auto limit = std::min<std::size_t>(request.limit, limits::batch_jobs_max);
  if (request.queues.size() > limits::token_scopes_max)
    return to_caf(too_many_queues(request.queues.size()));
  auto result = events_->read(request.after, limit, request.queues);
  auto something = request.after == 0 || result.missed || !result.events.empty();
  if (something || request.wait.count() <= 0)
    return result;
  if (readers_.size() >= limits::event_readers_max)
    return to_caf({errc::overloaded,
                   fmt::format("{} readers wait for events already", limits::event_readers_max)});
  auto promise = self_->make_response_promise<events_read>();
  readers_.push_back({promise, result.next, static_cast<std::uint32_t>(limit),
                      now() + std::min(request.wait, events_wait_max), request.queues});
  return promise;
}

queues_listed dispatcher_state::queues() const {
  queues_listed result;
  std::vector<std::uint32_t> pullers(queues_.size());
  for (const auto& [node, worker] : pullers_)
    ++pullers[worker.queue];
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    const auto& queue = queues_[i];
    queue_info info;
    info.name = queue.settings.name;
    info.handler = queue.settings.handler;
    info.dead_letter = queue.settings.dead_letter;
    info.depths = queue.depths;
    if (auto oldest = queue.window.oldest(); oldest != timestamp{})
      info.oldest_ready = std::max(std::chrono::duration_cast<milliseconds>(wall() - oldest),
                                   milliseconds{0}); // the clock may have been set back
    for (const auto& [incarnation, worker] : workers_) {
      const auto& served = worker.queues;
      info.workers += std::find(served.begin(), served.end(), i) != served.end() ? 1 : 0;
    }
    info.workers += pullers[i];
    info.paused = queue.paused;
    result.queues.push_back(std::move(info));
  }
  return result;
}

workers_listed dispatcher_state::workers() const {
  workers_listed result;
  for (const auto& [incarnation, worker] : workers_) {
    worker_info info;
    info.worker = worker.id;
    info.state = worker.state;
    for (auto queue : worker.queues)
      info.queues.push_back(queues_[queue].settings.name);
    info.slots = worker.slots;
    info.capacity = worker.capacity;
    info.withheld = worker.withheld;
    info.heartbeat_age = std::chrono::duration_cast<milliseconds>(now() - worker.seen);
    for (auto job : leases_.of_worker(incarnation))
      info.leases.push_back(leases_.find(job)->key);
    result.workers.push_back(std::move(info));
  }
  for (const auto& [node, worker] : pullers_)
    result.workers.push_back(describe(node, worker));
  std::sort(result.workers.begin(), result.workers.end(),
            [](const worker_info& x, const worker_info& y) { return x.worker < y.worker; });
  return result;
}

} // namespace troupe
