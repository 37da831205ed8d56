// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "messages/lease.hpp"
#include "messages/storage.hpp"

namespace troupe {

/// Monotonic time, as `self->clock().now()` tells it.
using time_point = std::chrono::steady_clock::time_point;

enum class lease_phase : std::uint8_t {
  granting, ///< the store is asked to write it down; nobody has the job yet
  held,     ///< the worker has it
  orphaned, ///< its worker is not connected; it may come back for it
  ending,   ///< the store is asked to end it
};

/// One current lease, with the job under it.
struct lease_record {
  lease_key key;
  std::size_t queue = 0;        ///< index among the dispatcher's queues
  std::uint64_t worker = 0;     ///< incarnation of the holder; 0 while orphaned by a restart
  std::uint64_t pull = 0;       ///< the pull that it is granted to; 0: it goes to a worker's actor
  std::string node;             ///< the holder's node
  std::uint64_t granted_to = 0; ///< incarnation of the worker that was to get it; 0: a pull worker
  lease_phase phase = lease_phase::granting;
  bool cancel = false; ///< somebody asked to cancel the job
  bool started = false;
  bool alone = false;           ///< its worker holds nothing else
  bool taken = false;           ///< the store is asked to take it from its holder
  std::uint32_t slots = 0;      ///< of its worker; 0: not known
  milliseconds cancel_grace{0}; ///< of its worker
  milliseconds run_timeout{0};
  milliseconds progress_timeout{0}; ///< 0: off
  time_point given{};               ///< when it was handed to the worker
  time_point renewed{};             ///< last sign of its worker
  time_point active{};              ///< when the handler started, or last reported progress
  time_point begun{};               ///< when the handler started
  timestamp leased_at{};
  ready_job job;
};

/// How long a lease may live without a sign.
struct lease_limits {
  std::chrono::nanoseconds silence{}; ///< of its worker; the margin over the worker's own count
                                      ///< included
  std::chrono::nanoseconds overrun{}; ///< beyond the run and progress time-outs, which the worker
                                      ///< enforces first; its own grace comes on top
  std::chrono::nanoseconds pulled_overrun{}; ///< the same of pull workers
};

/// A lease whose time is over.
struct overdue_lease {
  job_id job = 0;
  end_reason reason = end_reason::lease_lost;
};

/// Who holds which job. Pure state: no actor, no clock.
///
/// Invariant: a job has at most one lease (J3).
class lease_table {
public:
  /// Adds a lease. The job must have none.
  lease_record& add(lease_record record);

  /// The job's current lease; null when it has none.
  lease_record* find(job_id job);
  const lease_record* find(job_id job) const;

  /// The lease, if it is the job's current one; else null: what its holder says is stale.
  lease_record* find(const lease_key& key);

  /// Moves a lease to another phase, and perhaps to another holder (0: nobody).
  void assign(lease_record& record, std::uint64_t worker, lease_phase phase);

  void erase(job_id job);

  /// What `active` says of a worker that has a lease which must be alone.
  static constexpr std::size_t full = std::numeric_limits<std::size_t>::max();

  /// Leases that fill slots of a worker.
  std::size_t active(std::uint64_t worker) const;

  /// All leases of a worker in id order.
  std::vector<job_id> of_worker(std::uint64_t worker) const;

  /// Orphaned leases that were last held on a node, in id order.
  std::vector<job_id> orphans_of(const std::string& node) const;

  /// Leases whose time is over at `now`, in id order.
  std::vector<overdue_lease> overdue(time_point now, const lease_limits& limits) const;

  /// Time in which nobody could be heard: it counts as nobody's silence, and for no time-out.
  void forgive(std::chrono::nanoseconds gap, time_point now);

  std::size_t size() const noexcept { return leases_.size(); }

private:
  struct holder {
    std::set<job_id> jobs;
    std::size_t active = 0;
    std::size_t alone = 0;
  };

  void attach(const lease_record& record);
  void detach(const lease_record& record);

  std::unordered_map<job_id, lease_record> leases_; // never iterated in an order that shows
  std::map<std::uint64_t, holder> holders_;
};

} // namespace troupe
