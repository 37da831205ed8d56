// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "messages/time.hpp"

namespace troupe {

/// How far a long task is, how fast it goes and how long it still takes. Times are counted from
/// the task's start.
class progress_meter {
public:
  /// `total` 0: unknown.
  progress_meter(std::string label, std::uint64_t total);

  void update(std::uint64_t done, milliseconds now);

  /// Over the last few seconds; 0 when there is nothing to go by yet.
  double per_second() const;

  /// "submitting [#####.....] 500/1000 250/s, 2.0 s left", never wider than `width`.
  std::string line(std::size_t width) const;

private:
  struct sample {
    milliseconds at;
    std::uint64_t done;
  };

  std::string label_;
  std::uint64_t total_;
  std::deque<sample> samples_;
};

/// Draws a meter on standard error when that is a terminal and the task lasts longer than a second.
/// Takes itself off the screen at the end.
class progress_bar {
public:
  progress_bar(std::string label, std::uint64_t total, bool wanted);
  ~progress_bar();
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;

  /// Cheap: draws a few times a second at most.
  void update(std::uint64_t done);

private:
  progress_meter meter_;
  bool wanted_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point started_;
  milliseconds next_draw_{1000};
};

} // namespace troupe
