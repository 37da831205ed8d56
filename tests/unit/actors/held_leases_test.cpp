// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/held_leases.hpp"
#include "actors/utf8.hpp"
#include "messages/limits.hpp"

namespace held_leases_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr held_leases::time_point start{};
constexpr auto grace = 5s;

leased_job make_job(job_id job, milliseconds run_timeout = 60s,
                    milliseconds progress_timeout = 0ms) {
  leased_job result;
  result.lease = {job, 100 + job};
  result.queue = "pictures";
  result.run_timeout = run_timeout;
  result.progress_timeout = progress_timeout;
  return result;
}

lease_key key(job_id job) {
  return {job, 100 + job};
}

using keys = std::vector<lease_key>;

/// Leases of which job 1 runs since `start`.
held_leases running(leased_job job = make_job(1)) {
  held_leases result{grace};
  result.add(job, 1000);
  result.started(job.lease, start);
  return result;
}

} // namespace

TEST_CASE("a lease is claimed from its arrival until its outcome is acknowledged") {
  held_leases leases{grace};
  REQUIRE(leases.add(make_job(1), 1000));
  CHECK(leases.claims() == keys{key(1)});

  leases.started(key(1), start);
  leases.ended(key(1), outcome::success("done"));
  CHECK(leases.claims() == keys{key(1)});
  auto outcomes = leases.take_outcomes();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0]
        == job_outcome{key(1), outcome_kind::succeeded, end_reason::none, "done", -1ms});
  CHECK(leases.claims() == keys{key(1)});

  CHECK(leases.acknowledge(key(1)));
  CHECK(leases.claims().empty());
  CHECK(leases.unacknowledged() == 0);
}

TEST_CASE("a lease that comes twice runs once") {
  held_leases leases{grace};

  CHECK(leases.add(make_job(1), 1000));
  CHECK_FALSE(leases.add(make_job(1), 1000));
  CHECK(leases.runs() == 1);
}

TEST_CASE("an outcome that is not acknowledged is taken again, in order") {
  auto leases = running();
  leases.add(make_job(2), 1000);
  leases.ended(key(1), outcome::success());
  leases.ended(key(2), outcome::success());
  REQUIRE(leases.take_outcomes().size() == 2);
  CHECK(leases.take_outcomes().empty());
  CHECK_FALSE(leases.repeated(key(1)));

  leases.put_back_all();

  auto again = leases.take_outcomes();
  REQUIRE(again.size() == 2);
  CHECK(again[0].lease == key(1));
  CHECK(leases.repeated(key(1)));
}

TEST_CASE("F05: after a reconnect it is said again which runs have begun") {
  auto leases = running();
  leases.take_started();

  leases.put_back_all();

  CHECK(leases.take_started() == std::vector{key(1)});
  CHECK(leases.take_started().empty());
}

TEST_CASE("a late acknowledgement counts for an outcome that waits to be sent again") {
  auto leases = running();
  leases.ended(key(1), outcome::success());
  leases.take_outcomes();
  leases.put_back({key(1)});

  CHECK(leases.acknowledge(key(1)));

  CHECK_FALSE(leases.has_outcomes());
  CHECK_FALSE(leases.acknowledge(key(1)));
}

TEST_CASE("one message takes outcomes up to the limit of its bytes, but at least one") {
  held_leases leases{grace};
  auto size = limits::batch_bytes_max * 2 / 3;
  for (job_id job = 1; job <= 2; ++job) {
    leases.add(make_job(job), limits::batch_bytes_max);
    leases.ended(key(job), outcome::success(std::string(size, 'x')));
  }

  CHECK(leases.take_outcomes().size() == 1);
  CHECK(leases.take_outcomes().size() == 1);
  CHECK_FALSE(leases.has_outcomes());
}

TEST_CASE("a result over result_max fails for good and names both sizes") {
  auto leases = running();

  leases.ended(key(1), outcome::success(std::string(1001, 'x')));

  auto outcomes = leases.take_outcomes();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].kind == outcome_kind::failed_final);
  CHECK(outcomes[0].reason == end_reason::error);
  CHECK(outcomes[0].output
        == "the handler's result has 1001 bytes; queue 'pictures' takes at most 1000 (result_max)");
}

TEST_CASE("a long error text is cut between letters") {
  auto leases = running();
  std::string text = "x";
  while (text.size() <= 2 * limits::error_bytes_max)
    text += "\xc5\xbc";

  leases.ended(key(1), outcome::failure(text));

  auto kept = leases.take_outcomes().at(0).output;
  CHECK(kept.size() <= limits::error_bytes_max);
  CHECK(is_utf8(kept));
}

TEST_CASE("a handler that outlives its run_timeout has failed when it has ended (F05)") {
  auto leases = running(make_job(1, 60s));
  CHECK(leases.overdue(start + 59999ms).stop.empty());

  CHECK(leases.overdue(start + 60s).stop == keys{key(1)});

  CHECK_FALSE(leases.has_outcomes()); // the next attempt must not begin beside it
  CHECK(leases.claims() == keys{key(1)});
  leases.ended(key(1), outcome::success("too late"));
  auto outcomes = leases.take_outcomes();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].kind == outcome_kind::failed);
  CHECK(outcomes[0].reason == end_reason::deadline);
  CHECK(outcomes[0].output == "the handler ran for longer than its run_timeout of 60 s");
  leases.acknowledge(key(1));
  CHECK(leases.runs() == 0);
}

TEST_CASE("a handler that is silent for its progress_timeout has failed with no_progress") {
  auto leases = running(make_job(1, 60s, 1500ms));
  leases.progressed({key(1), "half"}, start + 1s);
  CHECK(leases.overdue(start + 2s).stop.empty());

  CHECK(leases.overdue(start + 2500ms).stop == keys{key(1)});
  leases.ended(key(1), outcome::release());

  auto outcomes = leases.take_outcomes();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].reason == end_reason::no_progress);
  CHECK(outcomes[0].output
        == "the handler reported no progress for its progress_timeout of 1500 ms");
}

