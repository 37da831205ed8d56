// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "apps/troupe/text_format.hpp"
#include "apps/troupe/up_display.hpp"

namespace up_display_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

std::vector<process_status> two_processes() {
  process_status control{"control", process_state::running, 4711, 1, {}};
  process_status worker{"worker-1", process_state::waiting, 0, 3, {}};
  return {control, worker};
}

} // namespace

TEST_CASE("the live table shows each process, and that nobody answers yet") {
  auto lines = draw_cluster("title", two_processes(), {}, {"it began"}, {80, 24},
                            launcher::time_point{} + 90s);

  CHECK(lines
        == std::vector<std::string>{"title", "", "NODE      STATE     PID  STARTS          UP",
                                    "control   running  4711       1  1 min 30 s",
                                    "worker-1  waiting     -       3           -", "",
                                    "The control node does not answer.", "", "it began"});
}

TEST_CASE("the live table fits any terminal and keeps the newest events in view") {
  auto columns = GENERATE(as<std::size_t>{}, 2, 20, 80);
  auto rows = GENERATE(as<std::size_t>{}, 2, 6, 12, 24);
  cluster_snapshot cluster;
  cluster.answered = true;
  cluster.queues.resize(30);
  std::deque<std::string> events{"first", "second", "third", "fourth", "latest"};

  auto lines = draw_cluster("a title that is rather long", two_processes(), cluster, events,
                            {columns, rows}, launcher::time_point{} + 1s);

  CHECK(lines.size() < rows);
  for (auto& line : lines)
    CHECK(character_count(line) < columns);
  if (columns == 80 && rows >= 6) {
    CHECK(lines.back() == "latest");
    CHECK(std::count(lines.begin(), lines.end(),
                     "... more than fits; see `troupe queues`, `troupe workers`")
          == 1);
  }
}

} // namespace up_display_test
