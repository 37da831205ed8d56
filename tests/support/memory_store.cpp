// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_store.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "messages/limits.hpp"
#include "tests/support/memory_jobs.hpp"
#include "tests/support/memory_reader.hpp"

namespace troupe::test {

namespace {

std::uint32_t shard_of(job_id id) {
  return static_cast<std::uint32_t>(id >> 48);
}

timestamp next_due(const memory_data& data, const std::string& queue) {
  std::optional<timestamp> next;
  for (const auto& [id, x] : data.jobs)
    if (x.seen.queue == queue && is_due_later(x) && (!next || x.seen.run_at < *next))
      next = x.seen.run_at;
  return next.value_or(timestamp{});
}

std::vector<std::string> sorted(const std::vector<std::string>& tags) {
  const std::set<std::string> all(tags.begin(), tags.end());
  for (const auto& x : all)
    if (x.empty() || x.find('\n') != std::string::npos)
      refuse("a tag of no or several lines");
  return {all.begin(), all.end()};
}

class transaction final : public storage_transaction {
public:
  transaction(memory_data& data, bool check_epochs) : data_{data}, check_epochs_{check_epochs} {}

  shard_opened open(const open_shard& request) override;
  void insert(const insert_jobs& request) override;
  leases_granted grant(const grant_leases& request) override;
  leases_ended end(const end_leases& request) override;
  jobs_promoted promote(const promote_jobs& request) override;
  jobs_updated cancel(const cancel_waiting& request) override;
  jobs_updated revive(const revive_jobs& request) override;
  dead_letters_moved move(const move_dead_letters& request) override;
  jobs_purged purge(const purge_jobs& request) override;
  void pause(const pause_queue& request) override { data_.paused[request.queue] = request.paused; }

  void declare(const declare_collections& x) override { data_.records.declare(x); }
  shards_stored claim(const claim_shards& x) override { return data_.records.claim(x); }
  records_written write(const write_records& x) override { return write(x, x.now); }
  records_trimmed trim(const trim_records& x) override { return data_.records.trim(x); }
  step_stored commit(const store_step& step) override;

  token_changed create(const create_token& x) override { return data_.tokens.create(x); }
  token_changed revoke(const revoke_token& x) override { return data_.tokens.revoke(x); }

private:
  records_written write(const write_records& request, timestamp now);
  memory_job* find(job_id id);
  memory_job& add(job_id id, const std::string& queue, timestamp now);
  void end_one(memory_job& x, const lease_end& end, timestamp now);
  stored_queue describe(const std::string& queue) const;

