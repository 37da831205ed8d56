// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_clock.hpp>
#include <vector>

#include "gateway/count_pulse.hpp"
#include "gateway/gateway.hpp"
#include "gateway/job_pulse.hpp"

namespace troupe {

/// What a gateway keeps for those who watch the overview. All of them get the same pieces, and
/// nobody is asked for anything while none of them watches.
struct live_overview {
  /// Who has taken the last piece. Those that have not are held by the piece that they still take,
  /// and leave out the next ones: a slow caller costs one piece.
  std::vector<feed_ptr> watchers;
  bool ticking = false;
  std::size_t open = 0; ///< parts of the next piece that are not answered yet
  json parts;
  job_pulse pulse;
  count_pulse counts;
  caf::actor_clock::time_point counted_at{}; ///< when the counts were taken last
  commit_counter_actor store;                ///< null until it is found
};

} // namespace troupe
