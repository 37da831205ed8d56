// SPDX-License-Identifier: Apache-2.0
#include "actors/dispatcher_state.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/verdict.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

// Ticks in a heartbeat interval. The dispatcher counts silence with a margin of one tick over the
// worker's own count, and notices it within another: together half an interval (J4).
constexpr int ticks_per_interval = 4;

// Missed heartbeats after which a worker gets no new work.
constexpr double suspect_intervals = 2.5;

// How much longer than its time-outs the dispatcher lets a handler run, its worker's grace for it
// included: the worker enforces them first, and says more about it.
constexpr std::chrono::seconds overrun{15};

// The same of pull workers. They need not enforce anything.
constexpr std::chrono::milliseconds pulled_overrun{500};

constexpr std::uint32_t purge_batch = 500;
constexpr std::uint64_t ticks_per_purge = 20;

constexpr int epoch_counter_bits = 40;

} // namespace

dispatcher_state::~dispatcher_state() {
  const auto gone = to_caf({errc::shutting_down, "the dispatcher has ended; another one follows"});
  for (auto& x : readers_)
    x.promise.deliver(gone);
  for (auto& [id, x] : job_waits_)
    x.promise.deliver(gone);
  for (auto& [number, x] : pulls_)
    x.promise.deliver(jobs_pulled{{}, options_.heartbeat_interval, options_.lease_timeout});
}

void dispatcher_state::start(dispatcher_options options) {
  options_ = std::move(options);
  engine_.seed(options_.env.seed());
  open_shard request;
  request.shard = options_.shard;
  std::vector<std::uint32_t> weights;
  for (const auto& settings : options_.queues) {
    queue_index_[settings.name] = request.queues.size();
    request.queues.push_back(settings.name);
    weights.push_back(settings.weight);
  }
  matcher_.emplace(std::move(weights));
  self_->request(options_.repository, options_.storage_timeout, std::move(request))
    .then([this](shard_opened& shard) { opened(shard); },
          [this](const caf::error& why) {
            spdlog::error("dispatcher cannot open shard {}: {}", options_.shard,
                          to_string(from_caf(why)));
            self_->quit(why);
          });
}

void dispatcher_state::opened(shard_opened& shard) {
  incarnation_ = shard.incarnation;
  next_job_ = shard.next_job;
  events_.emplace(limits::events_max, incarnation_ << epoch_counter_bits);
  for (std::size_t i = 0; i < options_.queues.size(); ++i) {
    const auto& stored = shard.queues[i];
    queue_depths depths{stored.scheduled, stored.ready, stored.running,  stored.retrying,
                        stored.succeeded, stored.dead,  stored.cancelled};
    queues_.push_back(
      {options_.queues[i],
       depths,
       ready_window{options_.window_jobs_max, options_.window_bytes_max, stored.ready > 0},
       0,
       {},
       false,
       false,
       stored.paused,
       false});
  }
  for (std::size_t i = 0; i < queues_.size(); ++i)
    arm_due(i, shard.queues[i].next_due);
  for (auto& stored : shard.leases)
    if (auto queue = find_queue(stored.queue))
      adopt_stored(stored, *queue);
  release_undeclared(shard.leases);
  spdlog::info("dispatcher opened shard {} as incarnation {}: {} queues, {} leases to adopt",
               options_.shard, incarnation_, queues_.size(), leases_.size());
  self_->delayed_send(self_, options_.heartbeat_interval / ticks_per_interval,
                      caf::tick_atom::value);
  ticked_ = now();
  match_soon(); // reads the first jobs, whose age is told before anybody comes to take them
  self_
    ->request(options_.receptionist, options_.storage_timeout,
              register_name{"dispatcher", caf::actor_cast<caf::strong_actor_ptr>(self_)})
    .then([](caf::ok_atom) {}, [this](const caf::error& why) { self_->quit(why); });
}

void dispatcher_state::adopt_stored(stored_lease& stored, std::size_t queue) {
  lease_record record;
  record.key = stored.lease;
  record.queue = queue;
  record.node = stored.node;
  record.phase = lease_phase::orphaned;
  record.renewed = now();
  record.leased_at = stored.leased_at;
  record.granted_to = stored.worker;
  record.cancel = stored.cancel;
  record.job = std::move(stored.job);
  resolve_timeouts(record);
  leases_.add(std::move(record));
}

