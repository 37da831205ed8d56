// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "messages/errors.hpp"
#include "messages/requests.hpp"

namespace troupe {

/// Asks for page after page, until `request.limit` jobs are found, or there are no more, or
/// `stopped` says so: a search for a text may find none in a page although there are more.
/// `next` of the answer is 0 only when there are no more.
result<jobs_found> list_all(const std::function<result<jobs_found>(list_jobs)>& list,
                            list_jobs request, const std::function<bool()>& stopped);

} // namespace troupe
