// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fmt/format.h>

#include "tests/support/cluster_checks.hpp"

namespace bad_handler_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

/// One worker with one slot: whatever holds the slot holds up all others.
cluster_plan one_slot(const std::string& more) {
  cluster_plan plan;
  plan.workers = 1;
  plan.slots = 1;
  plan.cancel_grace = 300ms;
  plan.more = more;
  return plan;
}

std::string exec_queue(const std::string& name, const std::string& script,
                       const std::string& settings) {
  return fmt::format("[handlers.{}]\nexec = [\"sh\", \"-c\", '{}']\n\n"
                     "[queues.{}]\nhandler = \"{}\"\nmax_attempts = 1\n{}\n\n",
                     name, script, name, name, settings);
}

/// Runs a bad job and good ones beside it. The bad one, when all have ended.
job run_beside_others(process_cluster& cluster, const std::string& queue,
                      const std::string& payload) {
  cluster.start_all();
  auto before = cluster.submit("noop", "x", 5);
  auto bad = cluster.submit(queue, payload);
  auto after = cluster.submit("noop", "x", 5);
  REQUIRE(cluster.eventually([&] { return cluster.finished(bad); }));
  REQUIRE(cluster.eventually([&] { return cluster.finished(after); }));
  check_succeeded_under_last_lease(cluster.find(before), cluster.runs());
  check_succeeded_under_last_lease(cluster.find(after), cluster.runs());
  return cluster.find(bad.front());
}

/// Is there still such a process? One that ended and was not waited for is none.
bool lives(const std::string& pid) {
  auto status = read_file("/proc/" + pid + "/stat");
  auto name_end = status.rfind(')');
  return name_end != std::string::npos && status.compare(name_end, 3, ") Z") != 0;
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \n") + 1);
  return text;
}

} // namespace

TEST_CASE("S2: a handler that throws fails its job with the exception's text") {
  process_cluster cluster{one_slot("")};

  auto bad = run_beside_others(cluster, "failing", "7");

  CHECK(bad.state == job_state::dead);
  CHECK(bad.reason == end_reason::error);
  CHECK(bad.error == "no paper in printer 7");
  auto letters = cluster.client().list({"failing.dead", {}, 0, 10, "", ""});
  REQUIRE(letters.has_value());
  REQUIRE(letters->jobs.size() == 1);
  CHECK(letters->jobs.front().origin == bad.id);
}

TEST_CASE("F35: a job that kills its workers is parked as poison, and others go on") {
  cluster_plan plan;
  plan.workers = 2;
  process_cluster cluster{plan};
  cluster.start_all();
  auto poison = cluster.submit("crashing", "x");
  auto others = cluster.submit("slow", "2", 20);

  auto parked = cluster.eventually([&] {
    for (const auto& name : cluster.worker_names())
      if (!cluster.is_running(name))
        cluster.start(name);
    return cluster.finished(poison);
  });

  REQUIRE(parked);
  auto bad = cluster.find(poison.front());
  CHECK(bad.state == job_state::dead);
  CHECK(bad.reason == end_reason::lease_lost);
  CHECK(bad.counters.losses == 3);
  CHECK(bad.counters.failures == 0);
  CHECK_THAT(bad.error, Contains("loss 3 of 3") && Contains("may kill its workers"));
  CHECK(cluster.runs_of(bad.id).size() == 3);
  REQUIRE(cluster.eventually([&] { return cluster.finished(others); }));
  check_succeeded_under_last_lease(cluster.find(others), cluster.runs());
}

TEST_CASE("S2: a program that prints 100 MB is ended at its limit, which the error names") {
  process_cluster cluster{
    one_slot(exec_queue("flood", "head -c 100000000 /dev/zero; echo done >&2", ""))};

  auto bad = run_beside_others(cluster, "flood", "");

  CHECK(bad.state == job_state::dead);
  CHECK(bad.result.empty());
  CHECK_THAT(bad.error, Contains("'sh'") && Contains("262144 bytes") && Contains("output_max"));
}

TEST_CASE("S2: of 100 MB on stderr the beginning and the end are kept") {
  process_cluster cluster{one_slot(exec_queue(
    "noise", "head -c 100000000 /dev/zero | tr \"\\\\0\" x >&2; echo bye >&2; exit 3", ""))};

  auto bad = run_beside_others(cluster, "noise", "");

  CHECK(bad.state == job_state::dead);
  CHECK(bad.error.size() <= 9000);
  CHECK_THAT(bad.error, Contains("'sh' exited with status 3: xx") && Contains(" bytes ...] ")
                          && Catch::EndsWith("bye"));
}

TEST_CASE("F05: a handler that never returns gives its slot free at its run time-out") {
  process_cluster cluster{one_slot("[queues.endless]\nhandler = \"stubborn\"\n"
                                   "run_timeout = \"300ms\"\nmax_attempts = 1\n")};

  auto bad = run_beside_others(cluster, "endless", "closed-gate");

  CHECK(bad.state == job_state::dead);
  CHECK(bad.reason == end_reason::deadline);
  CHECK_THAT(bad.error, Contains("run_timeout of 300 ms"));
}

TEST_CASE("F05: a program that ignores SIGTERM is killed after its run time-out") {
  process_cluster cluster{one_slot(exec_queue(
    "deaf", "trap \"\" TERM; echo $$ > \"$(cat)\"; exec sleep 1000", "run_timeout = \"500ms\""))};
  auto pid_file = cluster.folder() / "pid";

  auto bad = run_beside_others(cluster, "deaf", pid_file);

  CHECK(bad.state == job_state::dead);
  CHECK(bad.reason == end_reason::deadline);
  CHECK_THAT(bad.error, Contains("run_timeout"));
  auto pid = trimmed(read_file(pid_file));
  REQUIRE_FALSE(pid.empty());
  CHECK(cluster.eventually([&] { return !lives(pid); }));
}

TEST_CASE("S2: what a program leaves running in its process group is gone after it") {
  process_cluster cluster{one_slot(
    exec_queue("forks", "for i in 1 2 3; do sleep 1000 >/dev/null 2>&1 & echo $!; done", ""))};

  auto parent = run_beside_others(cluster, "forks", "");

  CHECK(parent.state == job_state::succeeded);
  std::istringstream children{parent.result};
  std::size_t count = 0;
  for (std::string pid; children >> pid; ++count)
    CHECK(cluster.eventually([&] { return !lives(pid); }));
  CHECK(count == 3);
}

TEST_CASE("S2: children of a program that is cancelled are ended with it") {
  process_cluster cluster{
    one_slot(exec_queue("family", "sleep 1000 & echo $! > \"$(cat)\"; wait", ""))};
  cluster.start_all();
  auto pid_file = cluster.folder() / "pid";
  auto jobs = cluster.submit("family", pid_file);
  REQUIRE(cluster.eventually([&] { return !trimmed(read_file(pid_file)).empty(); }));
  auto pid = trimmed(read_file(pid_file));
  REQUIRE(lives(pid));

  REQUIRE(cluster.client().cancel(jobs) == std::vector{errc::none});

  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  CHECK(cluster.find(jobs.front()).state == job_state::cancelled);
  CHECK(cluster.eventually([&] { return !lives(pid); }));
  auto next = cluster.submit("noop", "x");
  CHECK(cluster.eventually([&] { return cluster.finished(next); }));
}

} // namespace bad_handler_test