void dispatcher_state::release_undeclared(const std::vector<stored_lease>& leases) {
  end_leases request;
  request.now = wall();
  for (const auto& stored : leases) {
    if (find_queue(stored.queue))
      continue;
    spdlog::warn("job {} lease {}: queue '{}' is not declared any more; the job waits until it is",
                 stored.lease.job, stored.lease.epoch, stored.queue);
    lease_end end;
    end.lease = stored.lease;
    end.next = job_state::ready;
    end.reason = end_reason::released;
    request.ends.push_back(std::move(end));
  }
  if (request.ends.empty())
    return;
  self_->request(options_.repository, options_.storage_timeout, std::move(request))
    .then([](const leases_ended&) {}, [this](const caf::error& why) { doubt(why); });
}

void dispatcher_state::doubt(const caf::error& why) {
  const auto reason = from_caf(why);
  // All other codes of ours say that nothing was stored.
  if (why.category() == error_category && reason.code != errc::timed_out
      && reason.code != errc::unavailable)
    return;
  distrust(to_string(reason));
}

void dispatcher_state::distrust(const std::string& why) {
  spdlog::error("dispatcher is in doubt about the store and restarts: {}", why);
  self_->quit(to_caf({errc::timed_out, why}));
}

void dispatcher_state::tick() {
  self_->delayed_send(self_, options_.heartbeat_interval / ticks_per_interval,
                      caf::tick_atom::value);
  notice_gap();
  watch_workers();
  take_overdue();
  answer_readers(true);
  end_waits();
  end_pulls();
  forget_pullers();
  if (std::exchange(storage_stalled_, false))
    match_soon();
  for (std::size_t i = 0; i < queues_.size(); ++i)
    if (queues_[i].next_due != timestamp{})
      arm_due(i, queues_[i].next_due);
  // Its timer counts time that passes: it is late when the wall clock jumps, or the host slept.
  if (due_armed_ != timestamp{} && due_armed_ <= wall())
    promote(due_armed_);
  if (++ticks_ % ticks_per_purge == 0)
    for (std::size_t i = 0; i < queues_.size(); ++i)
      purge(i);
}

void dispatcher_state::notice_gap() {
  const auto gap = now() - std::exchange(ticked_, now());
  if (gap < options_.heartbeat_interval)
    return;
  const auto missed = gap - options_.heartbeat_interval / ticks_per_interval;
  spdlog::warn("dispatcher: this process did not run for {} ms; no lease ends for that",
               std::chrono::duration_cast<milliseconds>(missed).count());
  leases_.forgive(missed, now());
  for (auto& [incarnation, worker] : workers_)
    worker.seen = std::min(worker.seen + missed, now());
}

void dispatcher_state::watch_workers() {
  for (auto& [incarnation, worker] : workers_) {
    auto before = worker.state;
    auto stuck = false; // has free slots, and holds jobs that it does not start
    std::size_t running = 0;
    for (auto job : leases_.of_worker(incarnation)) {
      const auto& record = *leases_.find(job);
      running += record.started ? 1 : 0;
      stuck = stuck
              || (record.phase == lease_phase::held && !record.started
                  && now() - record.given > options_.lease_timeout);
    }
    if (now() - worker.seen > suspect_after())
      worker.state = worker_state::suspect;
    else if (worker.capacity == 0)
      worker.state = worker_state::draining;
    else
      worker.state = stuck && running < worker.slots ? worker_state::idle : worker_state::alive;
    if (worker.state == before)
      continue;
    if (worker.state == worker_state::suspect || worker.state == worker_state::idle)
      spdlog::warn("worker node '{}' is {}", worker.id.node, to_string(worker.state));
    else
      spdlog::info("worker node '{}' is {}", worker.id.node, to_string(worker.state));
  }
}

void dispatcher_state::take_overdue() {
  lease_limits limits;
  limits.silence = silence();
  limits.overrun = overrun;
  limits.pulled_overrun = pulled_overrun;
  std::map<end_reason, std::vector<job_id>> jobs;
  for (const auto& overdue : leases_.overdue(now(), limits))
    jobs[overdue.reason].push_back(overdue.job);
  for (const auto& [reason, taken] : jobs)
    take(taken, reason);
}

