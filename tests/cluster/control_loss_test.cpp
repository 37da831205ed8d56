// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "tests/support/cluster_checks.hpp"
#include "tests/support/load.hpp"

namespace control_loss_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

bool have_ended(const process_cluster& cluster, const std::vector<job_id>& jobs) {
  auto runs = cluster.runs();
  return std::ranges::all_of(jobs, [&](job_id id) {
    return std::ranges::any_of(
      runs, [id](const journal_run& x) { return x.lease.job == id && x.ended.has_value(); });
  });
}

void check_ran_once(process_cluster& cluster, const std::vector<job_id>& jobs) {
  for (const auto& x : cluster.find(jobs)) {
    CAPTURE(x.id);
    CHECK(cluster.runs_of(x.id).size() == 1);
    CHECK(x.counters.deliveries == 1);
    CHECK(x.counters.losses == 0);
    CHECK(x.history.empty());
  }
}

/// A cluster whose workers outlive its control node for long, and hold jobs at a gate.
struct holding_cluster {
  process_cluster cluster{plan()};
  std::vector<job_id> jobs;

  holding_cluster() {
    cluster.start_all();
    jobs = cluster.submit("hold", "gate", 5);
    REQUIRE(cluster.eventually([&] { return cluster.runs().size() == jobs.size(); }));
  }

  static cluster_plan plan() {
    cluster_plan result;
    result.heartbeat_interval = 500ms;
    result.lease_timeout = 6000ms;
    return result;
  }
};

} // namespace

TEST_CASE("J1: no acknowledged job is lost when the control node is killed during enqueue") {
  process_cluster cluster;
  cluster.start_all();
  load clients{cluster.address(), 4, {{"noop", ""}}, 10};

  std::size_t seen = 0;
  for (int kills = 0; kills < 3; ++kills) {
    REQUIRE(cluster.eventually([&] { return clients.acknowledged() >= seen + 200; }));
    cluster.kill("control"); // while all of them wait for answers
    seen = clients.acknowledged();
    cluster.start("control");
  }
  REQUIRE(cluster.eventually([&] { return clients.acknowledged() >= seen + 200; }));
  auto jobs = clients.stop();

  WARN("J1: " << jobs.size() << " jobs acknowledged, " << clients.failed()
              << " requests in doubt or refused, over 3 kills");
  CHECK(std::set(jobs.begin(), jobs.end()).size() == jobs.size());
  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }, 30s));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
}

TEST_CASE("J2: leases of live workers outlive the control node, and their jobs run once") {
  holding_cluster held;
  auto& cluster = held.cluster;
  const auto& jobs = held.jobs;

  cluster.kill("control");
  cluster.start("control");

  auto adopted = [&] {
    auto workers = cluster.client().workers();
    std::size_t leases = 0;
    if (workers)
      for (const auto& x : *workers)
        leases += x.leases.size();
    return leases == jobs.size();
  };
  REQUIRE(cluster.eventually(adopted));
  cluster.open_gate("gate");
  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
  check_ran_once(cluster, jobs);
}

TEST_CASE("J2: what ended while the control node was down is delivered when it is back") {
  holding_cluster held;
  auto& cluster = held.cluster;
  const auto& jobs = held.jobs;

  cluster.kill("control");
  cluster.open_gate("gate");
  REQUIRE(cluster.eventually([&] { return have_ended(cluster, jobs); }));
  cluster.start("control");

  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
  check_ran_once(cluster, jobs);
}

TEST_CASE("J2: jobs whose worker died with the control node run elsewhere after its restart") {
  process_cluster cluster;
  cluster.start_all();
  auto jobs = cluster.submit("hold", "gate", 4);
  REQUIRE(cluster.eventually([&] { return cluster.runs().size() == jobs.size(); }));
  auto victim = cluster.runs().front().node;

  cluster.kill("control");
  cluster.kill(victim);
  cluster.start("control");

  cluster.open_gate("gate");
  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
}

} // namespace control_loss_test
