#include "gateway/job_pulse.hpp"

#include <algorithm>
#include <cmath>

#include "messages/record.hpp"

namespace troupe {

namespace {

constexpr std::size_t notable_max = 50;

// Of runs that began; those above it are not measured.
constexpr std::size_t runs_max = 20'000;

/// Nearest rank; `sorted` must not be empty.
double percentile(const std::vector<double>& sorted, double share) {
  const auto rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

} // namespace

json json_of(const job_event& x) {
  return {{"sequence", x.sequence},
          {"at", rfc3339(x.at)},
          {"job", std::to_string(x.lease.job)},
          {"epoch", std::to_string(x.lease.epoch)},
          {"kind", to_string(x.kind)},
          {"reason", to_string(x.reason)},
          {"attempt", x.attempt},
          {"node", x.node}};
}

void job_pulse::read(const events_read& x) {
  if (x.missed || x.events.size() >= events_max)
    exact_ = false;
  after_ = x.next;
  for (const auto& event : x.events)
    note(event);
}

void job_pulse::note(const job_event& x) {
  using enum job_event_kind;
  ++counts_[x.kind];
  bool notable = x.kind == lost || x.kind == dead || x.kind == cancelled || x.kind == retrying;
  if (x.kind == started && started_.size() < runs_max)
    started_.emplace(x.lease, x.at);
  else if (x.kind == leased)
    notable = lost_.erase(x.lease.job) > 0;
  else if (x.kind != started)
    end_run(x);
  if (x.kind == lost && lost_.size() < runs_max)
    lost_.insert(x.lease.job);
  if (notable && notable_.size() < notable_max)
    notable_.push_back(x);
}

void job_pulse::end_run(const job_event& x) {
  const auto found = started_.find(x.lease);
  if (found == started_.end())
    return;
  const std::chrono::duration<double, std::milli> time = x.at - found->second;
  if (x.kind == job_event_kind::succeeded || x.kind == job_event_kind::retrying)
    run_times_.push_back(std::max(time.count(), 0.0));
  started_.erase(found);
}

json job_pulse::take(double seconds) {
  json result{{"exact", exact_}};
  for (const auto kind :
       {job_event_kind::started, job_event_kind::succeeded, job_event_kind::retrying,
        job_event_kind::dead, job_event_kind::cancelled, job_event_kind::lost})
    result[to_string(kind)] = static_cast<double>(counts_[kind]) / std::max(seconds, 0.001);
  result["run_ms"] = nullptr;
  if (!run_times_.empty()) {
    std::sort(run_times_.begin(), run_times_.end());
    result["run_ms"]
      = {{"p50", percentile(run_times_, 0.5)}, {"p99", percentile(run_times_, 0.99)}};
  }
  result["notable"] = json::array();
  for (const auto& x : notable_)
    result["notable"].push_back(json_of(x));
  if (!exact_)
    started_.clear(); // the ends of some were not seen
  exact_ = true;
  counts_.clear();
  run_times_.clear();
  notable_.clear();
  return result;
}

} // namespace troupe
