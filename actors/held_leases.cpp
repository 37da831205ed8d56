// SPDX-License-Identifier: Apache-2.0
#include "actors/held_leases.hpp"

#include <algorithm>
#include <utility>

#include "actors/error_text.hpp"
#include "actors/job_labels.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

// An outcome without its text, in a message.
constexpr std::size_t outcome_bytes = 40;

std::string in_seconds(milliseconds x) {
  auto whole = x.count() / 1000, rest = x.count() % 1000;
  if (rest == 0)
    return std::to_string(whole) + " s";
  return std::to_string(x.count()) + " ms";
}

bool is_time_out(end_reason x) {
  return x == end_reason::deadline || x == end_reason::no_progress;
}

} // namespace

// -- a run's way ----------------------------------------------------------------------------------

bool held_leases::add(const leased_job& job, std::uint64_t result_max) {
  auto [i, fresh] = leases_.try_emplace(job.lease);
  if (!fresh)
    return false;
  auto& x = i->second;
  x.queue = job.queue;
  x.trace_parent = job.trace_parent;
  x.run_timeout = job.run_timeout;
  x.progress_timeout = job.progress_timeout;
  x.result_max = result_max;
  x.has_run = true;
  ++runs_;
  return true;
}

void held_leases::refuse(const leased_job& job, outcome_kind kind, std::string text) {
  auto [i, fresh] = leases_.try_emplace(job.lease);
  if (!fresh)
    return;
  i->second.trace_parent = job.trace_parent;
  decide(i, kind, is_failure(kind) ? end_reason::error : end_reason::none, std::move(text),
         milliseconds{-1});
}

void held_leases::started(const lease_key& lease, time_point at) {
  auto i = leases_.find(lease);
  if (i == leases_.end())
    return;
  auto& x = i->second;
  x.started = true;
  x.begun = x.active = at;
  started_.push_back(lease);
}

void held_leases::progressed(const lease_progress& progress, time_point now) {
  auto i = leases_.find(progress.lease);
  if (i == leases_.end())
    return;
  i->second.active = now;
  i->second.progress = progress.text;
  i->second.has_progress = true;
}

void held_leases::ended(const lease_key& lease, const outcome& how) {
  auto i = leases_.find(lease);
  if (i == leases_.end())
    return;
  end_run(i);
  if (i->second.stage == report::undecided)
    conclude(i, how);
  else
    forget_if_over(i);
}

void held_leases::conclude(iterator i, const outcome& how) {
  const auto& x = i->second;
  auto handed_back = x.stopped == end_reason::released || x.stopped == end_reason::lease_lost;
  if (x.stopped == end_reason::cancelled)
    return decide(i, outcome_kind::cancelled, end_reason::cancelled, {}, milliseconds{-1});
  if (is_time_out(x.stopped)) // whatever it says now: it was told that this is over
    return decide(i, outcome_kind::failed, x.stopped, time_out_text(x), milliseconds{-1});
  if (handed_back && is_failure(how.kind())) // it failed because it was stopped
    return decide(i, outcome_kind::released, end_reason::released, {}, milliseconds{-1});
  if (how.kind() == outcome_kind::succeeded && how.output().size() > x.result_max)
    return decide(i, outcome_kind::failed_final, end_reason::error,
                  "the handler's result has " + std::to_string(how.output().size())
                    + " bytes; queue '" + x.queue + "' takes at most "
                    + std::to_string(x.result_max) + " (result_max)",
                  milliseconds{-1});
  i->second.step = how.step();
  decide(i, how.kind(), is_failure(how.kind()) ? end_reason::error : end_reason::none, how.output(),
         how.delay());
}

void held_leases::decide(iterator i, outcome_kind kind, end_reason reason, std::string output,
                         milliseconds delay) {
  if (is_failure(kind))
    output = error_text(output);
  auto& x = i->second;
  x.result = job_outcome{i->first, kind, reason, std::move(output), delay};
  x.stage = report::queued;
  ++unacknowledged_;
  outbox_of(x).push_back(i->first);
}

