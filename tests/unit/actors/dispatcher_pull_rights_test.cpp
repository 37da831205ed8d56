// SPDX-License-Identifier: Apache-2.0
#include "tests/support/pulling.hpp"

namespace dispatcher_pull_rights_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::literals;

TEST_CASE_METHOD(pulling, "whoever may serve one queue cannot end a lease of another") {
  begin();
  auto ids = enqueue(1);
  auto job = take("ann");

  auto refused = finish_for("ann", job.lease, outcome_kind::failed_final, {"open", "q.dead"});

  REQUIRE(refused);
  CHECK(refused->lost == std::vector{job.lease});
  CHECK(look(ids[0]).state == job_state::running);
  auto ended = finish_for("ann", job.lease, outcome_kind::succeeded, {"open", "q"});
  REQUIRE(ended);
  CHECK(ended->lost.empty());
  CHECK(look(ids[0]).state == job_state::succeeded);
}

TEST_CASE_METHOD(pulling, "whoever may serve one queue cannot keep a lease of another alive") {
  begin();
  auto ids = enqueue(1);
  auto job = take("ann");

  // In small steps: a jump of the clock is a pause of the dispatcher's own, which takes no lease.
  for (int i = 0; i < 60; ++i) {
    auto reply = beat_for("ann", {job.lease}, {}, {"open"});
    REQUIRE(reply);
    CHECK(reply->lost == std::vector{job.lease});
    advance(250ms);
  }

  CHECK(look(ids[0]).counters.losses == 1);
}

TEST_CASE_METHOD(pulling, "whoever may serve one queue cannot report progress of another's jobs") {
  begin();
  auto ids = enqueue(1, {.progress_timeout = 5s});
  auto job = take("ann");
  std::vector<lease_progress> progress{{job.lease, "on it"}};
  SECTION("it does not count") {
    for (int i = 0; i < 13; ++i) {
      beat_for("ann", {job.lease}, {}, {"q"});
      beat_for("ann", {}, progress, {"open"});
      advance(2s);
    }
    CHECK(look(ids[0]).reason == end_reason::no_progress);
  }
  SECTION("but that of its own") {
    for (int i = 0; i < 13; ++i) {
      auto reply = beat_for("ann", {job.lease}, progress, {"open", "q"});
      REQUIRE(reply);
      CHECK(reply->lost.empty());
      advance(2s);
    }
    CHECK(look(ids[0]).state == job_state::running);
  }
}

TEST_CASE_METHOD(pulling, "S-7 of one caller so many names are taken and others still get jobs") {
  begin();
  const auto ask_as = [this](const std::string& caller, const std::string& worker) {
    return ask<jobs_pulled>(boss, pull_jobs{worker, "q", 1, 0ms, caller});
  };
  for (std::size_t i = 0; i < limits::caller_pull_workers_max; ++i)
    REQUIRE(ask_as("token greedy", "w" + std::to_string(i)));
  auto refused = ask_as("token greedy", "one-more");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::overloaded);
  CHECK(ask_as("token greedy", "w0")); // a known one goes on
  CHECK(ask_as("token modest", "one-more"));

  advance(2min); // all have been silent, and are forgotten
  CHECK(ask_as("token greedy", "one-more"));
}

} // namespace dispatcher_pull_rights_test
