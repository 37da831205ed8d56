// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>

#include "apps/photos/cluster_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace cluster_process_test {

using namespace photos;
using namespace std::chrono_literals;

using troupe::test::temporary_folder;

namespace {

void wait_for_line(const temporary_folder& folder) {
  for (int i = 0; i < 100 && last_lines(folder.path() / "log", 1).empty(); ++i)
    folder.wait_for_change(100ms);
  REQUIRE_FALSE(last_lines(folder.path() / "log", 1).empty());
}

} // namespace

TEST_CASE("a program runs in its folder, writes to its log, and stops when asked") {
  temporary_folder folder;
  auto log = folder.path() / "log";
  auto started = cluster_process::start(
    {"/bin/sh", "-c", "trap 'kill $!; exit 0' TERM; sleep 1000 & pwd; wait"}, folder.path(), log);
  REQUIRE(started);
  wait_for_line(folder);

  CHECK(started->stop(10s));

  CHECK_FALSE(started->is_running());
  CHECK(last_lines(log, 9) == "  " + std::filesystem::canonical(folder.path()).string() + "\n");
}

TEST_CASE("a program that does not stop is killed, and that is no good end") {
  temporary_folder folder;
  auto log = folder.path() / "log";
  auto started = cluster_process::start(
    {"/bin/sh", "-c", "trap '' TERM; echo ready; exec sleep 1000"}, folder.path(), log);
  REQUIRE(started);
  wait_for_line(folder);

  CHECK_FALSE(started->stop(50ms));
  CHECK_FALSE(started->is_running());
}

TEST_CASE("a program that is not there is refused by name") {
  temporary_folder folder;
  auto log = folder.path() / "log";

  auto started = cluster_process::start({"/nowhere/troupe"}, folder.path(), log);

  REQUIRE_FALSE(started);
  CHECK_THAT(started.error().text, Catch::Contains("/nowhere/troupe"));
}

TEST_CASE("the end of a log is its last lines") {
  temporary_folder folder;
  auto log = folder.path() / "log";
  std::ofstream{log} << "1\n2\n3\n";

  CHECK(last_lines(log, 2) == "  2\n  3\n");
  CHECK(last_lines(log, 9) == "  1\n  2\n  3\n");
  CHECK(last_lines(folder.path() / "none", 9).empty());
}

} // namespace cluster_process_test
