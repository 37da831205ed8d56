// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "gateway/job_json.hpp"
#include "messages/metrics.hpp"

namespace troupe {

/// What the counters of a dispatcher grew by between two looks, of all its queues together. Exact,
/// however much happens.
class count_pulse {
public:
  /// Since the last call, `seconds` ago: {"enqueued":...,"succeeded":...} by the second, and how
  /// many jobs waited ("start") and ran ("run") for how long, by bucket; the upper bounds of the
  /// buckets are "bounds_ms", and the last bucket has none. Null when it is the first call.
  json take(const queues_counted& now, double seconds);

private:
  bool begun_ = false;
  std::map<std::string, queue_counts> last_;
};

} // namespace troupe
