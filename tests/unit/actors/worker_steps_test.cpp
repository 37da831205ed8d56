// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <catch2/catch.hpp>

#include "actors/step.hpp"
#include "tests/support/worker_stage.hpp"

namespace worker_steps_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// Whoever takes steps, and what it answers.
struct steps_script {
  std::vector<commit_step> steps;
  bool answers = true;
  std::vector<error> refusals; ///< one a step, first one first
  step_committed answer;
};

records_actor::behavior_type scripted_steps(records_actor::pointer self,
                                            std::shared_ptr<steps_script> script) {
  auto unused = [] { return to_caf({errc::unavailable, "not in this test"}); };
  return {
    [=](const get_records&) -> caf::result<records_found> { return unused(); },
    [=](const change_record&) -> caf::result<record_changed> { return unused(); },
    [=](const change_records&) -> caf::result<records_changed> { return unused(); },
    [=](const list_records&) -> caf::result<records_page> { return unused(); },
    [=](const read_changes&) -> caf::result<changes_read> { return unused(); },
    [=](const list_collections&) -> caf::result<collections_listed> { return unused(); },
    [=](const list_caches&) -> caf::result<caches_listed> { return unused(); },
    [=](const commit_step& x) -> caf::result<step_committed> {
      script->steps.push_back(x);
      if (!script->answers)
        return self->make_response_promise<step_committed>();
      if (script->refusals.empty())
        return script->answer;
      auto why = script->refusals.front();
      script->refusals.erase(script->refusals.begin());
      return to_caf(why);
    },
  };
}

/// A worker whose handlers end with a step after ten milliseconds.
struct steps_stage : stage {
  std::shared_ptr<steps_script> taker = std::make_shared<steps_script>();

  explicit steps_stage(bool has_records = true) {
    duration = 10ms;
    handlers.ends_with = [](const leased_job& job) {
      return outcome::success("done", troupe::step{}.put("photos", job.payload, "{}"));
    };
    auto records = has_records ? system.spawn(scripted_steps, taker) : records_actor{};
    restart([&](worker_options& options) { options.records = records; });
    connect();
  }

  void run(job_id job) {
    auto made = make_job(job);
    made.payload = "p" + std::to_string(job);
    give({made});
    advance(20ms);
  }
};

} // namespace

TEST_CASE("F24: an outcome with a step is committed with it, and not reported to the dispatcher") {
  steps_stage x;

  x.run(1);

  REQUIRE(x.taker->steps.size() == 1);
  const auto& sent = x.taker->steps[0];
  CHECK(sent.worker == own_id);
  CHECK(sent.outcome.lease == key(1));
  CHECK(sent.outcome.kind == outcome_kind::succeeded);
  CHECK(sent.outcome.output == "done");
  CHECK(sent.step.changes.at(0).id == "p1");
  x.advance(20s);
  CHECK(x.taker->steps.size() == 1);
  CHECK(x.script->outcomes().empty());
  CHECK(x.script->beats.back().leases.empty());
}

TEST_CASE("a step is sent until it is answered, and its lease renewed meanwhile") {
  steps_stage x;
  x.taker->answers = false;
  x.run(1);
  x.advance(7s);
  REQUIRE(x.taker->steps.size() >= 2);
  CHECK(x.taker->steps[0] == x.taker->steps[1]);
  CHECK(x.script->beats.back().leases == keys{key(1)});

  x.taker->answers = true;
  x.taker->answer.lost = true; // the first one was done, only its answer was lost
  x.advance(20s);
  auto sent = x.taker->steps.size();
  x.advance(20s);

  CHECK(x.taker->steps.size() == sent);
  CHECK(x.script->outcomes().empty());
  CHECK(x.script->beats.back().leases.empty());
}

TEST_CASE("a step that nobody takes just now is sent again") {
  auto code = GENERATE(errc::unavailable, errc::overloaded, errc::timed_out, errc::not_owner,
                       errc::storage_full);
  steps_stage x;
  x.taker->refusals = {{code, "later"}};

  x.run(1);
  x.advance(3s);

  CHECK(x.taker->steps.size() == 2);
  CHECK(x.script->outcomes().empty());
}

TEST_CASE("a refused step is a failure of the attempt, with the reason as its text") {
  steps_stage x;
  SECTION("in the answer") {
    x.taker->answer = {false, static_cast<std::uint16_t>(errc::precondition_failed), "not 7"};
  }
  SECTION("as an error") {
    x.taker->refusals = {{errc::precondition_failed, "not 7"}};
  }

  x.run(1);

  REQUIRE(x.script->outcomes().size() == 1);
  const auto reported = x.script->outcomes()[0];
  CHECK(reported.kind == outcome_kind::failed);
  CHECK(reported.reason == end_reason::error);
  CHECK(reported.output == "the step was refused: precondition_failed: not 7");
  x.advance(20s);
  CHECK(x.taker->steps.size() == 1);
}

TEST_CASE("J3: a step under a lost lease is not sent again") {
  steps_stage x;
  SECTION("says whoever takes steps") {
    x.taker->answer.lost = true;
    x.run(1);
    CHECK(x.taker->steps.size() == 1);
  }
  SECTION("says the dispatcher") {
    x.taker->refusals = std::vector<error>(1000, {errc::unavailable, "later"});
    x.run(1);
    x.script->beat_reply.lost = {key(1)};
    x.advance(3s);
  }
  auto sent = x.taker->steps.size();

  x.advance(20s);

  CHECK(x.taker->steps.size() == sent);
  CHECK(x.script->outcomes().empty());
  CHECK(x.script->beats.back().leases.empty());
}

TEST_CASE("J6: a bounded number of steps is under way") {
  steps_stage x;
  x.taker->answers = false;
  for (job_id job = 1; job <= 40; ++job)
    x.run(job);

  CHECK(x.taker->steps.size() == 16);
}

TEST_CASE("S2: without access to records a handler that ends with a step has failed") {
  steps_stage x{false};

  x.run(1);

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].kind == outcome_kind::failed);
  CHECK(x.script->outcomes()[0].output
        == "worker node 'n1' has no access to records: the handler's step cannot be done");
}

} // namespace worker_steps_test
