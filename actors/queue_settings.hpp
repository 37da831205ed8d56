// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "messages/limits.hpp"
#include "messages/time.hpp"

namespace troupe {

/// How long to wait before a failed job runs again: a random time up to
/// `min(max, base * factor^(failures - 1))` (full jitter).
struct backoff_settings {
  milliseconds base{1000};
  double factor = 2;
  milliseconds max{10 * 60 * 1000};
};

/// What the configuration says about a queue. The defaults here are the defaults there.
struct queue_settings {
  std::string name;
  std::string handler;              ///< who runs its jobs; empty: nobody (a dead-letter queue)
  std::string dead_letter;          ///< the queue that gets copies of dead jobs; empty: none
  std::uint32_t weight = 1;         ///< share of the workers beside other queues, 1..1000
  std::uint32_t max_attempts = 20;  ///< failures until a job is dead
  std::uint32_t max_losses = 3;     ///< lost leases until a job is dead: it may kill its workers
  std::uint32_t max_deliveries = 0; ///< hand-overs until a job is dead, whatever became of them; 0:
                                    ///< any number
  backoff_settings backoff;
  milliseconds run_timeout{30 * 60 * 1000};
  milliseconds progress_timeout{0}; ///< 0: off
  std::uint64_t depth_max = 10'000'000;
  std::uint64_t payload_max = 256 * 1024;        ///< bytes, up to `limits::payload_bytes_max`
  std::uint64_t result_max = 256 * 1024;         ///< bytes; a longer result fails the attempt
  milliseconds retention{24LL * 60 * 60 * 1000}; ///< final jobs stay readable this long
};

} // namespace troupe
