// SPDX-License-Identifier: Apache-2.0
#include "actors/lease_table.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

/// Its worker enforces the time-outs first, and says how it went when the handler has ended.
end_reason out_of_time(const lease_record& record, time_point now, const lease_limits& limits) {
  const auto allowed
    = record.pull != 0 ? limits.pulled_overrun : limits.overrun + record.cancel_grace;
  if (now - record.begun > record.run_timeout + allowed)
    return end_reason::deadline;
  if (record.progress_timeout.count() > 0
      && now - record.active > record.progress_timeout + allowed)
    return end_reason::no_progress;
  return end_reason::none;
}

bool fills_slot(const lease_record& record) {
  return record.phase == lease_phase::granting || record.phase == lease_phase::held;
}

} // namespace

lease_record& lease_table::add(lease_record record) {
  attach(record);
  auto job = record.key.job;
  return leases_.insert_or_assign(job, std::move(record)).first->second;
}

lease_record* lease_table::find(job_id job) {
  auto i = leases_.find(job);
  return i == leases_.end() ? nullptr : &i->second;
}

const lease_record* lease_table::find(job_id job) const {
  auto i = leases_.find(job);
  return i == leases_.end() ? nullptr : &i->second;
}

lease_record* lease_table::find(const lease_key& key) {
  auto* record = find(key.job);
  return record != nullptr && record->key.epoch == key.epoch ? record : nullptr;
}

void lease_table::assign(lease_record& record, std::uint64_t worker, lease_phase phase) {
  detach(record);
  record.worker = worker;
  record.phase = phase;
  attach(record);
}

void lease_table::erase(job_id job) {
  if (auto i = leases_.find(job); i != leases_.end()) {
    detach(i->second);
    leases_.erase(i);
  }
}

std::size_t lease_table::active(std::uint64_t worker) const {
  auto i = holders_.find(worker);
  if (i == holders_.end())
    return 0;
  return i->second.alone > 0 ? full : i->second.active;
}

std::vector<job_id> lease_table::of_worker(std::uint64_t worker) const {
  auto i = holders_.find(worker);
  if (i == holders_.end())
    return {};
  return {i->second.jobs.begin(), i->second.jobs.end()};
}

std::vector<job_id> lease_table::orphans_of(const std::string& node) const {
  std::vector<job_id> result;
  for (const auto& [job, record] : leases_)
    if (record.phase == lease_phase::orphaned && record.node == node)
      result.push_back(job);
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<overdue_lease> lease_table::overdue(time_point now, const lease_limits& limits) const {
  std::vector<overdue_lease> result;
  for (const auto& [job, record] : leases_) {
    if (record.phase == lease_phase::ending || record.phase == lease_phase::granting)
      continue;
    if (now - record.renewed > limits.silence)
      result.push_back({job, end_reason::lease_lost});
    else if (record.started)
      if (auto why = out_of_time(record, now, limits); why != end_reason::none)
        result.push_back({job, why});
  }
  std::sort(result.begin(), result.end(),
            [](const overdue_lease& x, const overdue_lease& y) { return x.job < y.job; });
  return result;
}

void lease_table::forgive(std::chrono::nanoseconds gap, time_point now) {
  for (auto& [job, record] : leases_)
    for (auto* since : {&record.given, &record.renewed, &record.active, &record.begun})
      *since = std::min(*since + gap, now);
}

void lease_table::attach(const lease_record& record) {
  auto& at = holders_[record.worker];
  at.jobs.insert(record.key.job);
  at.active += fills_slot(record) ? 1 : 0;
  at.alone += record.alone ? 1 : 0;
}

void lease_table::detach(const lease_record& record) {
  auto i = holders_.find(record.worker);
  i->second.jobs.erase(record.key.job);
  i->second.active -= fills_slot(record) ? 1 : 0;
  i->second.alone -= record.alone ? 1 : 0;
  if (i->second.jobs.empty())
    holders_.erase(i);
}

} // namespace troupe
