// SPDX-License-Identifier: Apache-2.0
#include "tests/support/promise_checker.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

#include "actors/loss_blame.hpp"
#include "actors/verdict.hpp"
#include "messages/limits.hpp"
#include "tests/support/memory_jobs.hpp"

namespace troupe::test {

namespace {

// Of a story: more than this nobody reads.
constexpr std::size_t remarks_shown = 80;

bool is_unfinished(const memory_job& x) {
  return x.held || !is_final(x.seen.state);
}

start_order order_of(const memory_job& x) {
  return start_order::of(as_ready(x));
}

std::uint64_t& depth_of(queue_depths& depths, job_state state) {
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

std::string to_string(const queue_depths& x) {
  return fmt::format("{} scheduled, {} ready, {} running, {} retrying, {} succeeded, {} dead, {} "
                     "cancelled",
                     x.scheduled, x.ready, x.running, x.retrying, x.succeeded, x.dead, x.cancelled);
}

void settle_one(std::map<job_id, int>& open, job_id id) {
  if (auto i = open.find(id); i != open.end() && --i->second <= 0)
    open.erase(i);
}

} // namespace

// -- what clients were told -----------------------------------------------------------------------

void promise_checker::acknowledged(job_id id) {
  acknowledged_.insert(id);
  told_.push_back(id);
}

void promise_checker::acknowledged(const std::string& payload, std::size_t count) {
  if (const auto found = payloads_[payload]; found != count)
    violated("R4", 0,
             fmt::format("{} jobs '{}' were acknowledged, {} stored", count, payload, found));
}

void promise_checker::refused(const std::string& payload) {
  refused_.insert(payload);
  if (payloads_.contains(payload))
    violated("J1", 0, fmt::format("jobs '{}' were refused and are stored", payload));
}

void promise_checker::cancel_answered(job_id id, bool done) {
  if (done)
    cancelled_.insert(id);
  settle_one(cancels_, id);
}

void promise_checker::retry_answered(job_id id, bool done) {
  if (!done) // else it was used up when the job came back
    settle_one(retries_, id);
}

void promise_checker::finished(const lease_key& lease, bool succeeded, const memory_data& data) {
  auto job = data.jobs.find(lease.job);
  if (job == data.jobs.end())
    return;
  const auto& [seen, avoided, held] = job->second;
  if (held && held->epoch == lease.epoch)
    violated("J3", lease.job,
             fmt::format("is still leased under {}, which has ended", lease.epoch));
  else if (succeeded
           && (seen.state != job_state::succeeded || seen.result != std::to_string(lease.epoch)))
    violated(
      "J3", lease.job,
      fmt::format("is {}, and its success under {} was taken", to_string(seen.state), lease.epoch));
}

std::uint64_t promise_checker::call(std::string what, timestamp deadline) {
  calls_[++calls_made_] = {std::move(what), deadline};
  return calls_made_;
}

// -- what happened --------------------------------------------------------------------------------

const queue_settings* promise_checker::settings_of(const std::string& queue) const {
  auto i = std::ranges::find(bounds_.queues, queue, &queue_settings::name);
  return i == bounds_.queues.end() ? nullptr : &*i;
}

/// Nothing but its turn is missing. One that may kill its worker waits for an empty one, too.
bool promise_checker::is_waiting(const stored& job) const {
  const auto* settings = settings_of(job.seen.queue);
  return is_ready(job) && settings != nullptr
         && !is_suspect(job.seen.counters, max_losses_of(job.seen.options, *settings));
}

void promise_checker::observe(const memory_data& data) {
  std::vector<job_id> fresh, leased;
  for (const auto& [id, job] : data.jobs) {
    auto [before, is_new] = seen_.try_emplace(id);
    if (is_new) {
      fresh.push_back(id);
      arrived(id, job);
    }
    if (job.held && job.held->epoch != before->second.epoch)
      leased.push_back(id);
    look(before->second, id, job);
  }
  look_for_gone(data, fresh);
  look_at_order(data, leased);
  look_at_room(data, fresh);
  for (auto id : std::exchange(told_, {}))
    if (!ever_.contains(id)) {
      violated("J1", id, "was acknowledged and is not stored");
      acknowledged_.erase(id);
    }
}

void promise_checker::arrived(job_id id, const stored& job) {
  ever_.insert(id);
  if (job.seen.origin == 0)
    ++payloads_[job.seen.payload];
  else
    letters_[id] = {job.seen.origin_queue, job.seen.origin};
  if (refused_.contains(job.seen.payload))
    violated("J1", id, "was refused and is stored");
  note(id, fmt::format("is stored in '{}' with '{}', priority {}, {}", job.seen.queue,
                       job.seen.payload, job.seen.options.priority, to_string(job.seen.state)));
}

void promise_checker::look(sight& before, job_id id, const stored& job) {
  auto state = job.seen.state;
  auto epoch = job.held ? job.held->epoch : 0;
  if (state != before.state || epoch != before.epoch)
    note(id,
         fmt::format("is {}{}", to_string(state),
                     epoch == 0 ? "" : fmt::format(", leased as {} to {}", epoch, job.held->node)));
  if (state != before.state)
    look_at_end(before, id, job);
  if (is_final(state) && job.held)
    violated("J3", id, "is final and leased");
  if (epoch != 0 && epoch != before.epoch) {
    if (epoch <= before.newest)
      violated("J3", id, "was leased under an epoch that is not newer");
    if (cancelled_.contains(id))
      violated("J1", id, "was said to be cancelled, and was leased again");
    before.newest = epoch;
  }
  if (state == job_state::succeeded && before.state != state
      && job.seen.result != std::to_string(before.newest))
    violated("J3", id,
             "keeps the result of lease " + job.seen.result + ", not of the current "
               + std::to_string(before.newest));
  before.state = state;
  before.epoch = epoch;
}

/// Into a final state, or out of one.
void promise_checker::look_at_end(sight& before, job_id id, const stored& job) {
  auto state = job.seen.state;
  if (is_final(before.state)) {
    // Both may be in one commit.
    const bool again = state == job_state::ready || state == job_state::cancelled;
    if (before.state == job_state::succeeded || !again || !retries_.contains(id))
      violated("J2", id, "was " + to_string(before.state) + " and is now " + to_string(state));
    settle_one(retries_, id);
    cancelled_.erase(id);
    before.brought = true;
  }
  if (state == job_state::cancelled && !cancels_.contains(id) && !cancelled_.contains(id)
      && purges_[job.seen.queue] == 0)
    violated("J2", id, "is cancelled, and nobody asked for it");
  if (state == job_state::dead)
    look_at_death(id, job);
}

void promise_checker::look_at_death(job_id id, const stored& job) {
  const auto* settings = settings_of(job.seen.queue);
  if (settings == nullptr)
    return;
  const auto& x = job.seen.counters;
  const bool over = x.failures >= max_attempts_of(job.seen.options, *settings)
                    || x.losses >= max_losses_of(job.seen.options, *settings)
                    || (settings->max_deliveries != 0 && x.deliveries >= settings->max_deliveries);
  if (!over && job.seen.error.find("for good") == std::string::npos)
    violated("J2", id,
             fmt::format("is dead after {} failures, {} losses and {} deliveries ({})", x.failures,
                         x.losses, x.deliveries, job.seen.error));
}

/// Final jobs go when they are old, dead letters when they are sent back as new jobs.
void promise_checker::look_for_gone(const memory_data& data, const std::vector<job_id>& fresh) {
  std::map<std::string, std::size_t> moved;
  for (auto i = seen_.begin(); i != seen_.end();) {
    const auto& [id, before] = *i;
    if (data.jobs.contains(id)) {
      ++i;
      continue;
    }
    note(id, "is not stored any more");
    const auto letter = letters_.find(id);
    const bool redriven
      = letter != letters_.end() && before.state == job_state::ready && before.epoch == 0;
    if (redriven)
      ++moved[letter->second.first];
    else if (!is_final(before.state))
      violated("J1", id, "is not stored any more, and was " + to_string(before.state));
    acknowledged_.erase(id);
    letters_.erase(id);
    i = seen_.erase(i);
  }
  for (const auto& [queue, count] : moved) {
    std::size_t came = 0;
    for (auto id : fresh)
      if (data.jobs.at(id).seen.queue == queue) {
        seen_[id].brought = true;
        ++came;
      }
    if (came < count)
      violated("J1", 0,
               fmt::format("{} dead letters left for queue '{}', {} came", count, queue, came));
  }
}

/// What was ready when all was quiet is known to the dispatcher: nothing may overtake it.
void promise_checker::look_at_order(const memory_data& data, const std::vector<job_id>& leased) {
  for (auto& [queue, jobs] : ready_)
    std::erase_if(jobs, [&](const auto& x) {
      auto job = data.jobs.find(x.second);
      return job == data.jobs.end() || !is_waiting(job->second);
    });
  std::erase_if(paused_, [&](const auto& queue) { return !data.paused.at(queue); });
  for (auto id : leased) {
    const auto& job = data.jobs.at(id);
    const auto& queue = job.seen.queue;
    if (paused_.contains(queue))
      violated("J5", id, "was leased while its queue was paused");
    if (const auto& before = ready_[queue];
        !before.empty() && before.begin()->first < order_of(job))
      violated("J5", id,
               fmt::format("was leased before job {}, which was ready, and comes first",
                           before.begin()->second));
  }
}

/// No enqueue may fill a queue beyond its bound; what is brought back may.
void promise_checker::look_at_room(const memory_data& data, const std::vector<job_id>& fresh) {
  std::set<std::string> grown;
  for (auto id : fresh)
    grown.insert(data.jobs.at(id).seen.queue);
  for (const auto& name : grown) {
    const auto* settings = settings_of(name);
    if (settings == nullptr)
      continue;
    const auto count = std::ranges::count_if(data.jobs, [&](const auto& x) {
      return x.second.seen.queue == name && x.second.seen.origin == 0 && is_unfinished(x.second)
             && !seen_[x.first].brought;
    });
    if (static_cast<std::uint64_t>(count) > settings->depth_max)
      violated("J6", 0,
               fmt::format("queue '{}' took {} jobs, at most {} may be in it", name, count,
                           settings->depth_max));
  }
}

// -- the dispatcher -------------------------------------------------------------------------------

void promise_checker::observe_memory(const dispatcher_picture& seen) {
  for (const auto& x : seen.queues)
    if (x.window_jobs > bounds_.window_jobs_max
        || (x.window_jobs > 1 && x.window_bytes > bounds_.window_bytes_max))
      violated("J6", 0,
               fmt::format("{} jobs of queue '{}' with {} bytes are in memory", x.window_jobs,
                           x.name, x.window_bytes));
  if (seen.unstored_bytes > bounds_.unstored_bytes_max)
    violated("J6", 0, fmt::format("{} bytes wait for the disk", seen.unstored_bytes));
  if (seen.suspects > limits::suspects_max)
    violated("J6", 0, fmt::format("{} jobs wait for workers of their own", seen.suspects));
}

void promise_checker::observe_quiet(const memory_data& data, const dispatcher_picture& seen,
                                    timestamp now) {
  observe(data);
  observe_memory(seen);
  compare(data, seen);
  for (const auto& [number, call] : calls_)
    if (call.second < now)
      violated("calls", 0,
               fmt::format("call {} ({}) was not answered in time", number, call.first));
  ready_.clear();
  for (const auto& [id, job] : data.jobs)
    if (is_waiting(job))
      ready_[job.seen.queue].emplace(order_of(job), id);
  paused_.clear();
  for (const auto& [queue, paused] : data.paused)
    if (paused)
      paused_.insert(queue);
}

void promise_checker::compare(const memory_data& data, const dispatcher_picture& seen) {
  for (const auto& x : seen.queues) {
    queue_depths depths;
    for (const auto& [id, job] : data.jobs)
      if (job.seen.queue == x.name)
        ++depth_of(depths, as_seen(job, false).state);
    if (depths != x.depths)
      violated("depths", 0,
               fmt::format("queue '{}' has {}; the dispatcher counts {}", x.name, to_string(depths),
                           to_string(x.depths)));
    if (x.inserting != 0)
      violated(
        "J6", 0,
        fmt::format("room for {} jobs of queue '{}' is kept for nobody", x.inserting, x.name));
  }
  if (seen.unstored_bytes != 0 || seen.held != 0)
    violated("J6", 0,
             fmt::format("{} bytes and {} jobs wait for nothing", seen.unstored_bytes, seen.held));
  std::set<lease_key> leases;
  for (const auto& [id, job] : data.jobs)
    if (job.held && settings_of(job.seen.queue) != nullptr)
      leases.insert({id, job.held->epoch});
  for (const auto& lease : leases)
    if (!seen.leases.contains(lease))
      violated("J3", lease.job,
               fmt::format("is leased as {}, of which the dispatcher does not know", lease.epoch));
  if (seen.leases_total > leases.size())
    violated("J3", 0,
             fmt::format("the dispatcher knows {} leases, and there are {}", seen.leases_total,
                         leases.size()));
}

std::vector<job_id> promise_checker::unfinished(const memory_data& data) const {
  std::vector<job_id> result;
  std::ranges::copy_if(acknowledged_, std::back_inserter(result), [&](job_id id) {
    auto job = data.jobs.find(id);
    return job != data.jobs.end() && !is_final(job->second.seen.state);
  });
  return result;
}

void promise_checker::end(const memory_data& data) {
  for (auto id : unfinished(data))
    violated("J2", id, "has no final state");
}

// -- telling --------------------------------------------------------------------------------------

void promise_checker::note(job_id id, std::string what) {
  remarks_.push_back({id, std::move(what)});
}

void promise_checker::violated(const std::string& promise, job_id id, const std::string& how) {
  if (violations_.empty()) {
    violator_ = id;
    told_until_ = remarks_.size();
  }
  violations_.push_back(promise + ": " + (id == 0 ? "" : "job " + std::to_string(id) + " ") + how);
}

std::string promise_checker::story() const {
  std::vector<std::string> lines;
  const auto until = violations_.empty() ? remarks_.size() : told_until_;
  for (std::size_t i = 0; i < until; ++i)
    if (const auto& x = remarks_[i]; x.id == 0)
      lines.push_back(x.what);
    else if (x.id == violator_ || violator_ == 0)
      lines.push_back("job " + std::to_string(x.id) + " " + x.what);
  std::string result;
  if (lines.size() > remarks_shown) {
    result = fmt::format("({} lines before)\n", lines.size() - remarks_shown);
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(remarks_shown));
  }
  for (const auto& line : lines)
    result += line + "\n";
  return result + (violations_.empty() ? "" : violations_.front());
}

} // namespace troupe::test
