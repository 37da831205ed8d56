// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>

#include "apps/troupe/launcher.hpp"

namespace launcher_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

using event = std::pair<std::string, std::string>;

/// Runs a launcher until something holds; fails the test when it does not within the deadline.
struct launched {
  explicit launched(std::vector<process_description> processes)
      : subject{std::move(processes), 1,
                [this](auto& name, auto& what) { events.emplace_back(name, what); }} {}

  template <class Condition>
  void run_until(Condition holds) {
    auto deadline = std::chrono::steady_clock::now() + 20s;
    for (;;) {
      subject.poll(std::chrono::steady_clock::now());
      if (holds())
        return;
      if (std::chrono::steady_clock::now() > deadline)
        FAIL("nothing happened within the deadline");
      std::this_thread::yield();
    }
  }

  std::ptrdiff_t count(const std::string& beginning) const {
    return std::count_if(events.begin(), events.end(),
                         [&](auto& x) { return x.second.starts_with(beginning); });
  }

  std::vector<event> events;
  launcher subject;
};

process_description shell(const std::string& name, const std::string& script,
                          std::uint32_t stop_order) {
  return {name, {"/bin/sh", "-c", script}, {}, stop_order, 10s};
}

bool exists(pid_t pid) {
  return kill(pid, 0) == 0;
}

} // namespace

TEST_CASE("a process that dies is started again") {
  launched nodes{{shell("a", "exec sleep 100", 0)}};
  nodes.run_until([&] { return nodes.count("started") == 1; });

  kill(nodes.subject.processes()[0].pid, SIGKILL);
  nodes.run_until([&] { return nodes.count("restarted") == 1; });

  CHECK(nodes.subject.processes()[0].starts == 2);
  CHECK(nodes.count("ended by signal 9 (Killed); restarting in ") == 1);
}

TEST_CASE("processes are stopped in order, each group after the one before has ended") {
  launched nodes{{shell("control", "exec sleep 100", 1), shell("worker", "exec sleep 100", 0)}};
  nodes.run_until([&] { return nodes.count("started") == 2; });
  nodes.events.clear();

  nodes.subject.stop(std::chrono::steady_clock::now());
  nodes.run_until([&] { return nodes.subject.done(); });

  CHECK(nodes.events
        == std::vector<event>{{"worker", "stopping"},
                              {"worker", "ended by signal 15 (Terminated)"},
                              {"control", "stopping"},
                              {"control", "ended by signal 15 (Terminated)"}});
}

TEST_CASE("a process that does not stop in time is killed") {
  auto ready
    = std::filesystem::temp_directory_path() / ("troupe_launcher_test_" + std::to_string(getpid()));
  auto stubborn = shell("a", "trap '' TERM; touch " + ready.string() + "; exec sleep 1000", 0);
  stubborn.stop_grace = 50ms;
  launched nodes{{stubborn}};
  nodes.run_until([&] { return std::filesystem::exists(ready); });
  std::filesystem::remove(ready);

  nodes.subject.stop(std::chrono::steady_clock::now());
  nodes.run_until([&] { return nodes.subject.done(); });

  CHECK(nodes.count("does not stop in time; killing it") == 1);
  CHECK(nodes.count("ended by signal 9") == 1);
}

TEST_CASE("a process that gives no sign of life any more is killed and started again") {
  auto hanging = shell("a", "exec sleep 100", 0);
  hanging.watchdog = 60s;
  launched nodes{{hanging, shell("b", "exec sleep 100", 0)}};
  nodes.run_until([&] { return nodes.count("started") == 2; });
  const auto processes = nodes.subject.processes();
  const auto begun = std::chrono::steady_clock::now();
  nodes.subject.heard(processes[0].pid, begun);
  nodes.subject.heard(processes[1].pid, begun); // which is not watched
  nodes.subject.heard(1, begun);                // somebody else

  nodes.subject.poll(begun + 59s);
  CHECK(nodes.subject.processes()[0].pid == processes[0].pid);
  nodes.subject.heard(processes[0].pid, begun + 59s);
  nodes.subject.poll(begun + 61s);
  CHECK(nodes.count("hangs") == 0);
  nodes.subject.poll(begun + 120s);

  CHECK(nodes.count("hangs: no sign of life for ") == 1);
  nodes.run_until([&] { return nodes.count("restarted") == 1; });
  CHECK(nodes.subject.processes()[0].starts == 2);
  CHECK(nodes.subject.processes()[1].pid == processes[1].pid);
}

TEST_CASE("a process that never gave a sign of life is left alone") {
  auto silent = shell("a", "exec sleep 100", 0);
  silent.watchdog = 1s;
  launched nodes{{silent}};
  nodes.run_until([&] { return nodes.count("started") == 1; });

  nodes.subject.poll(std::chrono::steady_clock::now() + 24h);

  CHECK(nodes.count("hangs") == 0);
}

TEST_CASE("a process that never works ends the launcher with its name") {
  launched nodes{{shell("good", "exec sleep 100", 1), shell("bad", "exit 2", 0)}};

  nodes.run_until([&] { return nodes.subject.done(); });

  REQUIRE(nodes.subject.problem());
  CHECK_THAT(nodes.subject.problem()->text, Catch::StartsWith("node 'bad' does not start"));
}

TEST_CASE("a program that does not exist is named") {
  launched nodes{{{"a", {"/nonexistent/program"}, {}, 0, 1s}}};

  nodes.run_until([&] { return nodes.subject.done(); });

  REQUIRE(nodes.subject.problem());
  CHECK(nodes.subject.problem()->text
        == "a: cannot run /nonexistent/program: No such file or directory");
}

TEST_CASE("processes do not outlive their launcher") {
  pid_t pid = 0;
  {
    launched nodes{{shell("a", "exec sleep 100", 0)}};
    nodes.run_until([&] { return nodes.count("started") == 1; });
    pid = nodes.subject.processes()[0].pid;
    REQUIRE(exists(pid));
  }
  CHECK_FALSE(exists(pid));
}

TEST_CASE("output goes to the log, and each start adds to it") {
  auto log = std::filesystem::temp_directory_path()
             / ("troupe_launcher_test_log_" + std::to_string(getpid()));
  auto noisy = shell("a", "echo out; echo err >&2; exec sleep 100", 0);
  noisy.log = log;
  auto content = [&] {
    std::ifstream file{log};
    return std::string{std::istreambuf_iterator<char>{file}, {}};
  };
  launched nodes{{noisy}};
  nodes.run_until([&] { return content() == "out\nerr\n"; });

  kill(nodes.subject.processes()[0].pid, SIGKILL);
  nodes.run_until([&] { return content() == "out\nerr\nout\nerr\n"; });

  CHECK(nodes.subject.processes()[0].starts == 2);
  std::filesystem::remove(log);
}

} // namespace launcher_test
