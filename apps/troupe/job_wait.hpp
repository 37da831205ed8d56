// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "apps/troupe/job_tracker.hpp"
#include "messages/errors.hpp"
#include "messages/time.hpp"
#include "node/client.hpp"

namespace troupe {

/// Follows jobs until all in `tracker` have finished. `timed_out` after `timeout`; connection
/// troubles are sat out for a while. `progress` hears how many have finished, and ends the
/// waiting by `false`.
result<void> wait_for_jobs(client& cluster, job_tracker& tracker,
                           std::optional<milliseconds> timeout,
                           const std::function<bool(std::uint64_t)>& progress);

} // namespace troupe
