// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/support/process_cluster.hpp"
#include "tests/support/temporary_folder.hpp"

namespace command_line_test {

using namespace troupe;
using namespace troupe::test;
using Catch::Matchers::Contains;

namespace {

program_end troupe_alone(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), built_program("troupe"));
  return run_program(arguments);
}

/// Jobs that are finished, waiting or running, in all queues.
std::uint64_t count_jobs(client& cluster) {
  auto jobs = cluster.list({});
  return jobs ? jobs->jobs.size() : 0;
}

} // namespace

TEST_CASE("a command that is missing or unknown is answered with those there are") {
  auto missing = troupe_alone({"jobs"});
  auto unknown = troupe_alone({"jobs", "shwo"});

  for (const auto& end : {missing, unknown}) {
    CHECK(end.status == 2);
    CHECK_THAT(end.errors, Contains("expected one of list, show, cancel, retry"));
  }
  CHECK_THAT(unknown.errors, Contains("did you mean \"show\"?"));
}

TEST_CASE("whoever finds no cluster is told why and what to do") {
  auto end = troupe_alone({"queues", "--connect", "127.0.0.1:1"});

  CHECK(end.status == 3);
  CHECK_THAT(end.errors, Contains("no cluster answers at 127.0.0.1:1")
                           && Contains("nobody listens there") && Contains("troupe up"));
}

TEST_CASE("a number out of range is answered with its range") {
  auto priority = troupe_alone({"submit", "mail", "--priority", "10"});
  auto rate = troupe_alone({"queues", "redrive", "mail.dead", "--rate", "0"});

  CHECK(priority.status == 2);
  CHECK_THAT(priority.errors, Contains("--priority") && Contains("expected 0 to 9"));
  for (const auto* number : {"-1", "-5", "18446744073709551615"}) {
    auto after = troupe_alone({"records", "watch", "notes", "--after", number});
    CHECK(after.status == 2);
    CHECK_THAT(after.errors, Contains("--after") && Contains("expected 0 to"));
  }
  CHECK(rate.status == 2);
  CHECK_THAT(rate.errors, Contains("--rate: \"0\" is no number above 0"));
}

TEST_CASE("the largest job id there can be is one job") {
  // Nobody answers there: the ids were read before.
  auto shown = troupe_alone({"jobs", "show", "18446744073709551615", "--connect", "127.0.0.1:1"});

  CHECK(shown.status == 3);
}

TEST_CASE("version and help are commands too") {
  auto version = troupe_alone({"version", "--json"});
  auto help = troupe_alone({"help", "jobs", "list"});
  auto unknown = troupe_alone({"help", "jbos"});

  CHECK(version.status == 0);
  CHECK(nlohmann::json::parse(version.output).at("wire_version").is_number());
  CHECK(troupe_alone({"--version"}).output == troupe_alone({"version"}).output);
  CHECK(help.status == 0);
  CHECK(help.output.find(troupe_alone({"jobs", "list", "--help"}).output) == 0);
  CHECK(unknown.status == 2);
  CHECK_THAT(unknown.errors, Contains("did you mean \"jobs\"? expected one of"));
}

TEST_CASE("a command whose answer cannot be written fails and says so") {
  temporary_folder folder;

  for (const auto* command : {"version", "help"}) {
    program lost{{built_program("troupe"), command}, "/dev/full", folder.path() / "errors"};
    CHECK(lost.wait(milliseconds{20'000}) == 1);
  }

  CHECK_THAT(read_file(folder.path() / "errors"), Contains("could not be written"));
}

TEST_CASE("whoever stops waiting gets the ids of the stored jobs") {
  process_cluster cluster;
  cluster.start("control");
  auto& client = cluster.client();
  temporary_folder folder;
  program waiting{{built_program("troupe"), "submit", "noop", "--count", "3", "--wait", "--json",
                   "--connect", cluster.address()},
                  folder.path() / "output",
                  folder.path() / "errors"};
  REQUIRE(cluster.eventually([&] { return count_jobs(client) == 3; }));

  waiting.signal(SIGINT);

  CHECK(waiting.wait(milliseconds{10'000}) == 130);
  auto document = nlohmann::json::parse(read_file(folder.path() / "output"));
  CHECK(document.at("count") == 3);
  CHECK(document.at("ids").size() == 3);
  CHECK(count_jobs(client) == 3);
}

TEST_CASE("a redrive moves only what was there when it began, even if all of it dies again") {
  cluster_plan plan;
  plan.workers = 1;
  plan.more = "[queues.hopeless]\nhandler = \"false\"\nmax_attempts = 1\n"
              "[handlers.false]\nexec = [\"false\"]\n";
  process_cluster cluster{plan};
  cluster.start_all();
  REQUIRE(cluster.troupe({"submit", "hopeless", "--count", "3", "--wait"}).status == 4);

  // One at a time, so that each has died again before the next one is moved.
  auto end = cluster.troupe({"queues", "redrive", "hopeless.dead", "--rate", "4", "--json"});

  REQUIRE(end.status == 0);
  CHECK(nlohmann::json::parse(end.output).at("moved") == 3);
}

} // namespace command_line_test
