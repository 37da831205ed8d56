// SPDX-License-Identifier: Apache-2.0
#include "tests/support/cluster_checks.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

namespace troupe::test {

namespace {

bool ends_a_job(job_event_kind kind) {
  return kind == job_event_kind::succeeded || kind == job_event_kind::dead
         || kind == job_event_kind::cancelled;
}

} // namespace

void check_succeeded_under_last_lease(const std::vector<job>& jobs,
                                      const std::vector<journal_run>& runs) {
  std::map<job_id, journal_run> last;
  for (const auto& run : runs)
    if (auto& known = last[run.lease.job]; run.lease.epoch > known.lease.epoch)
      known = run;
  for (const auto& x : jobs) {
    CAPTURE(x.id, x.error);
    CHECK(x.state == job_state::succeeded);
    auto run = last.find(x.id);
    if (run == last.end()) {
      FAIL_CHECK("it never ran");
      continue;
    }
    CHECK(x.result == result_of(run->second));
    CHECK(run->second.ended.has_value());
    for (const auto& earlier : x.history)
      CHECK(earlier.epoch < run->second.lease.epoch);
  }
}

void check_ended_once(const std::vector<job_id>& jobs, const std::vector<job_event>& events) {
  for (auto id : jobs) {
    CAPTURE(id);
    CHECK(std::ranges::count_if(
            events, [id](const job_event& x) { return x.lease.job == id && ends_a_job(x.kind); })
          == 1);
  }
}

std::size_t index_of(const std::vector<job_event>& events, job_id job, job_event_kind kind,
                     std::uint32_t attempt) {
  auto found = std::ranges::find_if(events, [&](const job_event& x) {
    return x.lease.job == job && x.kind == kind && x.attempt == attempt;
  });
  return static_cast<std::size_t>(found - events.begin());
}

double seconds(std::chrono::steady_clock::duration x) {
  return std::chrono::duration<double>{x}.count();
}

} // namespace troupe::test
