// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/up_display.hpp"

#include <algorithm>
#include <iostream>

#include "apps/troupe/cluster_tables.hpp"
#include "apps/troupe/text_format.hpp"

namespace troupe {

namespace {

constexpr std::size_t events_min = 3;

text_table table_of(const std::vector<process_status>& processes, launcher::time_point now) {
  text_table table{{{"NODE"}, {"STATE"}, {"PID", true}, {"STARTS", true}, {"UP", true}}};
  for (auto& x : processes) {
    auto up = std::chrono::duration_cast<milliseconds>(now - x.started_at);
    table.add({x.name, to_string(x.state), x.pid == 0 ? "-" : std::to_string(x.pid),
               std::to_string(x.starts), x.pid == 0 ? "-" : format_age(up)});
  }
  return table;
}

} // namespace

std::vector<std::string> draw_cluster(const std::string& title,
                                      const std::vector<process_status>& processes,
                                      const cluster_snapshot& cluster,
                                      const std::deque<std::string>& events, terminal_size size,
                                      launcher::time_point now) {
  // One column and one row stay free: a full last one makes terminals scroll.
  auto width = size.columns - 1;
  auto height = size.rows - 1;
  std::vector<std::string> lines{one_line(title, width)};
  auto add = [&](const text_table& table) {
    lines.emplace_back();
    auto more = table.lines(width);
    lines.insert(lines.end(), more.begin(), more.end());
  };
  add(table_of(processes, now));
  if (!cluster.queues.empty())
    add(table_of(cluster.queues));
  if (!cluster.workers.empty())
    add(table_of(cluster.workers));
  if (!cluster.answered) {
    lines.emplace_back();
    lines.push_back(one_line("The control node does not answer.", width));
  }
  auto room = height > events_min + 1 ? height - events_min - 1 : 0;
  if (lines.size() > room) {
    lines.resize(room);
    if (room != 0)
      lines.back() = one_line("... more than fits; see `troupe queues`, `troupe workers`", width);
  }
  auto shown = std::min(events.size(), height - std::min(height, lines.size() + 1));
  if (shown != 0)
    lines.emplace_back();
  for (auto i = events.end() - static_cast<std::ptrdiff_t>(shown); i != events.end(); ++i)
    lines.push_back(one_line(*i, width));
  return lines;
}

void live_screen::draw(const std::vector<std::string>& lines) {
  std::string text = "\r";
  if (drawn_ != 0)
    text += "\x1b[" + std::to_string(drawn_) + "A";
  // Each line is cleared behind its text: clearing all first would flicker.
  for (auto& line : lines)
    text += line + "\x1b[K\n";
  std::cout << text << "\x1b[J" << std::flush;
  drawn_ = lines.size();
}

} // namespace troupe
