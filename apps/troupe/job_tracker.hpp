// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "messages/requests.hpp"

namespace troupe {

/// Which of some jobs have come to an end, and to which.
class job_tracker {
public:
  explicit job_tracker(const std::vector<job_id>& ids);

  void apply(const job_event& event);

  /// The answer to `asked`: a job that is missing in it is gone, because its retention is over.
  void apply(const std::vector<job_id>& asked, const std::vector<job>& found);

  std::vector<job_id> unfinished() const;
  std::uint64_t finished() const { return finished_; }
  std::uint64_t total() const { return states_.size(); }
  bool done() const { return finished_ == states_.size(); }

  /// Finished jobs by state. Gone ones, whose end nobody saw, are left out.
  std::map<job_state, std::uint64_t> counts() const;

  /// Did all finish as `succeeded`?
  bool all_succeeded() const;

private:
  enum class progress : std::uint8_t { unfinished, finished, gone };
  struct entry {
    progress how = progress::unfinished;
    job_state state = job_state::ready;
  };

  void finish(job_id id, progress how, job_state state);

  std::unordered_map<job_id, entry> states_;
  std::uint64_t finished_ = 0;
};

} // namespace troupe
