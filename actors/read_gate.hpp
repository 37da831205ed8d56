// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/errors.hpp"
#include "messages/read_terms.hpp"

namespace troupe {

/// Leave to read until a certain time. Counts at its gate until nobody holds it any more, wherever
/// it travels: with the message that carries it, to an actor that may die with it.
struct read_pass {
  using time_point = std::chrono::steady_clock::time_point;

  std::string caller;
  time_point until{};
  std::atomic<bool> abandoned = false;             ///< nobody waits for the answer any more
  std::vector<std::shared_ptr<const int>> counted; ///< where it counts as one more holder

  bool is_over(time_point now) const { return abandoned || now >= until; }
};

using read_pass_ptr = std::shared_ptr<read_pass>;

/// Lets a bounded number of reads in, of each caller and of all. For one thread; the passes may go
/// to others. No actor, no clock.
class read_gate {
public:
  using time_point = read_pass::time_point;

  read_gate(std::size_t caller_max, std::size_t all_max)
      : caller_max_{caller_max},
        all_max_{all_max} {}

  /// `overloaded` if too many are in.
  result<read_pass_ptr> enter(const read_terms& terms, time_point until);

  /// Ends the wait of a read that is still in; others are ignored.
  void abandon(const abandon_read& x);

  /// Reads that are in.
  std::size_t size() const noexcept { return static_cast<std::size_t>(all_.use_count() - 1); }

private:
  struct line {
    std::shared_ptr<const int> counter = std::make_shared<const int>();
    std::map<std::uint64_t, std::weak_ptr<read_pass>> numbered; // by the numbers of their terms
  };

  void forget_idle();

  std::size_t caller_max_;
  std::size_t all_max_;
  std::shared_ptr<const int> all_ = std::make_shared<const int>();
  std::map<std::string, line> callers_;
  std::size_t entered_ = 0; // since the idle ones were forgotten
};

} // namespace troupe
