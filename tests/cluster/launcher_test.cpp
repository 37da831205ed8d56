// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <map>
#include <memory>

#include "tests/support/cluster_checks.hpp"

namespace launcher_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

/// `troupe up` runs the nodes of a cluster, the test only talks to them.
struct launched_cluster {
  launched_cluster() {
    auto all_joined = [this] { return output().find("ready: all 3 nodes") != std::string::npos; };
    REQUIRE(cluster.eventually(all_joined));
  }

  static cluster_plan plan() {
    cluster_plan result;
    result.workers = 2;
    return result;
  }

  std::string output() const { return read_file(cluster.folder() / "up.out"); }

  /// The processes of the nodes by their names.
  std::map<std::string, pid_t> pids() {
    std::map<std::string, pid_t> result;
    if (auto nodes = cluster.client().nodes())
      for (const auto& x : *nodes)
        result[x.name] = static_cast<pid_t>(x.pid);
    return result;
  }

  process_cluster cluster{plan()};
  program up{
    {built_program("troupe"), "up", cluster.config(), "--exe", built_program("cluster_node")},
    cluster.folder() / "up.out",
    cluster.folder() / "up.err"};
};

bool gone(pid_t pid) {
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

} // namespace

TEST_CASE_METHOD(launched_cluster, "`troupe up` starts a node again that was killed, and says so") {
  auto jobs = cluster.submit("hold", "gate", 4);
  REQUIRE(cluster.eventually([&] { return cluster.runs().size() == 4; }));
  auto before = pids();
  REQUIRE(before.size() == 3);

  ::kill(before.at("worker-1"), SIGKILL);

  auto restarted = [&] {
    auto now = pids();
    return now.size() == 3 && now.at("worker-1") != before.at("worker-1");
  };
  REQUIRE(cluster.eventually(restarted));
  CHECK_THAT(output(),
             Contains("worker-1 ended by signal 9")
               && Contains("worker-1 restarted, pid " + std::to_string(pids().at("worker-1"))));
  cluster.open_gate("gate");
  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
}

TEST_CASE("`troupe up` starts a node again that hangs") {
  process_cluster cluster{launched_cluster::plan()};
  auto output = [&] { return read_file(cluster.folder() / "up.out"); };
  program up{{built_program("troupe"), "up", cluster.config(), "--exe",
              built_program("cluster_node"), "--watchdog", "5s"},
             cluster.folder() / "up.out",
             cluster.folder() / "up.err"};
  auto said = [&](const std::string& text) { return output().find(text) != std::string::npos; };
  REQUIRE(cluster.eventually([&] { return said("ready: all 3 nodes"); }));
  auto nodes = cluster.client().nodes();
  REQUIRE(nodes);

  for (const auto& x : *nodes)
    if (x.name == "worker-1")
      ::kill(static_cast<pid_t>(x.pid), SIGSTOP);

  CHECK(cluster.eventually([&] { return said("worker-1 hangs: no sign of life for 5"); }));
  CHECK(cluster.eventually([&] { return said("worker-1 restarted, pid "); }));
  CHECK_FALSE(said("worker-2 hangs"));
  CHECK_FALSE(said("control hangs"));
  up.signal(SIGTERM);
  CHECK(up.wait(20s) == 0);
}

TEST_CASE_METHOD(launched_cluster, "`troupe up` starts the control node again, and jobs go on") {
  auto jobs = cluster.submit("hold", "gate", 6);
  REQUIRE(cluster.eventually([&] { return cluster.runs().size() == 4; }));
  auto before = pids();

  ::kill(before.at("control"), SIGKILL);
  cluster.open_gate("gate");

  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  check_succeeded_under_last_lease(cluster.find(jobs), cluster.runs());
  CHECK_THAT(output(), Contains("control restarted, pid"));
}

