// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "tests/support/dispatching.hpp"

namespace troupe::test {

/// A dispatcher with pull workers, spoken to as a gateway does.
struct pulling : dispatching {
  pulling() {
    queue_settings open;
    open.name = "open"; // without a handler: for pull workers only
    options.queues.push_back(open);
  }

  answer<jobs_pulled> pull(std::string worker, std::uint32_t limit = 1,
                           milliseconds wait = std::chrono::seconds{10}, std::string queue = "q") {
    auto reply
      = request<jobs_pulled>(boss, pull_jobs{std::move(worker), std::move(queue), limit, wait});
    settle();
    return reply;
  }

  /// Leases one job that waits already.
  leased_job take(std::string worker) {
    auto reply = pull(std::move(worker));
    REQUIRE(*reply);
    REQUIRE(reply->value());
    REQUIRE(reply->value()->jobs.size() == 1);
    return reply->value()->jobs[0];
  }

  result<heartbeat_reply> beat_for(std::string worker, std::vector<lease_key> leases,
                                   std::vector<lease_progress> progress = {},
                                   std::vector<std::string> queues = {}) {
    return ask<heartbeat_reply>(
      boss,
      heartbeat{
        {std::move(worker), 0}, 0, std::move(leases), std::move(progress), std::move(queues)});
  }

  result<finish_reply> finish_for(std::string worker, lease_key lease, outcome_kind kind,
                                  std::vector<std::string> queues = {},
                                  milliseconds delay = milliseconds{-1}) {
    job_outcome outcome{lease, kind, end_reason::none, "out", delay};
    return ask<finish_reply>(boss,
                             finish_jobs{{std::move(worker), 0}, 0, {outcome}, std::move(queues)});
  }
};

} // namespace troupe::test
