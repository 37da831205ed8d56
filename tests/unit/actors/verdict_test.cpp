// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/verdict.hpp"

namespace verdict_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct judging {
  lease_record lease;
  queue_settings queue;
  timestamp now{std::chrono::hours{1}};
  std::mt19937_64 engine{1};

  judging() {
    lease.key = {1, 5};
    lease.node = "n1";
    queue.dead_letter = "q.dead";
    queue.max_attempts = 3;
    queue.max_losses = 2;
    queue.backoff = {1s, 2, 10s};
  }

  lease_end of(outcome_kind kind, end_reason reason = end_reason::none,
               milliseconds delay = milliseconds{-1}) {
    return judge(lease, {lease.key, kind, reason, "text", delay}, queue, now, engine);
  }

  lease_end taken(end_reason reason) { return judge_taken(lease, reason, queue, now, engine); }
};

} // namespace

TEST_CASE_METHOD(judging, "a success is final and keeps its result") {
  auto end = of(outcome_kind::succeeded);
  CHECK(end.next == job_state::succeeded);
  CHECK(end.output == "text");
  CHECK(end.reason == end_reason::none);
}

TEST_CASE_METHOD(judging, "S2: a result over the queue's limit is a failure for good") {
  queue.result_max = 3;
  auto end = of(outcome_kind::succeeded);
  CHECK(end.next == job_state::dead);
  CHECK(end.reason == end_reason::error);
  CHECK(end.output == "a result of 4 bytes; the queue takes 3 (result_max)");
}

TEST_CASE_METHOD(judging, "the limits in force are the job's own, or its queue's") {
  queue.run_timeout = 60s;
  CHECK(options_in_force({.priority = 7, .delay = 1s, .max_attempts = 1}, queue)
        == job_options{7, 1s, 1, 2, 60s, 0ms});
  CHECK(options_in_force({.max_attempts = 9, .run_timeout = 1s}, queue).max_attempts == 3);
}

TEST_CASE_METHOD(judging, "F14: a failure waits for a random time up to the backoff") {
  for (int i = 0; i < 100; ++i) {
    auto end = of(outcome_kind::failed, end_reason::error);
    REQUIRE(end.next == job_state::retrying);
    CHECK(end.run_at >= now);
    CHECK(end.run_at <= now + 1s);
  }
}

TEST_CASE_METHOD(judging, "F14: a handler may name its own delay") {
  CHECK(of(outcome_kind::failed, end_reason::error, 42s).run_at == now + 42s);
}

TEST_CASE_METHOD(judging, "F13: the last failure makes the job dead, with a copy") {
  lease.job.counters.failures = 2;
  auto end = of(outcome_kind::failed, end_reason::error);
  CHECK(end.next == job_state::dead);
  CHECK(end.dead_letter == "q.dead");
}

TEST_CASE_METHOD(judging, "a job's own limit goes before its queue's") {
  lease.job.options.max_attempts = 1;
  CHECK(of(outcome_kind::failed, end_reason::error).next == job_state::dead);
}

TEST_CASE("S2: a job's own limits are at most its queue's") {
  queue_settings queue;
  queue.max_attempts = 5;
  queue.max_losses = 3;
  queue.run_timeout = 60s;
  queue.progress_timeout = 10s;
  job_options own;
  own.max_attempts = own.max_losses = 1'000'000;
  own.run_timeout = own.progress_timeout = 24h;
  CHECK(max_attempts_of(own, queue) == 5);
  CHECK(max_losses_of(own, queue) == 3);
  CHECK(run_timeout_of(own, queue) == 60s);
  CHECK(progress_timeout_of(own, queue) == 10s);

  own.max_attempts = own.max_losses = 2;
  own.run_timeout = own.progress_timeout = 1s;
  CHECK(max_attempts_of(own, queue) == 2);
  CHECK(max_losses_of(own, queue) == 2);
  CHECK(run_timeout_of(own, queue) == 1s);
  CHECK(progress_timeout_of(own, queue) == 1s);

  CHECK(max_attempts_of({}, queue) == 5);
  CHECK(max_losses_of({}, queue) == 3);
  CHECK(run_timeout_of({}, queue) == 60s);
  CHECK(progress_timeout_of({}, queue) == 10s);
  queue.progress_timeout = 0s;
  CHECK(progress_timeout_of(own, queue) == 1s);
}

TEST_CASE_METHOD(judging, "retrying that is useless is not tried") {
  CHECK(of(outcome_kind::failed_final).next == job_state::dead);
}

TEST_CASE_METHOD(judging, "F05: the three timers have three reasons") {
  CHECK(of(outcome_kind::failed, end_reason::deadline).reason == end_reason::deadline);
  CHECK(of(outcome_kind::failed, end_reason::no_progress).reason == end_reason::no_progress);
  CHECK(taken(end_reason::lease_lost).reason == end_reason::lease_lost);
}