  memory_data& data_;
  bool check_epochs_;
};

memory_job* transaction::find(job_id id) {
  const auto found = data_.jobs.find(id);
  return found == data_.jobs.end() ? nullptr : &found->second;
}

memory_job& transaction::add(job_id id, const std::string& queue, timestamp now) {
  if (id == 0 || id >= job_id{std::numeric_limits<std::int64_t>::max()} || find(id))
    refuse("no new job can have the id " + std::to_string(id));
  auto& shard = data_.shards[shard_of(id)];
  shard.next_job = std::max(shard.next_job, id + 1);
  auto& x = data_.jobs[id];
  x.seen.id = id;
  x.seen.queue = queue;
  x.seen.state = job_state::ready;
  x.seen.created_at = now;
  x.seen.run_at = now;
  return x;
}

stored_queue transaction::describe(const std::string& queue) const {
  stored_queue answer;
  answer.queue = queue;
  for (const auto& [id, x] : data_.jobs) {
    if (x.seen.queue != queue)
      continue;
    switch (as_seen(x, false).state) {
    case job_state::scheduled:
      ++answer.scheduled;
      break;
    case job_state::ready:
      ++answer.ready;
      break;
    case job_state::running:
      ++answer.running;
      break;
    case job_state::retrying:
      ++answer.retrying;
      break;
    case job_state::succeeded:
      ++answer.succeeded;
      break;
    case job_state::dead:
      ++answer.dead;
      break;
    case job_state::cancelled:
      ++answer.cancelled;
      break;
    }
  }
  answer.next_due = next_due(data_, queue);
  const auto paused = data_.paused.find(queue);
  answer.paused = paused != data_.paused.end() && paused->second;
  return answer;
}

shard_opened transaction::open(const open_shard& request) {
  if (request.shard > 0x7fff)
    refuse("no such shard");
  auto& shard = data_.shards[request.shard];
  shard.next_job = std::max(shard.next_job, (job_id{request.shard} << 48) + 1);
  shard_opened answer;
  answer.incarnation = ++shard.incarnation;
  answer.next_job = shard.next_job;
  for (const auto& [id, x] : data_.jobs)
    if (x.held && shard_of(id) == request.shard)
      answer.leases.push_back({{id, x.held->epoch},
                               x.seen.queue,
                               x.held->node,
                               x.held->leased_at,
                               as_ready(x),
                               x.held->worker,
                               x.held->cancel});
  for (const auto& queue : request.queues)
    answer.queues.push_back(describe(queue));
  return answer;
}

void transaction::insert(const insert_jobs& request) {
  auto id = request.first;
  for (const auto& wanted : request.jobs) {
    auto& x = add(id++, request.queue, request.now);
    x.seen.options = wanted.options;
    x.seen.payload = wanted.payload;
    x.seen.trace_parent = wanted.trace_parent;
    x.seen.tags = sorted(wanted.tags);
    x.seen.run_at = request.now + wanted.options.delay;
    if (wanted.options.delay > milliseconds{0})
      x.seen.state = job_state::scheduled;
  }
}

leases_granted transaction::grant(const grant_leases& request) {
  leases_granted answer;
  for (const auto& wanted : request.grants) {
    auto* x = find(wanted.lease.job);
    if (x && is_ready(*x))
      x->held = {wanted.lease.epoch, wanted.node, request.now, wanted.worker, false};
    else
      answer.refused.push_back(wanted.lease);
  }
  return answer;
}

leases_ended transaction::end(const end_leases& request) {
  leases_ended answer;
  for (auto wanted : request.ends) {
    if (wanted.next == job_state::running)
      refuse("a lease cannot end with a running job");
    auto* x = find(wanted.lease.job);
    if (!x || !x->held || x->held->epoch != wanted.lease.epoch) {
      answer.lost.push_back(wanted.lease);
      continue;
    }
    if (x->held->cancel && !is_final(wanted.next)) {
      wanted.next = job_state::cancelled;
      wanted.reason = end_reason::cancelled;
      answer.cancelled.push_back(wanted.lease);
    }
    end_one(*x, wanted, request.now);
  }
  return answer;
}

void transaction::end_one(memory_job& x, const lease_end& end, timestamp now) {
  const auto held = *x.held;
  auto& seen = x.seen;
  delivery past{held.epoch, next_attempt(seen.counters), held.node, held.leased_at, now, end.reason,
                end.output};
  x.held.reset();
  seen.node = held.node;
  seen.leased_at = held.leased_at;
  seen.reason = end.reason;
  ++seen.counters.deliveries;
  switch (end.reason) {
  case end_reason::error:
  case end_reason::no_progress:
  case end_reason::deadline:
    ++seen.counters.failures;
    x.avoid = held.node;
    break;
  case end_reason::lease_lost:
    ++seen.counters.losses;
    x.avoid = held.node;
    break;
  case end_reason::snoozed:
    ++seen.counters.snoozes;
    break;
  default:
    break;
  }
  seen.state = end.next;
  if (is_due_later(x))
    seen.run_at = end.run_at;
  if (is_final(end.next))
    seen.finished_at = now;
  if (end.next == job_state::succeeded) {
    seen.result = end.output;
    return;
  }
  // A job that was handed back keeps the error of its last failure.
  if (is_final(end.next)
      || (end.reason != end_reason::released && end.reason != end_reason::snoozed))
    seen.error = end.output;
  seen.history.push_back(past);
  if (seen.history.size() > limits::history_max)
    seen.history.erase(seen.history.begin());
  if (end.next == job_state::dead && !end.dead_letter.empty()) {
    auto& copy = add(end.dead_letter_copy, end.dead_letter, now);
    copy.seen.options = seen.options;
    copy.seen.options.delay = milliseconds{0};
    copy.seen.payload = seen.payload;
    copy.seen.tags = seen.tags;
    copy.seen.trace_parent = seen.trace_parent;
    copy.seen.error = seen.error;
    copy.seen.origin = seen.id;
    copy.seen.origin_queue = seen.queue;
  }
}

jobs_promoted transaction::promote(const promote_jobs& request) {
  std::set<std::pair<timestamp, job_id>> due;
  for (const auto& [id, x] : data_.jobs)
    if (x.seen.queue == request.queue && is_due_later(x) && x.seen.run_at <= request.now)
      due.emplace(x.seen.run_at, id);
  jobs_promoted answer;
  std::uint32_t taken = 0;
  for (const auto& [run_at, id] : due) {
    if (taken++ == request.limit)
      break;
    auto& x = *find(id);
    auto& jobs = x.seen.state == job_state::scheduled ? answer.scheduled : answer.retrying;
    x.seen.state = job_state::ready;
    jobs.push_back(as_ready(x));
  }
  answer.next_due = next_due(data_, request.queue);
  return answer;
}

jobs_updated transaction::cancel(const cancel_waiting& request) {
  jobs_updated answer;
  for (const auto id : request.ids) {
    auto& update = answer.updates.emplace_back();
    auto* x = find(id);
    if (!x) {
      update.code = static_cast<std::uint8_t>(errc::unknown_job);
      continue;
    }
    update.queue = x->seen.queue;
    update.before = as_seen(*x, false).state;
    if (x->held && request.running) {
      x->held->cancel = true;
      continue;
    }
    if (x->held || is_final(x->seen.state)) {
      update.code = static_cast<std::uint8_t>(errc::wrong_state);
      continue;
    }
    x->seen.state = job_state::cancelled;
    x->seen.reason = end_reason::cancelled;
    x->seen.finished_at = request.now;
  }
  return answer;
}

jobs_updated transaction::revive(const revive_jobs& request) {
  jobs_updated answer;
  for (const auto id : request.ids) {
    auto& update = answer.updates.emplace_back();
    auto* x = find(id);
    if (!x) {
      update.code = static_cast<std::uint8_t>(errc::unknown_job);
      continue;
    }
    update.queue = x->seen.queue;
    update.before = as_seen(*x, false).state;
    if (update.before != job_state::dead && update.before != job_state::cancelled) {
      update.code = static_cast<std::uint8_t>(errc::wrong_state);
      continue;
    }
    x->seen.state = job_state::ready;
    x->seen.reason = end_reason::none;
    x->seen.finished_at = {};
    x->seen.run_at = request.now;
    x->seen.counters = {};
    update.job = as_ready(*x);
  }
  return answer;
}

dead_letters_moved transaction::move(const move_dead_letters& request) {
  std::vector<job_id> copies;
  for (const auto& [id, x] : data_.jobs)
    if (x.seen.queue == request.queue && is_ready(x) && x.seen.origin != 0
        && copies.size() < request.limit)
      copies.push_back(id);
  dead_letters_moved answer;
  auto id = request.first;
  for (const auto copy : copies) {
    const auto old = find(copy)->seen;
    auto& x = add(id++, old.origin_queue, request.now);
    x.seen.options = old.options;
    x.seen.payload = old.payload;
    x.seen.tags = old.tags;
    x.seen.trace_parent = old.trace_parent;
    data_.jobs.erase(copy);
    answer.jobs.push_back({old.origin_queue, copy, as_ready(x)});
  }
  return answer;
}

jobs_purged transaction::purge(const purge_jobs& request) {
  std::set<std::pair<timestamp, job_id>> expired;
  for (const auto& [id, x] : data_.jobs)
    if (x.seen.queue == request.queue && is_final(x.seen.state)
        && x.seen.finished_at < request.finished_before)
      expired.emplace(x.seen.finished_at, id);
  jobs_purged answer;
  std::uint32_t taken = 0;
  for (const auto& [finished_at, id] : expired) {
    if (taken++ == request.limit)
      break;
    switch (find(id)->seen.state) {
    case job_state::succeeded:
      ++answer.succeeded;
      break;
    case job_state::dead:
      ++answer.dead;
      break;
    default:
      ++answer.cancelled;
    }
    data_.jobs.erase(id);
  }
  return answer;
}

records_written transaction::write(const write_records& request, timestamp now) {
  auto answer = data_.records.write(request, now, check_epochs_);
  for (const auto& x : answer.jobs)
    insert({x.queue, x.job.id, now, {{x.job.payload, {}, {}, x.job.trace_parent}}});
  return answer;
}

step_stored transaction::commit(const store_step& step) {
  step_stored answer;
  const auto* job = find(step.end.lease.job);
  answer.lost = !job || !job->held || job->held->epoch != step.end.lease.epoch;
  if (answer.lost)
    return answer;
  answer.written = write(step.writes, step.now);
  bool refused = answer.written.code != 0;
  for (const auto& x : answer.written.results)
    refused = refused || x.code != 0;
  if (refused)
    return answer;
  end({step.now, {step.end}});
  for (const auto& jobs : step.jobs)
    insert(jobs);
  return answer;
}

} // namespace

result<void> memory_store::transact(durability,
                                    const std::function<void(storage_transaction&)>& work) {
  auto changed = disk_->data;
  try {
    transaction tx{changed, disk_->check_epochs};
    work(tx);
  } catch (const storage_error& e) {
    return tl::unexpected{e.why};
  }
  if (disk_->failure)
    return tl::unexpected{*disk_->failure};
  const auto unknown = std::exchange(disk_->unknown, std::nullopt);
  if (!unknown || *unknown) {
    disk_->data = std::move(changed);
    ++disk_->commits;
  }
  if (unknown)
    return failure(errc::timed_out, "the disk did not say whether it was stored");
  return {};
}

result<std::unique_ptr<storage_reader>> memory_store::open_reader() {
  return make_memory_reader(disk_);
}

} // namespace troupe::test
