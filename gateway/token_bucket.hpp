// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <chrono>

namespace troupe {

/// Lets so many requests through at once, and so many a second on the average.
class token_bucket {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Full at first. Both above 0.
  token_bucket(double per_second, double burst, time_point now)
      : per_second_{per_second},
        burst_{burst},
        left_{burst},
        at_{now} {}

  /// Takes one, if there is one.
  bool take(time_point now) {
    fill(now);
    if (left_ < 1)
      return false;
    left_ -= 1;
    return true;
  }

  /// Takes so many if there is one at all; what is missing is owed.
  bool take_on_credit(double count, time_point now) {
    if (!any(now))
      return false;
    left_ -= count;
    return true;
  }

  /// Takes so many, whatever there is.
  void owe(double count, time_point now) {
    fill(now);
    left_ -= count;
  }

  /// Whether there is one.
  bool any(time_point now) {
    fill(now);
    return left_ >= 1;
  }

  bool full(time_point now) {
    fill(now);
    return left_ >= burst_;
  }

  /// As of the last call; below 0: what is owed.
  double left() const noexcept { return left_; }

  /// Until there is one again, as of the last call; 0: there is.
  std::chrono::duration<double> until_next() const noexcept { return until(1); }
  std::chrono::duration<double> until_full() const noexcept { return until(burst_); }

private:
  std::chrono::duration<double> until(double wanted) const noexcept {
    return std::chrono::duration<double>{std::max(0.0, (wanted - left_) / per_second_)};
  }

  // Time that goes back counts as none.
  void fill(time_point now) {
    const std::chrono::duration<double> passed = now - at_;
    if (passed.count() > 0) {
      left_ = std::min(burst_, left_ + passed.count() * per_second_);
      at_ = now;
    }
  }

  double per_second_;
  double burst_;
  double left_;
  time_point at_;
};

} // namespace troupe