TEST_CASE_METHOD(launched_cluster, "SIGTERM to `troupe up` stops all nodes, the workers first") {
  auto processes = pids();
  REQUIRE(processes.size() == 3);

  up.signal(SIGTERM);

  CHECK(up.wait(20s) == 0);
  for (const auto& [name, pid] : processes) {
    CAPTURE(name);
    CHECK(gone(pid));
  }
  auto said = output();
  auto control_stops = said.find("control stopping");
  CHECK(said.find("worker-1 ended with status 0") < control_stops);
  CHECK(said.find("worker-2 ended with status 0") < control_stops);
  CHECK(control_stops < said.find("control ended with status 0"));
}

TEST_CASE_METHOD(launched_cluster, "nodes do not outlive a `troupe up` that is killed") {
  auto processes = pids();
  REQUIRE(processes.size() == 3);

  up.signal(SIGKILL);

  CHECK(up.wait(10s) == -SIGKILL);
  for (const auto& [name, pid] : processes) {
    CAPTURE(name);
    CHECK(cluster.eventually([pid = pid] { return gone(pid); }));
  }
}

TEST_CASE("`troupe up` under nohup goes on when its terminal is gone") {
  process_cluster cluster{launched_cluster::plan()};
  auto output = [&] { return read_file(cluster.folder() / "up.out"); };
  program up{{"sh", "-c", R"(trap '' HUP; exec "$0" up "$1" --exe "$2")", built_program("troupe"),
              cluster.config(), built_program("cluster_node")},
             cluster.folder() / "up.out",
             cluster.folder() / "up.err"};
  auto ready = [&] { return output().find("ready: all 3 nodes") != std::string::npos; };
  REQUIRE(cluster.eventually(ready));

  up.signal(SIGHUP);

  auto jobs = cluster.submit("noop", "x");
  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  up.signal(SIGTERM);
  CHECK(up.wait(20s) == 0);
  CHECK_THAT(output(), !Contains("SIGHUP") && Contains("stopping after SIGTERM"));
}

TEST_CASE_METHOD(launched_cluster, "`troupe up` stops all nodes when its terminal is gone") {
  up.signal(SIGHUP);

  CHECK(up.wait(20s) == 0);
  CHECK_THAT(output(), Contains("stopping after SIGHUP"));
}

TEST_CASE("a second `troupe up` of one file does not take the first one's nodes for its own") {
  cluster_plan plan;
  plan.workers = 0;
  process_cluster cluster{plan};
  const auto up_beside = [&](const std::string& name) {
    return std::make_unique<program>(
      std::vector{built_program("troupe"), std::string{"up"}, cluster.config().string(),
                  std::string{"--exe"}, built_program("cluster_node")},
      cluster.folder() / (name + ".out"), cluster.folder() / (name + ".err"));
  };
  const auto output
    = [&](const std::string& name) { return read_file(cluster.folder() / (name + ".out")); };
  auto first = up_beside("first");
  REQUIRE(cluster.eventually([&] { return output("first").find("ready:") != std::string::npos; }));

  auto second = up_beside("second");

  CHECK(second->wait(30s) == 1);
  CHECK_THAT(output("second"), Contains("giving up") && !Contains("ready:"));
  CHECK_THAT(read_file(cluster.folder() / "second.err"), Contains("stop that first"));
  CHECK(cluster.client().nodes());
}

TEST_CASE("a hangup ends no node and no job") {
  process_cluster cluster{launched_cluster::plan()};
  cluster.start_all();
  auto jobs = cluster.submit("hold", "gate", 2);
  REQUIRE(cluster.eventually([&] { return cluster.runs().size() == 2; }));

  for (const auto* node : {"control", "worker-1", "worker-2"})
    cluster.hang_up(node);

  for (const auto* node : {"control", "worker-1", "worker-2"})
    REQUIRE(cluster.eventually(
      [&] { return cluster.log(node).find("SIGHUP: goes on") != std::string::npos; }));
  cluster.open_gate("gate");
  REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
  for (const auto& x : cluster.find(jobs))
    CHECK(x.counters.losses == 0);
}

} // namespace launcher_test
