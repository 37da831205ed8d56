// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "gateway/http.hpp"
#include "messages/errors.hpp"
#include "messages/job.hpp"

namespace troupe {

/// The jobs in the body of a request to enqueue: one, or {"jobs": [...]}. All of them carry the
/// request's `traceparent`, if it is one.
///
/// Refuses (`invalid_argument`) what is no job; the text says which one, and why. How many there
/// may be, and how large, is the dispatcher's to say.
result<std::vector<new_job>> read_new_jobs(const http_request& request);

} // namespace troupe
