// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "apps/troupe/job_listing.hpp"

namespace job_listing_test {

using namespace troupe;

namespace {

/// Ten thousand jobs, of which a page shows at most three, and every other page none.
struct sparse_queue {
  std::vector<list_jobs> requests;

  result<jobs_found> list(const list_jobs& x) {
    requests.push_back(x);
    jobs_found page;
    const auto before = x.before == 0 ? job_id{10'000} : x.before;
    page.next = before - 10;
    if (requests.size() % 2 == 1)
      for (job_id i = 1; i <= std::min<job_id>(3, x.limit); ++i)
        page.jobs.emplace_back().id = before - i;
    if (before <= 9'950)
      page.next = 0;
    return page;
  }

  result<jobs_found> all(std::uint32_t limit, std::size_t pages_max = 1000) {
    list_jobs request;
    request.text = "needle";
    request.limit = limit;
    return list_all([this](const list_jobs& x) { return list(x); }, request,
                    [this, pages_max] { return requests.size() >= pages_max; });
  }
};

} // namespace

TEST_CASE("a listing goes on over pages that found nothing, until it has what is wanted") {
  sparse_queue queue;
  auto found = queue.all(5);
  REQUIRE(found);
  REQUIRE(found->jobs.size() == 5);
  CHECK(found->jobs[3].id == 9'979);
  CHECK(found->next == 9'970);
  REQUIRE(queue.requests.size() == 3);
  CHECK(queue.requests[2].before == 9'980);
  CHECK(queue.requests[2].limit == 2);
  CHECK(queue.requests[2].text == "needle");
}

TEST_CASE("a listing ends when there are no more jobs") {
  sparse_queue queue;
  auto found = queue.all(1000);
  REQUIRE(found);
  CHECK(found->jobs.size() == 9);
  CHECK(found->next == 0);
}

TEST_CASE("a listing that is stopped says where to go on") {
  sparse_queue queue;
  auto found = queue.all(1000, 2);
  REQUIRE(found);
  CHECK(found->jobs.size() == 3);
  CHECK(found->next == 9'980);
}

TEST_CASE("a listing that fails in the middle has failed") {
  auto calls = 0;
  auto found = list_all(
    [&](const list_jobs&) -> result<jobs_found> {
      if (++calls == 2)
        return failure(errc::unavailable, "gone");
      return jobs_found{{job{}}, 7};
    },
    {}, [] { return false; });
  REQUIRE_FALSE(found);
  CHECK(found.error().code == errc::unavailable);
}

} // namespace job_listing_test
