// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "bench/cluster.hpp"
#include "messages/interfaces.hpp"
#include "node/actor_host.hpp"

namespace troupe::bench {

/// The actors of one node that answers for records, in this process: what a program that embeds a
/// node has at hand.
class record_stage {
public:
  record_stage();
  ~record_stage();
  record_stage(const record_stage&) = delete;
  record_stage& operator=(const record_stage&) = delete;

  /// What clients speak to.
  const records_actor& records() const noexcept { return records_; }

  void run(const std::function<void(caf::actor_system&)>& work) { host_.run(work); }

private:
  scratch_directory directory_;
  actor_host host_;
  std::vector<caf::actor> actors_; ///< in the order of their start
  records_actor records_;
};

} // namespace troupe::bench