TEST_CASE("time-outs count from the start of the handler, not from the lease's arrival") {
  held_leases leases{grace};
  leases.add(make_job(1, 1s, 1s), 1000);

  CHECK(leases.overdue(start + 1h).stop.empty());
  leases.started(key(1), start + 1h);
  CHECK(leases.overdue(start + 1h + 999ms).stop.empty());
  CHECK(leases.overdue(start + 1h + 1s).stop == keys{key(1)});
}

TEST_CASE("a handler that ignores its stop is given up after the grace (F05)") {
  auto leases = running(make_job(1, 60s));
  REQUIRE(leases.overdue(start + 60s).stop == keys{key(1)});
  CHECK(leases.overdue(start + 60s + grace - 1ms).abandon.empty());

  CHECK(leases.overdue(start + 60s + grace).abandon == keys{key(1)});

  CHECK(leases.runs() == 0);
  CHECK(leases.zombies() == 0);
  CHECK(leases.overdue(start + 1h).abandon.empty());
  CHECK(leases.take_outcomes().at(0).reason == end_reason::deadline);
}

TEST_CASE("a cancelled job is cancelled, whatever its handler returns then (F07)") {
  auto leases = running();

  CHECK(leases.cancel({key(1), key(99)}, start) == keys{key(1)});
  CHECK(leases.cancel({key(1)}, start).empty());
  leases.ended(key(1), outcome::success("done"));

  auto outcomes = leases.take_outcomes();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].kind == outcome_kind::cancelled);
}

TEST_CASE("a job that succeeded before it was cancelled has succeeded") {
  auto leases = running();
  leases.ended(key(1), outcome::success("done"));

  CHECK(leases.cancel({key(1)}, start).empty());

  CHECK(leases.take_outcomes().at(0).kind == outcome_kind::succeeded);
}

TEST_CASE("a cancelled handler that ignores it is reported as cancelled after the grace") {
  auto leases = running();
  leases.cancel({key(1)}, start);

  CHECK(leases.overdue(start + grace).abandon == keys{key(1)});

  CHECK(leases.take_outcomes().at(0).kind == outcome_kind::cancelled);
}

TEST_CASE("a lost lease is stopped, and its outcome is worth nothing (J3)") {
  auto leases = running();

  CHECK(leases.lose({key(1)}, start) == keys{key(1)});

  CHECK(leases.claims().empty());
  leases.ended(key(1), outcome::success("zombie"));
  CHECK_FALSE(leases.has_outcomes());
  CHECK(leases.runs() == 0);
}

TEST_CASE("an outcome that is on its way is not lost by a heartbeat that it overtook") {
  auto leases = running();
  leases.ended(key(1), outcome::success("done"));

  CHECK(leases.lose({key(1)}, start).empty());

  CHECK(leases.take_outcomes().size() == 1);
}

TEST_CASE("given up leases are stopped and claimed no more, but reported when they end (F04)") {
  auto leases = running();
  leases.add(make_job(2), 1000);

  CHECK(leases.give_up(start) == keys{key(1), key(2)});
  CHECK(leases.claims().empty());
  leases.ended(key(1), outcome::success("late"));
  leases.ended(key(2), outcome::release());

  auto outcomes = leases.take_outcomes();
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].kind == outcome_kind::succeeded);
  CHECK(outcomes[1].kind == outcome_kind::released);
}

TEST_CASE("a failure of a handler that was stopped by a drain burns no attempt") {
  auto leases = running();
  leases.add(make_job(2), 1000);
  leases.started(key(2), start);

  CHECK(leases.release(start) == keys{key(1), key(2)});
  leases.ended(key(1), outcome::failure("interrupted"));
  leases.ended(key(2), outcome::success("just in time"));

  auto outcomes = leases.take_outcomes();
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].kind == outcome_kind::released);
  CHECK(outcomes[1].kind == outcome_kind::succeeded);
}

TEST_CASE("a drain hands back what has not begun, and lets the rest run") {
  auto leases = running();
  leases.add(make_job(2), 1000);

  CHECK(leases.release_waiting(start) == keys{key(2)});
}

TEST_CASE("a start is told once, and not when the run is over already") {
  auto leases = running();
  leases.add(make_job(2), 1000);
  leases.started(key(2), start);
  leases.ended(key(2), outcome::success());

  CHECK(leases.take_started() == keys{key(1)});
  CHECK(leases.take_started().empty());
}

TEST_CASE("progress is told once a report") {
  auto leases = running();
  leases.progressed({key(1), "1"}, start);
  leases.progressed({key(1), "2"}, start);

  CHECK(leases.take_progress() == std::vector<lease_progress>{{key(1), "2"}});
  CHECK(leases.take_progress().empty());
}

TEST_CASE("what is unknown is ignored") {
  held_leases leases{grace};

  leases.started(key(1), start);
  leases.progressed({key(1), "x"}, start);
  leases.ended(key(1), outcome::success());

  CHECK(leases.claims().empty());
  CHECK(leases.take_started().empty());
  CHECK_FALSE(leases.has_outcomes());
}

TEST_CASE("a job that cannot run here fails with a reason") {
  held_leases leases{grace};

  leases.refuse(make_job(1), outcome_kind::failed, "no handler");

  CHECK(leases.claims() == keys{key(1)});
  auto outcomes = leases.take_outcomes();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].reason == end_reason::error);
  CHECK(outcomes[0].output == "no handler");
  CHECK(leases.runs() == 0);
}

} // namespace held_leases_test
