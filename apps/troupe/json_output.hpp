// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "gateway/job_json.hpp"
#include "node/config.hpp"

/// What `--json` prints. Keys keep their order. Job ids and epochs are texts, because they are
/// larger than the whole numbers that many JSON readers keep exactly. Durations are milliseconds,
/// their keys end in "_ms"; times are ISO 8601 in UTC, or null.
namespace troupe {

json json_of(const cluster_config& x);
json json_of_ids(const std::vector<job_id>& ids);

} // namespace troupe
