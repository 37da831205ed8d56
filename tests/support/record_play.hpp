// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "messages/interfaces.hpp"
#include "tests/support/record_player.hpp"

namespace troupe::test {

/// Longer than whatever a service does with one request.
inline constexpr milliseconds play_patience{8000};

struct play_options {
  std::shared_ptr<record_player> player;
  records_actor balanced;            ///< whom to ask; null: always the same record service
  std::string home;                  ///< that of this node, if it is not empty
  std::shared_ptr<std::size_t> open; ///< counts requests that are not answered yet
  std::shared_ptr<bool> stop;        ///< when true, no more requests begin
  std::uint64_t seed = 1;
};

struct play_state {
  static inline const char* name = "player";

  records_actor choose();
  milliseconds pause();

  play_options options;
  std::mt19937_64 random;
  std::vector<named_actor> services;
};

/// Plays a player: one request after another, with pauses. Hears of the record services as a
/// `group_listener_actor`.
caf::behavior play_records(caf::stateful_actor<play_state>* self, const play_options& options);

} // namespace troupe::test
