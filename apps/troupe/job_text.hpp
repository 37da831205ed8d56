// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "messages/job.hpp"

namespace troupe {

/// All that is known of a job, for people, a line each.
std::vector<std::string> describe_job(const job& x);

} // namespace troupe
