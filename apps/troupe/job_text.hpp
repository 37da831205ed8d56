// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "messages/job.hpp"

namespace troupe {

/// How much of a long text is shown; 0: all of it.
struct text_bounds {
  std::size_t lines = 0;      ///< of one text
  std::size_t characters = 0; ///< of one line
};

/// All that is known of a job, for people. A text of several lines, such as a traceback, stands as
/// they are below its name.
std::vector<std::string> describe_job(const job& x, const text_bounds& bounds);

} // namespace troupe
