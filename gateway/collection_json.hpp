// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/job_json.hpp"
#include "messages/ownership.hpp"

/// Collections and caches as JSON.
namespace troupe {

/// With its schema, which is `true` if any object will do.
json json_of(const stored_collection& x);

/// Shards are only counted.
json json_of(const cache_described& x);

} // namespace troupe
