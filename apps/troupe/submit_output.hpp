// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "apps/troupe/job_tracker.hpp"
#include "messages/errors.hpp"
#include "node/client.hpp"

namespace troupe {

/// "jobs 7-9 12", shortened when there are very many ranges.
std::string describe_stored(const std::vector<job_id>& ids);

/// Prints how jobs ended, in the order of `ids`: the result of a single one as it is.
result<void> print_outcomes(client& cluster, const std::vector<job_id>& ids,
                            const job_tracker& tracker);

result<void> print_outcomes_as_json(client& cluster, const std::string& queue,
                                    const std::vector<job_id>& ids, const job_tracker& tracker);

} // namespace troupe