void held_leases::end_run(iterator i) {
  if (std::exchange(i->second.has_run, false))
    --runs_;
}

void held_leases::forget_if_over(iterator i) {
  if (!i->second.has_run && i->second.stage == report::nothing)
    leases_.erase(i);
}

// -- stopping -------------------------------------------------------------------------------------

bool held_leases::ask_to_stop(held_lease& x, end_reason why, time_point now) const {
  if (!x.has_run || x.stopped != end_reason::none)
    return false;
  x.stopped = why;
  x.give_up = now + cancel_grace_;
  return true;
}

std::vector<lease_key> held_leases::cancel(const std::vector<lease_key>& leases, time_point now) {
  std::vector<lease_key> result;
  for (const auto& lease : leases)
    if (auto i = leases_.find(lease); i != leases_.end() && i->second.stage == report::undecided
                                      && ask_to_stop(i->second, end_reason::cancelled, now))
      result.push_back(lease);
  return result;
}

std::vector<lease_key> held_leases::lose(const std::vector<lease_key>& leases, time_point now) {
  std::vector<lease_key> result;
  for (const auto& lease : leases) {
    auto i = leases_.find(lease);
    if (i != leases_.end() && i->second.stage == report::queued && i->second.step) {
      acknowledge(lease); // whether it was stored or not, there is nothing to add
      continue;
    }
    if (i == leases_.end() || i->second.stage != report::undecided)
      continue;
    i->second.stage = report::nothing;
    if (ask_to_stop(i->second, end_reason::lease_lost, now))
      result.push_back(lease);
  }
  return result;
}

std::vector<lease_key> held_leases::stop_if(end_reason why, time_point now,
                                            bool (*chosen)(const held_lease&)) {
  std::vector<lease_key> result;
  for (auto& [lease, x] : leases_)
    if (chosen(x) && ask_to_stop(x, why, now))
      result.push_back(lease);
  return result;
}

std::vector<lease_key> held_leases::give_up(time_point now) {
  for (auto& [lease, x] : leases_)
    x.claimed = false;
  return stop_if(end_reason::lease_lost, now, [](const held_lease&) { return true; });
}

std::vector<lease_key> held_leases::release(time_point now) {
  return stop_if(end_reason::released, now, [](const held_lease&) { return true; });
}

std::vector<lease_key> held_leases::release_waiting(time_point now) {
  return stop_if(end_reason::released, now, [](const held_lease& x) { return !x.started; });
}

held_leases::orders held_leases::overdue(time_point now) {
  orders result;
  for (auto i = leases_.begin(); i != leases_.end();) {
    auto current = i++; // the current one may be forgotten
    auto& x = current->second;
    if (!x.has_run)
      continue;
    if (x.stopped == end_reason::none) {
      if (x.started && check_time(x, now))
        result.stop.push_back(current->first);
    } else if (x.started && now >= x.give_up) {
      result.abandon.push_back(current->first);
      result.abandoned.push_back(name_of(current->first));
      end_run(current);
      if (x.stage == report::undecided)
        conclude(current, outcome::release());
      else
        forget_if_over(current);
    }
  }
  return result;
}

bool held_leases::check_time(held_lease& x, time_point now) const {
  if (x.run_timeout.count() > 0 && now - x.begun >= x.run_timeout)
    return ask_to_stop(x, end_reason::deadline, now);
  if (x.progress_timeout.count() > 0 && now - x.active >= x.progress_timeout)
    return ask_to_stop(x, end_reason::no_progress, now);
  return false;
}

std::string held_leases::time_out_text(const held_lease& x) {
  return x.stopped == end_reason::deadline
           ? "the handler ran for longer than its run_timeout of " + in_seconds(x.run_timeout)
           : "the handler reported no progress for its progress_timeout of "
               + in_seconds(x.progress_timeout);
}

// -- reporting ------------------------------------------------------------------------------------

std::vector<lease_key> held_leases::claims() const {
  std::vector<lease_key> result;
  for (const auto& [lease, x] : leases_)
    if (x.stage == report::undecided ? x.claimed : x.stage != report::nothing)
      result.push_back(lease);
  return result;
}

