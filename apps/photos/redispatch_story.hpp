// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "messages/requests.hpp"

namespace photos {

/// A job that the killed worker held.
struct redispatch {
  troupe::job_id job = 0;
  std::optional<troupe::milliseconds> taken_away; ///< after the kill
  std::optional<troupe::milliseconds> started;    ///< again, after the kill
  std::string node;                               ///< where it started again
};

/// What happens to some jobs, told by the cluster's events, with a worker's sudden end in the
/// middle of it. A plain class: it is told the time of the kill.
class redispatch_story {
public:
  explicit redispatch_story(const std::vector<troupe::job_id>& jobs);

  /// Takes the next event. The line that tells people what it means for a job that the killed
  /// worker held; empty for all others.
  std::string apply(const troupe::job_event& event);

  /// Takes a job as it stands now, for when events were missed.
  void apply(const troupe::job& job);

  /// A worker's process was killed. Its leases that are lost from now on are this story's.
  void kill(std::string node, troupe::timestamp at);

  std::size_t total() const { return states_.size(); }
  std::size_t finished() const { return finished_; }
  std::size_t succeeded() const;

  /// Jobs that have not ended.
  std::vector<troupe::job_id> unfinished() const;

  /// Those of a worker's leases whose handler runs.
  std::vector<troupe::job_id> running(const troupe::worker_info& worker) const;

  /// The worker with the most running handlers; none if nothing runs.
  const troupe::worker_info* busiest(const std::vector<troupe::worker_info>& workers) const;

  /// What the killed worker lost, in the order in which it was noticed.
  const std::vector<redispatch>& redispatches() const { return redispatches_; }

private:
  void finish(troupe::job_id job, troupe::job_state state);
  std::string lost(const troupe::job_event& event);
  std::string started(const troupe::job_event& event);
  troupe::milliseconds since_kill(troupe::timestamp at) const;

  std::map<troupe::job_id, troupe::job_state> states_;
  std::size_t finished_ = 0;
  std::map<troupe::job_id, troupe::lease_epoch> running_;
  std::string killed_node_;
  troupe::timestamp killed_at_{};
  std::vector<redispatch> redispatches_;
};

} // namespace photos
