// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>

#include "tests/support/cluster_checks.hpp"
#include "tests/support/named_pipe.hpp"

/// Programs as handlers, and the processes and hosts that run them.
namespace programs_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

/// One worker, and a queue "job" whose handler is the payload as a script.
cluster_plan scripts(const std::string& settings = {}) {
  cluster_plan plan;
  plan.workers = 1;
  plan.more = "[handlers.job]\nexec = [\"sh\", \"-s\"]\n\n[queues.job]\nhandler = \"job\"\n"
              "max_losses = 100\n"
              + settings;
  return plan;
}

struct scripted_cluster {
  explicit scripted_cluster(cluster_plan plan) : cluster{std::move(plan)} { cluster.start_all(); }

  std::string file(const std::string& name) const { return cluster.folder() / name; }
  bool has_line(const std::string& name) const { return read_file(file(name)).ends_with('\n'); }

  /// The number that a script wrote there.
  pid_t pid_in(const std::string& name) const {
    REQUIRE(cluster.eventually([&] { return has_line(name); }));
    return std::stoi(read_file(file(name)));
  }

  bool is_gone(pid_t pid) const {
    return cluster.eventually([&] { return ::kill(pid, 0) != 0; });
  }

  job ended(const std::vector<job_id>& jobs) {
    REQUIRE(cluster.eventually([&] { return cluster.finished(jobs); }));
    return cluster.find(jobs.front());
  }

  process_cluster cluster;
};

} // namespace

TEST_CASE("J3: what a program started does not outlive a killed worker, beside the next run") {
  scripted_cluster x{scripts()};
  // The script's own process waits for a child, which would work on.
  x.cluster.submit("job", "sh -c 'echo $$ >>" + x.file("child") + "; exec sleep 1000'; true");
  const auto child = x.pid_in("child");
  REQUIRE(::kill(child, 0) == 0);

  x.cluster.kill("worker-1");

  CHECK(x.is_gone(child));
}

TEST_CASE("F20: a stop that reaches the programs as well uses up no attempt") {
  scripted_cluster x{scripts("max_attempts = 1\n")};
  const auto programs_first = GENERATE(false, true);
  CAPTURE(programs_first);
  auto jobs = x.cluster.submit("job", "echo $$ >" + x.file("pid") + "; exec sleep 1000");
  const auto program = x.pid_in("pid");

  // As a service manager does by default: all processes of the service get the signal.
  if (programs_first)
    ::kill(program, SIGTERM);
  x.cluster.terminate("worker-1");
  ::kill(program, SIGTERM);

  CHECK(x.cluster.wait_for_end("worker-1", 20s) == 0);
  auto back = x.cluster.find(jobs.front());
  CHECK_FALSE(is_final(back.state));
  CHECK(back.counters.failures == 0);
  CHECK(back.counters.losses == 0);
}

TEST_CASE("a program that somebody ends alone has failed") {
  scripted_cluster x{scripts("max_attempts = 1\n")};
  auto jobs = x.cluster.submit("job", "echo $$ >" + x.file("pid") + "; exec sleep 1000");

  ::kill(x.pid_in("pid"), SIGTERM);

  auto failed = x.ended(jobs);
  CHECK(failed.state == job_state::dead);
  CHECK_THAT(failed.error, Contains("was ended by signal 15 (SIGTERM)"));
}

TEST_CASE("F05: after a run time-out no attempt begins beside the last one") {
  auto plan = scripts("max_attempts = 3\nrun_timeout = \"300ms\"\nbackoff = {base = \"0s\"}\n");
  plan.cancel_grace = 500ms;
  scripted_cluster x{plan};
  auto jobs = x.cluster.submit(
    "job", "cd " + x.cluster.folder().string()
             + "; trap '' TERM; if [ -e last ] && kill -0 $(cat last); then echo >overlap; fi; "
               "echo $$ >last; echo >>runs; exec sleep 1000");

  auto late = x.ended(jobs);

  CHECK(late.state == job_state::dead);
  CHECK(late.reason == end_reason::deadline);
  CHECK(read_file(x.file("runs")) == "\n\n\n");
  CHECK_FALSE(std::filesystem::exists(x.file("overlap")));
}

