// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <catch2/catch.hpp>

#include "tests/support/hooked_dispatching.hpp"

namespace dispatcher_records_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const std::string other_trace = "00-11111111111111111111111111111111-2222222222222222-01";

constexpr auto refused_condition = static_cast<std::uint16_t>(errc::precondition_failed);

} // namespace

// -- hooks ----------------------------------------------------------------------------------------

TEST_CASE_METHOD(hooked, "a hook's job starts at once on a free worker") {
  begin();
  auto worker = join("n1", 4);

  auto written = ask<records_written>(boss, writes({put("photos", "a"), put("albums", "b")}));

  REQUIRE(written);
  REQUIRE(written->results.size() == 2);
  REQUIRE(worker.seen->runs.size() == 1);
  CHECK(worker.seen->runs[0].lease.job == written->results[0].job);
  CHECK(worker.seen->runs[0].payload
        == hook_payload("photos", change_kind::created, {}, written->results[0].after));
  CHECK(written->results[1].job == 0);
  CHECK(depths().running == 1);
  CHECK(depths().ready == 0);
}

TEST_CASE_METHOD(hooked,
                 "a hook's job waits for a worker, also through a restart of the dispatcher") {
  begin();
  REQUIRE(ask<records_written>(boss, writes({put("photos", "a")})));
  CHECK(depths().ready == 1);
  restart();

  auto worker = join("n1", 4);

  CHECK(worker.seen->runs.size() == 1);
  REQUIRE(ask<records_written>(boss, writes({put("photos", "b")})));
  CHECK(worker.seen->runs.size() == 2); // under an id that was never used
}

TEST_CASE_METHOD(hooked, "a refused write makes no job") {
  begin();
  auto worker = join("n1", 4);

  auto written = ask<records_written>(
    boss, writes({put("photos", "a"), put("photos", "b", {condition_kind::version, 7})}));

  REQUIRE(written);
  CHECK(written->results.at(1).code == refused_condition);
  CHECK(worker.seen->runs.empty());
  CHECK(depths() == queue_depths{});
}

TEST_CASE_METHOD(hooked, "queue_full: a hook's queue that is full refuses the write") {
  options.queues[0].depth_max = 2;
  begin();
  REQUIRE(ask<records_written>(boss, writes({put("photos", "a"), put("photos", "b")})));

  auto refused = ask<records_written>(boss, writes({put("photos", "c")}));

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::queue_full);
  CHECK(records("photos") == 2);
  CHECK(ask<records_written>(boss, writes({put("albums", "c")})));
  auto worker = join("n1", 1);
  REQUIRE(finish(worker, worker.seen->runs.at(0).lease, outcome_kind::succeeded));
  CHECK(ask<records_written>(boss, writes({put("photos", "c")})));
}

TEST_CASE_METHOD(hooked, "queue_full: writes that wait for the disk count") {
  options.queues[0].depth_max = 2;
  begin();
  auto first = request<records_written>(boss, writes({put("photos", "a"), put("photos", "b")}));
  auto second = request<records_written>(boss, writes({put("photos", "c")}));
  settle();

  CHECK((**first).has_value());
  REQUIRE_FALSE((**second).has_value());
  CHECK((**second).error().code == errc::queue_full);
}

TEST_CASE_METHOD(hooked, "room that a refused write asked for is free again") {
  options.queues[0].depth_max = 2;
  begin();
  for (int i = 0; i < 5; ++i) {
    REQUIRE_FALSE(ask<records_written>(
      boss, writes({put("photos", "a"), put("photos", "b"), put("photos", "c")})));
    REQUIRE(ask<records_written>(boss, writes({put("photos", "a", {condition_kind::present, 0})})));
  }

  CHECK(ask<records_written>(boss, writes({put("photos", "a"), put("photos", "b")})));
}

TEST_CASE_METHOD(hooked, "a write of unknown outcome ends the dispatcher, one refused does not") {
  begin();
  disk->failure = error{errc::storage_full, "no space"};
  auto refused = ask<records_written>(boss, writes({put("photos", "a")}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::storage_full);
  disk->failure.reset();
  REQUIRE(ask<records_written>(boss, writes({put("photos", "a")})));
  auto twice = ask<records_written>(boss, writes({put("photos", "b"), put("photos", "b")}));
  REQUIRE(twice);
  CHECK(twice->code == static_cast<std::uint16_t>(errc::invalid_argument));
  CHECK(ask<queues_listed>(boss, list_queues{})); // a malformed request is the sender's fault

  caf::anon_send_exit(storage, caf::exit_reason::kill);
  settle();
  CHECK_FALSE(ask<records_written>(boss, writes({put("photos", "c")})));

  CHECK_FALSE(ask<queues_listed>(boss, list_queues{}));
}

// -- steps ----------------------------------------------------------------------------------------

TEST_CASE_METHOD(hooked, "F24: a step ends its job, writes records and makes jobs in one commit") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs.at(0).lease;
  auto commits = disk->commits;

  auto stored
    = request<step_stored>(boss, step_of(worker, lease, {put("photos", "a"), put("albums", "b")},
                                         {{"q", {{"next", {}}, {"later", {.delay = 5s}}}}}));
  while (!stored->has_value())
    REQUIRE(step());

  REQUIRE((**stored).has_value());
  CHECK(disk->commits == commits + 1);
  CHECK_FALSE((**stored)->lost);
  settle();
  CHECK(look(ids[0]).state == job_state::succeeded);
  CHECK(look(ids[0]).result == "out");
  CHECK(records("photos") == 1);
  CHECK(records("albums") == 1);
  CHECK(depths().succeeded == 1);
  CHECK(depths().scheduled == 1);
  CHECK(depths().running == 1); // one of the hook's job and the step's
  CHECK(depths().ready == 1);
  REQUIRE(finish(worker, worker.seen->runs.at(1).lease, outcome_kind::succeeded));
  advance(6s);
  CHECK(depths().scheduled == 0);
  CHECK(depths().running + depths().ready == 2);
}

