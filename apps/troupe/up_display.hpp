// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "apps/troupe/cluster_view.hpp"
#include "apps/troupe/launcher.hpp"
#include "apps/troupe/terminal.hpp"

namespace troupe {

/// All that the live table of `troupe up` shows, as lines that fit: tables first, then the newest
/// events in what room is left.
std::vector<std::string> draw_cluster(const std::string& title,
                                      const std::vector<process_status>& processes,
                                      const cluster_snapshot& cluster,
                                      const std::deque<std::string>& events, terminal_size size,
                                      launcher::time_point now);

/// Lines that are drawn over each other on standard output, a terminal.
class live_screen {
public:
  void draw(const std::vector<std::string>& lines);

private:
  std::size_t drawn_ = 0;
};

} // namespace troupe
