// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "apps/photos/redispatch_story.hpp"

namespace redispatch_story_test {

using namespace photos;
using namespace std::chrono_literals;
using troupe::job_event_kind;

namespace {

constexpr troupe::timestamp noon{12h};

troupe::job_event event(troupe::job_id job, troupe::lease_epoch epoch, job_event_kind kind,
                        std::string node, troupe::timestamp at = noon) {
  troupe::job_event x;
  x.at = at;
  x.lease = {job, epoch};
  x.kind = kind;
  x.attempt = static_cast<std::uint32_t>(epoch);
  x.node = std::move(node);
  return x;
}

troupe::worker_info worker(std::string node, std::vector<troupe::lease_key> leases) {
  troupe::worker_info x;
  x.worker = {std::move(node), 1};
  x.leases = std::move(leases);
  return x;
}

} // namespace

TEST_CASE("the busiest worker is the one whose handlers run, not the one that holds most") {
  redispatch_story story{{1, 2, 3, 4, 5}};
  story.apply(event(1, 1, job_event_kind::started, "a"));
  story.apply(event(2, 1, job_event_kind::started, "b"));
  story.apply(event(3, 1, job_event_kind::started, "b"));
  std::vector workers{worker("a", {{1, 1}, {4, 1}, {5, 1}}), worker("b", {{2, 1}, {3, 1}})};

  auto busiest = story.busiest(workers);

  REQUIRE(busiest);
  CHECK(busiest->worker.node == "b");
  CHECK(story.running(*busiest) == std::vector<troupe::job_id>{2, 3});
}

TEST_CASE("nobody is busy when no handler runs under a current lease") {
  redispatch_story story{{1, 2}};
  story.apply(event(1, 1, job_event_kind::started, "a"));
  story.apply(event(1, 1, job_event_kind::succeeded, "a"));
  story.apply(event(2, 1, job_event_kind::started, "a"));

  CHECK_FALSE(story.busiest({worker("a", {{1, 1}, {2, 2}})}));
  CHECK_FALSE(story.busiest({}));
}

TEST_CASE("a lost job's new start is told with its node and the time since the kill") {
  redispatch_story story{{1, 2}};
  story.apply(event(1, 1, job_event_kind::started, "a"));
  story.kill("a", noon);

  CHECK(story.apply(event(1, 1, job_event_kind::lost, "a", noon + 3ms))
        == "+3 ms: job 1 was taken away from a");
  CHECK(story.apply(event(1, 2, job_event_kind::leased, "b", noon + 4ms)).empty());
  CHECK(story.apply(event(1, 2, job_event_kind::started, "b", noon + 5ms))
        == "+5 ms: job 1 started again on b, attempt 2");

  REQUIRE(story.redispatches().size() == 1);
  CHECK(story.redispatches()[0].job == 1);
  CHECK(story.redispatches()[0].taken_away == 3ms);
  CHECK(story.redispatches()[0].started == 5ms);
  CHECK(story.redispatches()[0].node == "b");
}

TEST_CASE("what other workers lose is not the killed one's") {
  redispatch_story story{{1, 2}};

  CHECK(story.apply(event(1, 1, job_event_kind::lost, "a")).empty());
  story.kill("a", noon);
  CHECK(story.apply(event(2, 1, job_event_kind::lost, "b")).empty());
  CHECK(story.apply(event(2, 2, job_event_kind::started, "a")).empty());

  CHECK(story.redispatches().empty());
}

TEST_CASE("a job ends once, and other programs' jobs do not count") {
  redispatch_story story{{1, 2}};
  story.apply(event(1, 1, job_event_kind::succeeded, "a"));
  story.apply(event(1, 1, job_event_kind::succeeded, "a"));
  story.apply(event(9, 1, job_event_kind::succeeded, "a"));
  CHECK(story.finished() == 1);
  CHECK(story.unfinished() == std::vector<troupe::job_id>{2});

  troupe::job dead;
  dead.id = 2;
  dead.state = troupe::job_state::dead;
  story.apply(dead);

  CHECK(story.finished() == 2);
  CHECK(story.succeeded() == 1);
  CHECK(story.unfinished().empty());
}

} // namespace redispatch_story_test
