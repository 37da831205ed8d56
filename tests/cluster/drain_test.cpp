// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/cluster_checks.hpp"

namespace drain_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr milliseconds stop_limit = 20s;

bool is_registered(process_cluster& cluster, const std::string& node) {
  auto workers = cluster.client().workers();
  return workers && std::ranges::any_of(*workers, [&](const worker_info& x) {
           return x.worker.node == node;
         });
}

std::size_t count_runs(const process_cluster& cluster, const std::string& node) {
  auto runs = cluster.runs();
  return static_cast<std::size_t>(
    std::ranges::count_if(runs, [&](const journal_run& x) { return x.node == node; }));
}

void check_no_attempt_was_used_up(process_cluster& cluster, const std::vector<job_id>& jobs) {
  for (const auto& x : cluster.find(jobs)) {
    CAPTURE(x.id);
    CHECK(x.counters.losses == 0);
    CHECK(x.counters.failures == 0);
  }
  for (const auto& run : cluster.runs())
    CHECK(run.attempt == 1);
}

} // namespace

TEST_CASE("F20: a worker that gets SIGTERM finishes what runs and hands the rest back at once") {
  cluster_plan plan;
  plan.workers = 2;
  plan.prefetch = 2;
  process_cluster cluster{plan};
  cluster.start("control");
  cluster.start("worker-1");
  REQUIRE(cluster.eventually([&] { return is_registered(cluster, "worker-1"); }));
  auto jobs = cluster.submit("hold", "gate", 4);
  REQUIRE(cluster.eventually([&] { return count_runs(cluster, "worker-1") == 2; }));
  cluster.start("worker-2");
  REQUIRE(cluster.eventually([&] { return is_registered(cluster, "worker-2"); }));

  cluster.terminate("worker-1");

  // Its handlers still wait for the gate when the prefetched jobs start elsewhere.
  REQUIRE(cluster.eventually([&] { return count_runs(cluster, "worker-2") == 2; }));
  CHECK(cluster.is_running("worker-1"));
  cluster.open_gate("gate");
  CHECK(cluster.wait_for_end("worker-1", stop_limit) == 0);
  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
  check_no_attempt_was_used_up(cluster, jobs);
  CHECK(cluster.runs().size() == 4);
}

TEST_CASE("F20: what still runs at the end of the grace is handed back and runs elsewhere") {
  cluster_plan plan;
  plan.workers = 2;
  plan.drain_grace = 300ms;
  process_cluster cluster{plan};
  cluster.start("control");
  cluster.start("worker-1");
  REQUIRE(cluster.eventually([&] { return is_registered(cluster, "worker-1"); }));
  auto jobs = cluster.submit("hold", "gate", 2);
  REQUIRE(cluster.eventually([&] { return count_runs(cluster, "worker-1") == 2; }));
  cluster.start("worker-2");
  REQUIRE(cluster.eventually([&] { return is_registered(cluster, "worker-2"); }));

  cluster.terminate("worker-1");

  REQUIRE(cluster.eventually([&] { return count_runs(cluster, "worker-2") == 2; }));
  CHECK(cluster.wait_for_end("worker-1", stop_limit) == 0);
  cluster.open_gate("gate");
  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
  check_no_attempt_was_used_up(cluster, jobs);
}

TEST_CASE("F20: a drain longer than the lease keeps its leases") {
  cluster_plan plan;
  plan.workers = 1;
  process_cluster cluster{plan};
  cluster.start_all();
  auto jobs = cluster.submit("slow", "300", 2); // 3 s, twice the lease
  REQUIRE(cluster.eventually([&] { return cluster.runs().size() == 2; }));

  cluster.terminate("worker-1");

  CHECK(cluster.wait_for_end("worker-1", stop_limit) == 0);
  CHECK(cluster.finished(jobs));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
  CHECK(cluster.runs().size() == 2);
}

TEST_CASE("a control node that gets SIGTERM ends with status 0 and takes up where it stopped") {
  process_cluster cluster;
  cluster.start_all();
  auto jobs = cluster.submit("hold", "gate", 8);
  REQUIRE(cluster.eventually([&] { return cluster.runs().size() == 6; }));

  cluster.terminate("control");
  CHECK(cluster.wait_for_end("control", stop_limit) == 0);
  cluster.open_gate("gate");
  cluster.start("control");

  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
}

} // namespace drain_test
