// SPDX-License-Identifier: Apache-2.0
#include "bench/processor_time.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <unistd.h>

namespace troupe::bench {

namespace {

std::string contents(const std::filesystem::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

double in_seconds(std::uint64_t ticks) {
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double in_seconds(const timeval& x) {
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
}

} // namespace

double seconds_of_tree(pid_t root) {
  const std::filesystem::path process{"/proc/" + std::to_string(root)};
  auto sum = in_seconds(ticks_of_process(contents(process / "stat")));
  std::error_code ended; // meanwhile
  for (const auto& thread : std::filesystem::directory_iterator{process / "task", ended}) {
    std::ifstream children{thread.path() / "children"};
    for (pid_t child = 0; children >> child;)
      sum += seconds_of_tree(child);
  }
  return sum;
}

double seconds_of_ended_children() {
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  return in_seconds(used.ru_utime) + in_seconds(used.ru_stime);
}

double seconds_of_machine() {
  return in_seconds(busy_ticks(contents("/proc/stat")));
}

} // namespace troupe::bench
