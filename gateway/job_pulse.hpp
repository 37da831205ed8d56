#pragma once
#include <map>
#include <set>
#include <vector>

#include "gateway/job_json.hpp"

namespace troupe {

json json_of(const job_event& x);

/// What happened to jobs between two looks: counts, run times, and what a person should see.
/// Bounded, however much happens.
class job_pulse {
public:
  /// Events that one look takes notice of; ask for at most as many.
  static constexpr std::uint32_t events_max = 4000;

  /// Ask for the events after this one next.
  std::uint64_t after() const noexcept { return after_; }

  /// Takes notice of what was read.
  void read(const events_read& x);

  /// Counts a second, run times in milliseconds and notable events since the last call, `seconds`
  /// ago: {"exact":true,"started":...}. Not exact: more happened than was read.
  json take(double seconds);

private:
  void note(const job_event& x);
  void end_run(const job_event& x);

  std::uint64_t after_ = 0;
  bool exact_ = true;
  std::map<job_event_kind, std::uint64_t> counts_;
  std::map<lease_key, timestamp> started_; // that still run
  std::vector<double> run_times_;
  std::set<job_id> lost_; // that were not handed out again yet
  std::vector<job_event> notable_;
};

} // namespace troupe
