// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <sstream>
#include <string>
#include <sys/types.h>

namespace troupe::bench {

/// Clock ticks that a process has run, from its /proc/PID/stat; 0 when that is cut off.
///
/// The parsers are in the header, so that tests need not link the benchmark.
inline std::uint64_t ticks_of_process(const std::string& stat) {
  // The program's name stands in parentheses, and may have blanks and parentheses itself.
  auto name_end = stat.rfind(')');
  if (name_end == std::string::npos)
    return 0;
  std::istringstream in{stat.substr(name_end + 1)};
  std::string skipped;
  for (int i = 0; i < 11; ++i)
    in >> skipped;
  std::uint64_t user = 0, kernel = 0;
  in >> user >> kernel;
  return user + kernel;
}

/// Clock ticks that all cores together were busy, or taken away from this virtual machine, from
/// /proc/stat.
inline std::uint64_t busy_ticks(const std::string& stat) {
  std::istringstream in{stat};
  std::string cpu;
  in >> cpu;
  std::array<std::uint64_t, 8> ticks{};
  for (auto& x : ticks)
    in >> x;
  auto [user, nice, system, idle, waiting, interrupts, soft_interrupts, stolen] = ticks;
  return user + nice + system + interrupts + soft_interrupts + stolen;
}

/// Seconds that a process and all that it started have run on the processor.
double seconds_of_tree(pid_t root);

/// Seconds that children of this process have run that ended and were waited for.
double seconds_of_ended_children();

/// Seconds that the cores of this machine were busy, added up.
double seconds_of_machine();

} // namespace troupe::bench
