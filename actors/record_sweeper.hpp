// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "actors/collection_settings.hpp"
#include "actors/environment.hpp"
#include "messages/interfaces.hpp"

namespace troupe {

struct record_sweeper_options {
  std::vector<collection_settings> collections;
  repository_actor repository;
  records_actor records; ///< removes records, so that caches and hooks learn of it; a balancer
  milliseconds interval{30'000};        ///< from the end of a round to the next
  milliseconds request_timeout{60'000}; ///< of the repository and of `records`
  std::uint32_t batch = 100;            ///< records or rows at a time
  environment env;
};

/// What a record sweeper says to itself; nobody else has anything to say to it.
using record_sweeper_shell = caf::typed_actor<
  // Begin a round.
  caf::reacts_to<caf::tick_atom>>;

class record_sweeper_state {
public:
  static inline const char* name = "record_sweeper";

  explicit record_sweeper_state(record_sweeper_shell::pointer self) : self_{self} {}

  void start(record_sweeper_options options);
  void begin_round();

private:
  struct old_record {
    std::string id;
    std::uint64_t version;
  };

  const collection_settings& current() const { return options_.collections[current_]; }

  void next_collection();
  void sweep();
  void trim();
  void find_old();
  void remove_next();
  void give_up(const caf::error& why);
  void end_round();

  record_sweeper_shell::pointer self_;
  record_sweeper_options options_;
  std::size_t current_ = 0;    // collection of the round
  std::deque<old_record> old_; // of the batch, to be removed
  bool is_last_batch_ = true;
  std::uint64_t removed_ = 0; // of the collection, in this round
};

/// Removes what is over its time: records that nobody changed for the `ttl` of their collection,
/// changes of the feed, and remembered idempotency keys.
///
/// One thing at a time: a collection's records in batches, then its feed, then the next collection;
/// the interval begins when the last one is done. A record that was changed in the meantime stays,
/// for it is removed at the version that was found. Whatever fails is left to the next round.
record_sweeper_shell::behavior_type
record_sweeper(record_sweeper_shell::stateful_pointer<record_sweeper_state> self,
               record_sweeper_options options);

} // namespace troupe
