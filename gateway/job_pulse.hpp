// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <vector>

#include "gateway/job_json.hpp"

namespace troupe {

json json_of(const job_event& x);

/// What happened to jobs between two looks that a person should see. Bounded, however much happens.
class job_pulse {
public:
  /// Events that one look takes notice of; ask for at most as many.
  static constexpr std::uint32_t events_max = 4000;

  /// Ask for the events after this one next.
  std::uint64_t after() const noexcept { return after_; }

  /// Takes notice of what was read.
  void read(const events_read& x);

  /// Since the last call: {"exact":true,"notable":[...]}. Not exact: more happened than was read,
  /// or than a person reads.
  json take();

private:
  void note(const job_event& x);

  std::uint64_t after_ = 0;
  bool exact_ = true;
  std::set<job_id> lost_; // that were not handed out again yet
  std::vector<job_event> notable_;
};

} // namespace troupe