std::vector<lease_progress> held_leases::take_progress() {
  std::vector<lease_progress> result;
  for (auto& [lease, x] : leases_)
    if (std::exchange(x.has_progress, false) && x.stage == report::undecided && x.claimed)
      result.push_back({lease, x.progress});
  return result;
}

std::vector<lease_key> held_leases::take_started() {
  auto result = std::exchange(started_, {});
  std::erase_if(result, [this](const lease_key& lease) {
    auto i = leases_.find(lease);
    return i == leases_.end() || i->second.stage != report::undecided || !i->second.claimed;
  });
  return result;
}

std::vector<job_outcome> held_leases::take_outcomes() {
  std::vector<job_outcome> result;
  std::size_t bytes = 0;
  while (!outbox_.empty() && result.size() < limits::batch_jobs_max) {
    auto& x = leases_.at(outbox_.front());
    bytes += outcome_bytes + x.result.output.size();
    if (!result.empty() && bytes > limits::batch_bytes_max)
      break;
    result.push_back(x.result); // a copy: it may have to be sent again
    x.stage = report::sent;
    ++x.taken;
    outbox_.pop_front();
  }
  return result;
}

held_leases::outcome_with_step held_leases::take_step() {
  auto& x = leases_.at(steps_.front());
  steps_.pop_front();
  x.stage = report::sent;
  ++x.taken;
  return {x.result, x.step};
}

void held_leases::refuse_step(const lease_key& lease, std::string text) {
  auto i = leases_.find(lease);
  if (i == leases_.end() || i->second.stage != report::sent || !i->second.step)
    return;
  i->second.step = nullptr;
  --unacknowledged_; // deciding anew counts it again
  decide(i, outcome_kind::failed, end_reason::error, std::move(text), milliseconds{-1});
}

bool held_leases::acknowledge(const lease_key& lease) {
  auto i = leases_.find(lease);
  if (i == leases_.end())
    return false;
  auto& x = i->second;
  if (x.stage != report::sent && x.stage != report::queued)
    return false;
  if (x.stage == report::queued) // answered after all, before it was sent again
    std::erase(outbox_of(x), lease);
  x.stage = report::nothing;
  x.result = {};
  x.step = nullptr;
  --unacknowledged_;
  forget_if_over(i);
  return true;
}

std::string held_leases::queue_of(const lease_key& lease) const {
  auto i = leases_.find(lease);
  return i == leases_.end() ? std::string{} : i->second.queue;
}

std::string held_leases::name_of(const lease_key& lease) const {
  auto i = leases_.find(lease);
  return delivery_name(lease, i == leases_.end() ? std::string_view{} : i->second.trace_parent);
}

bool held_leases::repeated(const lease_key& lease) const {
  auto i = leases_.find(lease);
  return i != leases_.end() && i->second.taken > 1;
}

void held_leases::put_back(const std::vector<lease_key>& leases) {
  for (auto lease = leases.rbegin(); lease != leases.rend(); ++lease)
    if (auto i = leases_.find(*lease); i != leases_.end() && i->second.stage == report::sent) {
      i->second.stage = report::queued;
      outbox_of(i->second).push_front(*lease);
    }
}

void held_leases::put_back_all() {
  std::vector<lease_key> sent;
  for (const auto& [lease, x] : leases_)
    if (x.stage == report::sent && !x.step)
      sent.push_back(lease);
  put_back(sent);
  started_.clear();
  for (const auto& [lease, x] : leases_)
    if (x.has_run && x.started)
      started_.push_back(lease);
}

// -- counting -------------------------------------------------------------------------------------

std::size_t held_leases::zombies() const noexcept {
  auto is_zombie = [](const auto& entry) {
    const auto& x = entry.second;
    return x.has_run && x.started && (x.stage != report::undecided || !x.claimed);
  };
  return static_cast<std::size_t>(std::count_if(leases_.begin(), leases_.end(), is_zombie));
}

} // namespace troupe
