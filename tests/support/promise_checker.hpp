// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/queue_settings.hpp"
#include "actors/ready_window.hpp"
#include "tests/support/memory_store.hpp"

namespace troupe::test {

/// What a dispatcher believes of its store, and what it keeps in memory.
struct dispatcher_picture {
  struct queue {
    std::string name;
    queue_depths depths;
    std::uint64_t inserting = 0; ///< room that is kept for jobs that wait for the disk
    std::size_t window_jobs = 0;
    std::size_t window_bytes = 0;
  };

  std::vector<queue> queues;
  std::set<lease_key> leases;   ///< of jobs that are stored
  std::size_t leases_total = 0; ///< of others, too
  std::size_t unstored_bytes = 0;
  std::size_t held = 0; ///< jobs that are not to be handed out yet
  std::size_t suspects = 0;
};

/// What holds for all queues of a dispatcher that is watched.
struct promised_bounds {
  std::vector<queue_settings> queues;
  std::size_t window_jobs_max = 0;
  std::size_t window_bytes_max = 0;
  std::size_t unstored_bytes_max = 0;
};

/// Watches a store while a cluster works on it, and says which promise was broken. Handlers must
/// return the epoch they ran under as their result; what fails for good must say "for good".
class promise_checker {
public:
  explicit promise_checker(promised_bounds bounds = {}) : bounds_{std::move(bounds)} {}

  // -- what clients asked for and were told

  /// A client was told that this job is stored.
  void acknowledged(job_id id);
  /// A client was told that so many jobs with this payload are stored, or that none is.
  void acknowledged(const std::string& payload, std::size_t count);
  void refused(const std::string& payload);

  void cancel_asked(job_id id) { ++cancels_[id]; }
  /// The answer; of a call whose fate is unknown there is none.
  void cancel_answered(job_id id, bool done);
  void purge_asked(const std::string& queue) { ++purges_[queue]; }
  void purge_answered(const std::string& queue) { --purges_[queue]; }
  void retry_asked(job_id id) { ++retries_[id]; }
  void retry_answered(job_id id, bool done);
  /// A worker was told that this delivery is over, with its success or not.
  void finished(const lease_key& lease, bool succeeded, const memory_data& data);
  /// What must be refused was not.
  void mistake_taken(const std::string& what) { violated("S2", 0, what + " was taken"); }

  // -- calls

  /// Somebody must have an answer until `deadline`. Returns the call's number.
  std::uint64_t call(std::string what, timestamp deadline);
  void answered(std::uint64_t number) { calls_.erase(number); }
  /// Those who were asked have ended, and their callers have noticed.
  void calls_lost() { calls_.clear(); }

  // -- what happened

  /// Looks at the store; call it after every event.
  void observe(const memory_data& data);

  /// Looks at the store, the dispatcher and the calls when nothing is under way.
  void observe_quiet(const memory_data& data, const dispatcher_picture& seen, timestamp now);

  /// Looks at what the dispatcher keeps; call it after every event.
  void observe_memory(const dispatcher_picture& seen);

  /// All acknowledged jobs that are not final yet.
  std::vector<job_id> unfinished(const memory_data& data) const;

  /// There was time enough: each of those is a broken promise.
  void end(const memory_data& data);

  /// How many jobs there ever were.
  std::size_t jobs() const { return ever_.size(); }

  /// One sentence a broken promise.
  const std::vector<std::string>& violations() const { return violations_; }

  /// Remembers what somebody did; 0: to no job in particular.
  void note(job_id id, std::string what);

  /// The first violation, and what happened to its job and to the whole before it.
  std::string story() const;

private:
  struct sight {
    job_state state = job_state::ready;
    lease_epoch epoch = 0;  // of the lease held, 0: none
    lease_epoch newest = 0; // of all leases it ever had
    bool brought = false;   // back, by a retry or a redrive: not by an enqueue
  };

  struct remark {
    job_id id;
    std::string what;
  };

  using stored = memory_data::stored_job;

  const queue_settings* settings_of(const std::string& queue) const;
  bool is_waiting(const stored& job) const;
  void arrived(job_id id, const stored& job);
  void look(sight& before, job_id id, const stored& job);
  void look_at_end(sight& before, job_id id, const stored& job);
  void look_at_death(job_id id, const stored& job);
  void look_for_gone(const memory_data& data, const std::vector<job_id>& fresh);
  void look_at_order(const memory_data& data, const std::vector<job_id>& leased);
  void look_at_room(const memory_data& data, const std::vector<job_id>& fresh);
  void compare(const memory_data& data, const dispatcher_picture& seen);
  void violated(const std::string& promise, job_id id, const std::string& how);

  promised_bounds bounds_;
  std::set<job_id> acknowledged_;
  std::vector<job_id> told_; // acknowledged since the last look
  std::map<job_id, sight> seen_;
  std::map<job_id, std::pair<std::string, job_id>> letters_; // waiting ones: origin's queue, origin
  std::set<job_id> ever_;
  std::map<std::string, std::size_t> payloads_; // ever stored
  std::set<std::string> refused_;
  std::map<job_id, int> cancels_; // asked for and not answered
  std::set<job_id> cancelled_;    // that were said to be
  std::map<std::string, int> purges_;
  std::map<job_id, int> retries_;
  // When all was quiet last: what was ready of each queue, and which were paused.
  std::map<std::string, std::map<start_order, job_id>> ready_;
  std::set<std::string> paused_;
  std::map<std::uint64_t, std::pair<std::string, timestamp>> calls_;
  std::uint64_t calls_made_ = 0;
  std::vector<remark> remarks_;
  std::vector<std::string> violations_;
  job_id violator_ = 0;        // of the first one
  std::size_t told_until_ = 0; // remarks before the first one
};

} // namespace troupe::test