void dispatcher_state::purge(std::size_t queue) {
  auto& state = queues_[queue];
  const auto& depths = state.depths;
  if (state.purging || depths.succeeded + depths.dead + depths.cancelled == 0)
    return;
  state.purging = true;
  purge_jobs request{state.settings.name, wall() - state.settings.retention, purge_batch};
  self_->request(options_.repository, options_.storage_timeout, std::move(request))
    .then(
      [this, queue](const jobs_purged& reply) {
        move_depth(queue, job_state::succeeded, {}, reply.succeeded);
        move_depth(queue, job_state::dead, {}, reply.dead);
        move_depth(queue, job_state::cancelled, {}, reply.cancelled);
        queues_[queue].purging = false;
        if (reply.succeeded + reply.dead + reply.cancelled == purge_batch)
          purge(queue); // more may be too old: no queue may end faster than it is cleaned
      },
      [this, queue](const caf::error& why) {
        doubt(why);
        queues_[queue].purging = false;
      });
}

// -- small things ---------------------------------------------------------------------------------

milliseconds dispatcher_state::silence() const {
  return options_.lease_timeout + options_.heartbeat_interval / ticks_per_interval;
}

milliseconds dispatcher_state::suspect_after() const {
  return std::chrono::duration_cast<milliseconds>(options_.heartbeat_interval * suspect_intervals);
}

std::optional<std::size_t> dispatcher_state::find_queue(const std::string& queue_name) const {
  auto i = queue_index_.find(queue_name);
  return i == queue_index_.end() ? std::nullopt : std::optional{i->second};
}

bool dispatcher_state::is_served(std::size_t queue) const {
  return !queues_[queue].settings.handler.empty() || queues_[queue].pulled;
}

std::uint64_t& dispatcher_state::depth(std::size_t queue, job_state state) {
  auto& depths = queues_[queue].depths;
  switch (state) {
  case job_state::scheduled:
    return depths.scheduled;
  case job_state::running:
    return depths.running;
  case job_state::retrying:
    return depths.retrying;
  case job_state::succeeded:
    return depths.succeeded;
  case job_state::dead:
    return depths.dead;
  case job_state::cancelled:
    return depths.cancelled;
  default:
    return depths.ready;
  }
}

void dispatcher_state::move_depth(std::size_t queue, std::optional<job_state> from,
                                  std::optional<job_state> to, std::uint64_t count) {
  if (from) {
    auto& before = depth(queue, *from);
    if (before < count)
      return distrust(fmt::format("queue '{}' should have {} jobs that are {}, and has {}",
                                  queues_[queue].settings.name, count, to_string(*from), before));
    before -= count;
  }
  if (to)
    depth(queue, *to) += count;
}

lease_epoch dispatcher_state::next_epoch() {
  return incarnation_ << epoch_counter_bits | ++leases_made_;
}

void dispatcher_state::resolve_timeouts(lease_record& record) const {
  const auto& settings = options_.queues[record.queue];
  record.run_timeout = run_timeout_of(record.job.options, settings);
  record.progress_timeout = progress_timeout_of(record.job.options, settings);
}

void dispatcher_state::emit(std::optional<std::size_t> queue, job_event_kind kind, lease_key lease,
                            std::uint32_t attempt, const std::string& node, end_reason reason) {
  if (queue)
    count_event(*queue, kind);
  job_event event;
  event.at = wall();
  event.lease = lease;
  event.kind = kind;
  event.reason = reason;
  event.attempt = attempt;
  event.node = node;
  if (queue)
    event.queue = queues_[*queue].settings.name;
  events_->add(std::move(event));
  if (!readers_.empty() && !std::exchange(readers_pending_, true))
    self_->send(self_, answer_atom::value);
  if (kind == job_event_kind::succeeded || kind == job_event_kind::dead
      || kind == job_event_kind::cancelled)
    wake(lease.job);
}

void dispatcher_state::answer_readers(bool expired_only) {
  if (!expired_only)
    readers_pending_ = false;
  std::deque<event_reader> waiting;
  for (auto& reader : readers_) {
    if (expired_only && reader.until > now()) {
      waiting.push_back(std::move(reader));
      continue;
    }
    auto result = events_->read(reader.after, reader.limit, reader.queues);
    if (result.events.empty() && !result.missed && reader.until > now()) {
      reader.after = result.next; // what happened was of other queues
      waiting.push_back(std::move(reader));
      continue;
    }
    reader.promise.deliver(std::move(result));
  }
  readers_ = std::move(waiting);
}

} // namespace troupe