TEST_CASE_METHOD(hooked, "R4: a refused step changes nothing, and the lease goes on") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs.at(0).lease;

  auto stored
    = commit(worker, lease, {put("photos", "a"), put("albums", "b", {condition_kind::version, 7})},
             {{"q", {{"next", {}}}}});

  REQUIRE(stored);
  CHECK_FALSE(stored->lost);
  CHECK(stored->written.results.at(1).code == refused_condition);
  CHECK(records("photos") == 0);
  CHECK(look(ids[0]).state == job_state::running);
  CHECK(depths().ready == 0);
  CHECK(beat(worker, {lease})->lost.empty());
  CHECK(commit(worker, lease, {put("photos", "a")})->lost == false);
  CHECK(look(ids[0]).state == job_state::succeeded);
}

TEST_CASE_METHOD(hooked, "a step with jobs that its queues do not take is refused") {
  options.queues[0].depth_max = 3;
  options.queues[0].payload_max = 10;
  options.queues[0].result_max = 3;
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs.at(0).lease;
  auto code = [&](std::vector<enqueue_jobs> jobs, std::string output = "out") {
    auto request = step_of(worker, lease, {put("albums", "a")}, std::move(jobs));
    request.outcome.output = std::move(output);
    auto stored = ask<step_stored>(boss, request);
    return stored ? errc::none : stored.error().code;
  };

  CHECK(code({{"nowhere", {{"x", {}}}}}) == errc::unknown_queue);
  CHECK(code({{"q", {{std::string(11, 'x'), {}}}}}) == errc::payload_too_large);
  CHECK(code({{"q", {{"x", {}}, {"x", {}}}}, {"q", {{"x", {}}}}}) == errc::queue_full);
  CHECK(code({}, "long") == errc::payload_too_large);
  CHECK(records("albums") == 0);
  CHECK(look(ids[0]).state == job_state::running);
  CHECK(code({{"q", {{"x", {}}, {"x", {}}}}}) == errc::none);
  CHECK(records("albums") == 1);
}

TEST_CASE_METHOD(hooked, "J3: a zombie's step changes nothing") {
  begin();
  auto ids = enqueue(1);
  auto zombie = join("n1", 1);
  auto old = zombie.seen->runs.at(0).lease;
  join("n1", 0); // its node starts again
  auto worker = join("n2", 1);
  REQUIRE(worker.seen->jobs() == ids);

  auto stored = commit(zombie, old, {put("photos", "a")}, {{"q", {{"next", {}}}}});

  REQUIRE(stored);
  CHECK(stored->lost);
  CHECK(records("photos") == 0);
  CHECK(depths().ready == 0);
  CHECK(look(ids[0]).state == job_state::running);
  CHECK(commit(worker, worker.seen->runs.at(0).lease, {put("photos", "a")})->lost == false);
}

TEST_CASE_METHOD(hooked, "F24: a step whose answer is lost is not done twice") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs.at(0).lease;
  auto first = request<step_stored>(
    boss, step_of(worker, lease, {put("albums", "a")}, {{"q", {{"next", {}}}}}));
  auto meanwhile = request<step_stored>(boss, step_of(worker, lease, {put("albums", "a")}));
  settle();
  auto again = commit(worker, lease, {put("albums", "a")}, {{"q", {{"next", {}}}}});

  CHECK((**first)->lost == false);
  REQUIRE_FALSE((**meanwhile).has_value());
  CHECK((**meanwhile).error().code == errc::unavailable); // it is not known yet
  REQUIRE(again);
  CHECK(again->lost);
  CHECK(disk->data.records.collections.at("albums").seen.sequence == 1);
  CHECK(depths().ready + depths().running == 1);
}

