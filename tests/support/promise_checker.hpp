// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/memory_store.hpp"

namespace troupe::test {

/// Watches a store while a cluster works on it, and says which promise was broken. Handlers must
/// return the epoch they ran under as their result.
class promise_checker {
public:
  /// A client was told that this job is stored.
  void acknowledged(job_id id) { acknowledged_.insert(id); }

  /// Looks at the store; call it after every event.
  void observe(const memory_data& data);

  /// All acknowledged jobs that are not final yet.
  std::vector<job_id> unfinished(const memory_data& data) const;

  /// One sentence a broken promise.
  const std::vector<std::string>& violations() const { return violations_; }

private:
  struct sight {
    job_state state = job_state::ready;
    lease_epoch epoch = 0;  // of the lease held, 0: none
    lease_epoch newest = 0; // of all leases it ever had
  };

  void violated(const std::string& promise, job_id id, const std::string& how);

  std::set<job_id> acknowledged_;
  std::map<job_id, sight> seen_;
  std::vector<std::string> violations_;
};

} // namespace troupe::test