TEST_CASE("F07: a program has all of cancel_grace for its end") {
  // That queue's program ends when 2.5 s have passed at the worker.
  auto plan = scripts("\n[queues.clock]\nhandler = \"job\"\nmax_attempts = 1\n"
                      "run_timeout = \"2500ms\"\n");
  plan.cancel_grace = 60s;
  scripted_cluster x{plan};
  named_pipe go{x.file("go")};
  auto jobs = x.cluster.submit(
    "job", "trap 'echo >" + x.file("told") + "; read line <" + x.file("go") + "; echo >"
             + x.file("saved") + "; exit' TERM; sleep 1000 & echo >" + x.file("begun") + "; wait");
  REQUIRE(x.cluster.eventually([&] { return x.has_line("begun"); }));

  REQUIRE(x.cluster.client().cancel(jobs) == std::vector{errc::none});
  REQUIRE(x.cluster.eventually([&] { return x.has_line("told"); }));
  // Longer than the two seconds that it had whatever was configured.
  CHECK(x.ended(x.cluster.submit("clock", "exec sleep 1000")).reason == end_reason::deadline);
  go.let_go();

  CHECK(x.ended(jobs).state == job_state::cancelled);
  CHECK(x.has_line("saved"));
}

TEST_CASE("a host without the program costs no job an attempt, and says so") {
  temporary_folder folder;
  const auto tool = folder.path() / "tool";
  cluster_plan plan;
  plan.workers = 2;
  plan.more = fmt::format("[handlers.job]\nexec = [\"{}\"]\n\n[queues.job]\nhandler = \"job\"\n"
                          "max_attempts = 1\n",
                          tool.string());
  scripted_cluster x{plan};
  auto jobs = x.cluster.submit("job", "hello", 20);
  auto good = x.cluster.submit("noop", "x", 5);
  REQUIRE(x.cluster.eventually([&] { return x.cluster.finished(good); }));

  for (const auto& waiting : x.cluster.find(jobs))
    CHECK(waiting.state == job_state::ready);
  CHECK_THAT(x.cluster.troupe({"workers"}).output,
             Contains("not job: cannot run program '" + tool.string() + "'"));
  CHECK_THAT(x.cluster.log("worker-1"), Contains("cannot start handler 'job'"));
  std::ofstream{tool} << "#!/bin/sh\nexec cat\n";
  std::filesystem::permissions(tool, std::filesystem::perms::owner_all);

  CHECK(x.ended(jobs).result == "hello");
  for (const auto& done : x.cluster.find(jobs)) {
    CHECK(done.state == job_state::succeeded);
    CHECK(done.counters.failures == 0);
  }
}

TEST_CASE("F35: a killer dies alone, the jobs beside it run to their end") {
  auto plan = scripts("");
  plan.slots = 4;
  plan.prefetch = 10;
  plan.more += "[queues.mixed]\nhandler = \"job\"\nmax_losses = 3\n";
  scripted_cluster x{plan};
  named_pipe kill{x.file("kill")}, go{x.file("go")};
  auto script = [&](const std::string& name, const std::string& pipe, const std::string& then) {
    return "echo >>" + x.file(name) + "; read line <" + x.file(pipe) + "; " + then;
  };
  auto killer = x.cluster.submit("mixed", script("killers", "kill", "kill -9 $PPID"));
  auto neighbours = x.cluster.submit("mixed", script("neighbours", "go", "echo done"), 9);
  auto begun = [&](const std::string& name) { return read_file(x.file(name)).size(); };
  auto all_slots_run = [&](std::size_t times) {
    return x.cluster.eventually(
      [&] { return begun("killers") == times && begun("neighbours") == 3 * times; });
  };

  for (const std::size_t times : {1UL, 2UL}) {
    REQUIRE(all_slots_run(times));
    kill.let_go();
    REQUIRE(x.cluster.wait_for_end("worker-1", 20s));
    x.cluster.start("worker-1");
  }
  // The next loss would be the last one of all four.
  kill.let_go();
  go.let_go(neighbours.size());
  auto ended = x.cluster.eventually(
    [&] {
      if (!x.cluster.is_running("worker-1"))
        x.cluster.start("worker-1");
      return x.cluster.finished(neighbours) && x.cluster.finished(killer);
    },
    60s);

  REQUIRE(ended);
  CHECK(x.cluster.find(killer.front()).state == job_state::dead);
  for (const auto& neighbour : x.cluster.find(neighbours))
    CHECK(neighbour.state == job_state::succeeded);
}

} // namespace programs_test
