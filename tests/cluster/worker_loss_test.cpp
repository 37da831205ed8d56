// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/cluster_checks.hpp"

namespace worker_loss_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

using clock_time = std::chrono::steady_clock::time_point;

// What a loaded machine may add to a promised time.
constexpr milliseconds noise = 1000ms;

std::vector<journal_run> runs_on(const process_cluster& cluster, const std::string& node) {
  auto result = cluster.runs();
  std::erase_if(result, [&](const journal_run& x) { return x.node != node; });
  return result;
}

/// Waits until so many handlers have begun to run.
bool have_begun(const process_cluster& cluster, std::size_t count) {
  return cluster.eventually([&] { return cluster.runs().size() >= count; });
}

/// How many starts the dispatcher has heard of since a position.
std::ptrdiff_t count_started(process_cluster& cluster, std::uint64_t position) {
  return std::ranges::count(cluster.events_after(position), job_event_kind::started,
                            &job_event::kind);
}

/// How long after `since` the last of these jobs began its second run, elsewhere.
std::chrono::nanoseconds time_to_restart(const process_cluster& cluster,
                                         const std::vector<journal_run>& first_runs,
                                         clock_time since) {
  std::chrono::nanoseconds longest{0};
  for (const auto& first : first_runs) {
    auto runs = cluster.runs_of(first.lease.job);
    CAPTURE(first.lease.job);
    REQUIRE(runs.size() == 2);
    CHECK(runs[1].node != first.node);
    CHECK(runs[1].attempt == 2);
    CHECK(runs[1].lease.epoch > first.lease.epoch);
    longest = std::max<std::chrono::nanoseconds>(longest, runs[1].begun - since);
  }
  return longest;
}

/// Freezes a worker that runs jobs until they run elsewhere, and thaws it.
struct frozen_worker {
  std::string name;
  std::vector<journal_run> stale; ///< its runs, whose leases are lost
};

frozen_worker freeze_past_lease(process_cluster& cluster, std::size_t jobs) {
  frozen_worker result;
  result.name = cluster.runs().front().node;
  result.stale = runs_on(cluster, result.name);
  cluster.freeze(result.name);
  REQUIRE(have_begun(cluster, jobs + result.stale.size()));
  return result;
}

/// Each stale lease was either reported too late, which the control node refused, or its worker
/// heard first that it is lost, and reported nothing.
bool told_all(const process_cluster& cluster, const frozen_worker& worker) {
  auto refusals = cluster.log("control");
  auto hints = cluster.log(worker.name);
  return std::ranges::all_of(worker.stale, [&](const journal_run& run) {
    auto lease
      = "job " + std::to_string(run.lease.job) + " lease " + std::to_string(run.lease.epoch);
    return refusals.find(lease + ": 'succeeded' from worker node '" + worker.name
                         + "' came too late (lease_lost)")
             != std::string::npos
           || hints.find(lease + " was given to somebody else (lease_lost)") != std::string::npos;
  });
}

} // namespace

TEST_CASE("J4: the jobs of a killed worker start on others at once") {
  process_cluster cluster;
  cluster.start_all();
  auto position = cluster.event_position();
  auto jobs = cluster.submit("hold", "gate", 4);
  REQUIRE(have_begun(cluster, 4));
  REQUIRE(cluster.eventually([&] { return count_started(cluster, position) == 4; }));
  auto victim = cluster.runs().front().node;
  auto lost = runs_on(cluster, victim);

  auto killed_at = std::chrono::steady_clock::now();
  cluster.kill(victim);

  REQUIRE(have_begun(cluster, 4 + lost.size()));
  auto time = time_to_restart(cluster, lost, killed_at);
  WARN("J4: " << lost.size() << " jobs run again " << seconds(time) * 1000
              << " ms after SIGKILL of their worker (promised: 100 ms)");
  CHECK(time < 100ms + noise);
  cluster.open_gate("gate");
  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
  auto events = cluster.events_after(position);
  check_ended_once(jobs, events);
  for (const auto& run : lost) {
    auto job = run.lease.job;
    CHECK(index_of(events, job, job_event_kind::started, 1)
          < index_of(events, job, job_event_kind::lost, 1));
    CHECK(index_of(events, job, job_event_kind::lost, 1)
          < index_of(events, job, job_event_kind::leased, 2));
    CHECK(cluster.find(job).counters.losses == 1);
  }
}

TEST_CASE("J4: the jobs of a frozen worker start on others when its lease is over") {
  process_cluster cluster;
  cluster.start_all();
  auto jobs = cluster.submit("hold", "gate", 4);
  REQUIRE(have_begun(cluster, 4));
  auto victim = cluster.runs().front().node;
  auto lost = runs_on(cluster, victim);

  auto frozen_at = std::chrono::steady_clock::now();
  cluster.freeze(victim);

  REQUIRE(have_begun(cluster, 4 + lost.size()));
  auto time = time_to_restart(cluster, lost, frozen_at);
  cluster_plan plan;
  WARN("J4: " << lost.size() << " jobs run again " << seconds(time)
              << " s after SIGSTOP of their worker (promised: 1.8 s)");
  CHECK(time < plan.lease_timeout + plan.heartbeat_interval + noise);
  // It is not taken away early either: the last heartbeat was at most an interval old.
  CHECK(time > plan.lease_timeout - plan.heartbeat_interval - 200ms);
  cluster.open_gate("gate");
  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
}

TEST_CASE("J3: what a thawed worker says about lost leases is refused and changes nothing") {
  process_cluster cluster;
  cluster.start_all();
  auto position = cluster.event_position();
  auto jobs = cluster.submit("stubborn", "gate", 4);
  REQUIRE(have_begun(cluster, 4));
  auto zombie = freeze_past_lease(cluster, jobs.size());
  cluster.open_gate("gate.1"); // its handlers end as soon as they can, and all have succeeded

  cluster.thaw(zombie.name);

  REQUIRE(cluster.eventually([&] { return told_all(cluster, zombie); }));
  for (const auto& run : zombie.stale) {
    auto now = cluster.find(run.lease.job);
    CHECK(now.state == job_state::running);
    CHECK(now.epoch == cluster.runs_of(now.id)[1].lease.epoch);
    CHECK(now.result.empty());
  }
  CHECK(cluster.log(zombie.name).find("(lease_lost)") != std::string::npos);
  cluster.open_gate("gate.2");
  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
  check_ended_once(jobs, cluster.events_after(position));
}

TEST_CASE("F04: a thawed worker gets jobs again") {
  process_cluster cluster;
  cluster.start_all();
  auto jobs = cluster.submit("hold", "gate", 4);
  REQUIRE(have_begun(cluster, 4));
  auto zombie = freeze_past_lease(cluster, jobs.size());
  cluster.thaw(zombie.name);
  cluster.open_gate("gate");
  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));

  auto all_slots = cluster.submit("hold", "second-gate", 6);

  REQUIRE(cluster.eventually(
    [&] { return runs_on(cluster, zombie.name).size() == zombie.stale.size() + 2; }));
  cluster.open_gate("second-gate");
  REQUIRE(cluster.eventually([&] { return cluster.finished(all_slots); }));
  check_succeeded_under_last_lease(cluster.find(all_slots), cluster.runs());
}

} // namespace worker_loss_test
