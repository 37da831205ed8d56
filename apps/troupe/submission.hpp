// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "apps/troupe/payload_source.hpp"
#include "messages/errors.hpp"
#include "messages/requests.hpp"

namespace troupe {

/// Stores jobs in batches, several of them under way at once, because each answer waits for the
/// disk.
class submission {
public:
  /// Sends a batch and calls back once, from any thread.
  using enqueue_function
    = std::function<void(std::vector<new_job>, std::function<void(result<jobs_enqueued>)>)>;

  /// `pattern`: what each job is like, but for its payload.
  submission(enqueue_function enqueue, new_job pattern);

  /// Sends all of `source`, or stops at the first refusal; waits for what is under way in any case.
  /// A batch that is refused as `overloaded` is sent again a little later. `progress` hears, on
  /// this thread, how many jobs are stored.
  void run(payload_source& source, const std::function<void(std::uint64_t)>& progress);

  /// The ids of all stored jobs, in the order of the source.
  std::vector<job_id> ids() const;

  std::uint64_t stored() const { return stored_; }

  /// The first refusal.
  const std::optional<error>& problem() const { return problem_; }

private:
  struct batch {
    std::size_t number = 0;
    std::vector<new_job> jobs;
    std::uint32_t tries = 0;
  };

  new_job job_of(std::string payload) const;
  std::optional<batch> next_batch(payload_source& source);
  void send(batch next);
  void take(batch sent, result<jobs_enqueued> answer);

  enqueue_function enqueue_;
  new_job pattern_;
  std::size_t batches_ = 0;
  std::optional<new_job> left_over_; // read, but too large for the batch before

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t under_way_ = 0;
  std::deque<batch> again_;
  std::map<std::size_t, jobs_enqueued> answers_; // ordered: the order of the source
  std::uint64_t stored_ = 0;
  std::optional<error> problem_;
};

} // namespace troupe
