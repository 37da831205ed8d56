// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace troupe {

/// Handlers that a worker cannot start: their program is missing, or the host has no memory or
/// descriptors left. Their jobs are others' meanwhile, so that the one host that fails at once, and
/// is free at once, does not eat the queue. Tried again after a growing while.
///
/// Pure state: no actor, no clock.
class withheld_handlers {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// It could not be started. True when it was not withheld before.
  bool withhold(const std::string& name, std::string why, time_point now);

  /// Withheld ones whose time has come: to be offered, or withheld again.
  std::vector<std::string> due(time_point now) const;

  /// It is to be tried again.
  void offer(const std::string& name);

  /// It was started: the next failure is the first again.
  void started(const std::string& name);

  /// Why it is withheld; null: it is not.
  const std::string* why(const std::string& name) const;

private:
  struct entry {
    std::string why;
    time_point until{};
    std::uint32_t failures = 0; ///< since it was last started
    bool withheld = false;
  };

  std::map<std::string, entry> entries_;
};

} // namespace troupe