TEST_CASE_METHOD(judging, "F35: losses have their own limit, and failures do not count for it") {
  lease.job.counters.failures = 2;
  auto end = taken(end_reason::lease_lost);
  CHECK(end.next == job_state::ready);
  CHECK(after_end(lease, end).counters == job_counters{2, 1, 0, 1});

  lease.job.counters.losses = 1;
  end = taken(end_reason::lease_lost);
  CHECK(end.next == job_state::dead);
  CHECK(end.output.find("may kill its workers") != std::string::npos);
}

TEST_CASE_METHOD(judging, "J2: a job that was lost among others does not die of it") {
  lease.job.counters.losses = 1;

  auto among_others = judge_lost(lease, false, queue);
  CHECK(among_others.next == job_state::ready);
  CHECK(after_end(lease, among_others).counters == job_counters{0, 1, 0, 1});

  CHECK(judge_lost(lease, true, queue).next == job_state::dead);
}

TEST_CASE_METHOD(judging, "a job that may be lost once only has not been lost before") {
  queue.max_losses = 1;
  CHECK(judge_lost(lease, false, queue).next == job_state::dead);
}

TEST_CASE_METHOD(judging, "a job that is handed back makes way for longer each time") {
  milliseconds before{0};
  for (lease.job.counters.deliveries = 0; lease.job.counters.deliveries < 40;
       ++lease.job.counters.deliveries) {
    auto end = of(outcome_kind::released);
    REQUIRE(end.next == job_state::scheduled);
    REQUIRE(end.reason == end_reason::released);
    auto wait = std::chrono::duration_cast<milliseconds>(end.run_at - now);
    CHECK(wait > 0ms);
    CHECK(wait <= 60s);
    CHECK((wait > before || wait == 60s));
    before = wait;
  }
}

TEST_CASE_METHOD(judging, "a job that nobody has looked at makes way for no other") {
  lease.job.counters.deliveries = 8;
  auto end = of(outcome_kind::released, end_reason::none, 0ms);
  CHECK(end.next == job_state::ready);
  CHECK(end.reason == end_reason::released);
}

TEST_CASE_METHOD(judging,
                 "hand-overs are bounded where the queue says so, whatever became of them") {
  lease.job.counters.deliveries = 8;
  CHECK(of(outcome_kind::released).next == job_state::scheduled);
  queue.max_deliveries = 10;
  CHECK(of(outcome_kind::released).next == job_state::scheduled);

  ++lease.job.counters.deliveries;

  for (auto kind : {outcome_kind::released, outcome_kind::snoozed, outcome_kind::failed}) {
    auto end = of(kind, end_reason::error);
    CHECK(end.next == job_state::dead);
    CHECK(end.output.find("it was handed out 10 times (max_deliveries)") != std::string::npos);
  }
  CHECK(taken(end_reason::released).next == job_state::dead);
  CHECK(of(outcome_kind::succeeded).next == job_state::succeeded);
}

TEST_CASE_METHOD(judging, "F20: a job that is handed back uses up nothing") {
  auto end = of(outcome_kind::released);
  CHECK(after_end(lease, end).counters == job_counters{0, 0, 0, 1});
  CHECK(next_attempt(after_end(lease, end).counters) == 1);
}

TEST_CASE_METHOD(judging, "a snooze waits as long as it says and uses up no attempt") {
  auto end = of(outcome_kind::snoozed, end_reason::none, 5s);
  CHECK(end.next == job_state::scheduled);
  CHECK(end.run_at == now + 5s);
  CHECK(after_end(lease, end).counters == job_counters{0, 0, 1, 1});
}

TEST_CASE_METHOD(judging, "F07: a cancelled job ends as cancelled, whatever ends it but success") {
  lease.cancel = true;
  CHECK(of(outcome_kind::failed, end_reason::error).next == job_state::cancelled);
  CHECK(of(outcome_kind::cancelled).next == job_state::cancelled);
  CHECK(of(outcome_kind::released).next == job_state::cancelled);
  CHECK(taken(end_reason::lease_lost).next == job_state::cancelled);
  CHECK(of(outcome_kind::succeeded).next == job_state::succeeded);
}

TEST_CASE_METHOD(judging, "a handler that stops without being asked hands its job back") {
  auto end = of(outcome_kind::cancelled);
  CHECK(end.next == job_state::scheduled);
  CHECK(end.reason == end_reason::released);
}

TEST_CASE_METHOD(judging, "S2: an error's text is cut to its limit") {
  auto end = judge(lease,
                   {lease.key, outcome_kind::failed, end_reason::error, std::string(100'000, 'x'),
                    milliseconds{-1}},
                   queue, now, engine);
  CHECK(end.output.size() <= limits::error_bytes_max); // cut in the middle, and says so
  CHECK(end.output.size() + 10 > limits::error_bytes_max);
}

} // namespace verdict_test