TEST_CASE_METHOD(hooked, "F24: a step outlives the dispatcher that did not hear of it") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs.at(0).lease;
  auto commits = disk->commits;
  request<step_stored>(boss, step_of(worker, lease, {put("photos", "a")}, {{"q", {{"next", {}}}}}));
  while (disk->commits == commits)
    REQUIRE(step());
  restart();

  CHECK(look(ids[0]).state == job_state::succeeded);
  CHECK(records("photos") == 1);
  CHECK(commit(worker, lease, {put("photos", "b")})->lost);
  CHECK(records("photos") == 1);
  CHECK(depths().ready == 2); // the hook's job and the step's
}

TEST_CASE_METHOD(hooked, "a lease whose step is being stored is ended by nobody else") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs.at(0).lease;
  auto stored = request<step_stored>(boss, step_of(worker, lease, {put("photos", "a")}));
  auto cancelled = request<jobs_changed>(boss, cancel_jobs{{ids[0]}});
  job_outcome failed{lease, outcome_kind::failed, end_reason::error, "no", milliseconds{-1}};
  auto finished = request<finish_reply>(boss, finish_jobs{worker.id, 1, {failed}});
  caf::anon_send_exit(worker.handle, caf::exit_reason::kill);
  settle();

  CHECK((**stored)->lost == false);
  CHECK((**finished)->lost == std::vector{lease});
  CHECK(look(ids[0]).state == job_state::succeeded);
  CHECK(depths().succeeded == 1);
  CHECK(depths().running == 0);
}

TEST_CASE_METHOD(hooked, "a refused step of a worker that is gone leaves the job to others") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs.at(0).lease;
  request<step_stored>(boss,
                       step_of(worker, lease, {put("photos", "a", {condition_kind::version, 7})}));
  caf::anon_send_exit(worker.handle, caf::exit_reason::kill);
  settle();
  auto other = join("n2", 1);

  for (int i = 0; i < 12; ++i) {
    advance(1s, 100ms);
    beat(other, {});
  }

  CHECK(other.seen->jobs() == ids);
}

TEST_CASE_METHOD(hooked, "a step that the disk does not take leaves the lease as it was") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs.at(0).lease;
  disk->failure = error{errc::storage_full, "no space"};
  auto refused = commit(worker, lease, {put("photos", "a")}, {{"q", {{"next", {}}}}});
  disk->failure.reset();

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::storage_full);
  CHECK(commit(worker, lease, {put("photos", "a")}, {{"q", {{"next", {}}}}})->lost == false);
  CHECK(depths().succeeded == 1);
}

// -- traces ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(hooked, "the job of a hook has the trace of the write, if it has a sound one") {
  begin();
  auto worker = join("n1", 9);
  auto write = [&](std::string id, std::string trace_parent) {
    auto request = writes({put("photos", std::move(id))});
    request.trace_parent = std::move(trace_parent);
    REQUIRE(ask<records_written>(boss, request));
    return worker.seen->runs.back().trace_parent;
  };

  CHECK(write("a", trace) == trace);
  CHECK(write("b", "").empty());
  CHECK(write("c", std::string(limits::trace_parent_bytes_max + 1, 'x')).empty());
  CHECK(write("d", "two\nlines").empty());
  CHECK(worker.seen->runs.size() == 4);
}

TEST_CASE_METHOD(hooked, "what a step makes has the trace of its job, unless it has its own") {
  begin();
  REQUIRE(ask<jobs_enqueued>(boss, enqueue_jobs{"q", {{"first", {}, {}, trace}}}));
  auto worker = join("n1", 9);
  auto step = step_of(worker, worker.seen->runs.at(0).lease, {put("photos", "a")},
                      {{"q", {{"follows", {}, {}, {}}, {"another", {}, {}, other_trace}}}});
  step.capacity = 9;
  SECTION("as it is") {
    REQUIRE(ask<step_stored>(boss, step));
    std::map<std::string, std::string> traces;
    for (const auto& run : worker.seen->runs)
      traces[run.payload.substr(0, 7)] = run.trace_parent;
    REQUIRE(worker.seen->runs.size() == 4);
    CHECK(traces.at("follows") == trace);
    CHECK(traces.at("another") == other_trace);
    CHECK(traces.at(R"({"colle)") == trace); // of the hook
    for (const auto& run : worker.seen->runs)
      CHECK(look(run.lease.job).trace_parent == run.trace_parent);
  }
  SECTION("with a trace of its own for its writes") {
    step.writes.trace_parent = other_trace;
    step.jobs.clear();
    REQUIRE(ask<step_stored>(boss, step));
    CHECK(worker.seen->runs.at(1).trace_parent == other_trace);
  }
}

TEST_CASE_METHOD(hooked, "S2: a step with a job whose tags are not taken is refused") {
  begin();
  enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs.at(0).lease;

  auto stored = ask<step_stored>(
    boss, step_of(worker, lease, {put("albums", "a")}, {{"q", {{"next", {}, {""}, {}}}}}));

  REQUIRE_FALSE(stored);
  CHECK(stored.error().code == errc::invalid_argument);
  CHECK(records("albums") == 0);
}

} // namespace dispatcher_records_test
