// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "apps/troupe/job_tracker.hpp"

namespace job_tracker_test {

using namespace troupe;

namespace {

job_event event_of(job_id id, job_event_kind kind) {
  job_event event;
  event.lease.job = id;
  event.kind = kind;
  return event;
}

job job_in(job_id id, job_state state) {
  job x;
  x.id = id;
  x.state = state;
  return x;
}

} // namespace

TEST_CASE("jobs are followed by their events until all have finished") {
  job_tracker tracker{{1, 2}};
  tracker.apply(event_of(1, job_event_kind::started));
  tracker.apply(event_of(1, job_event_kind::succeeded));
  tracker.apply(event_of(1, job_event_kind::succeeded));
  tracker.apply(event_of(9, job_event_kind::dead));

  CHECK(tracker.finished() == 1);
  CHECK_FALSE(tracker.done());
  CHECK(tracker.unfinished() == std::vector<job_id>{2});

  tracker.apply(event_of(2, job_event_kind::retrying));
  CHECK_FALSE(tracker.done());
  tracker.apply(event_of(2, job_event_kind::succeeded));
  CHECK(tracker.done());
  CHECK(tracker.all_succeeded());
}

TEST_CASE("events that were missed are made up for by looking at the jobs") {
  job_tracker tracker{{1, 2, 3}};
  tracker.apply({1, 2, 3}, {job_in(1, job_state::succeeded), job_in(2, job_state::running),
                            job_in(3, job_state::cancelled)});

  CHECK(tracker.unfinished() == std::vector<job_id>{2});
  tracker.apply(event_of(2, job_event_kind::dead));
  CHECK(tracker.done());
  CHECK_FALSE(tracker.all_succeeded());
  CHECK(tracker.counts()
        == std::map<job_state, std::uint64_t>{
          {job_state::succeeded, 1}, {job_state::dead, 1}, {job_state::cancelled, 1}});
}

TEST_CASE("a job that is gone is waited for no longer, and did not verifiably succeed") {
  job_tracker tracker{{1}};
  tracker.apply({1}, {});

  CHECK(tracker.done());
  CHECK_FALSE(tracker.all_succeeded());
}

} // namespace job_tracker_test
