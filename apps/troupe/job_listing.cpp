// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/job_listing.hpp"

#include <iterator>
#include <utility>

namespace troupe {

result<jobs_found> list_all(const std::function<result<jobs_found>(list_jobs)>& list,
                            list_jobs request, const std::function<bool()>& stopped) {
  const auto wanted = request.limit;
  jobs_found found;
  do {
    auto page = list(request);
    if (!page)
      return page;
    std::move(page->jobs.begin(), page->jobs.end(), std::back_inserter(found.jobs));
    found.next = request.before = page->next;
    request.limit = wanted - static_cast<std::uint32_t>(found.jobs.size());
  } while (found.next != 0 && found.jobs.size() < wanted && !stopped());
  return found;
}

} // namespace troupe
