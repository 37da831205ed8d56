// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/lease_table.hpp"
#include "messages/requests.hpp"

namespace troupe {

/// What the dispatcher knows of a worker.
struct worker_record {
  worker_id id;
  std::vector<std::size_t> queues; ///< indices among the dispatcher's queues
  std::uint32_t slots = 0;
  std::uint32_t capacity = 0; ///< leases it is willing to hold
  time_point seen{};          ///< last message
  std::vector<withheld_queue> withheld{};
  milliseconds cancel_grace{0};
  worker_state state = worker_state::alive;
};

/// Decides which queue is served next, and by which worker: queues share the workers by weight
/// (smooth weighted round robin), a job goes to the worker with most room, preferably not on the
/// node that lost or failed it.
class slot_matcher {
public:
  explicit slot_matcher(std::vector<std::uint32_t> weights);

  /// Begins a round: only workers that are alive and have room take part. `active` says how many
  /// leases fill slots of a worker.
  void begin(const std::map<std::uint64_t, worker_record>& workers,
             const std::function<std::size_t(std::uint64_t)>& active);

  /// Lets one more take part in this round, with `free` places beside `used` ones; it must live as
  /// long as the round.
  void admit(const worker_record& worker, std::size_t free, std::size_t used = 0);

  /// Takes the places that one still has away from it.
  void withdraw(std::uint64_t worker);

  /// The queue to serve next among those for which `waiting` is true and a worker has room.
  std::optional<std::size_t> next_queue(const std::function<bool(std::size_t)>& waiting);

  /// A worker (its incarnation) for a job of that queue; takes one of its free places.
  std::uint64_t place(std::size_t queue, const std::string& avoid_node);

  /// A worker that holds nothing, for a job that must run alone: takes all of its places. 0: there
  /// is none; if `reserve`, the one that will be empty first gets nothing more in this round.
  std::uint64_t place_alone(std::size_t queue, const std::string& avoid_node, bool reserve);

private:
  struct room {
    const worker_record* worker;
    std::size_t free;
    std::size_t used; ///< before this round and in it
  };

  bool served(std::size_t queue) const;
  static bool serves(const room& x, std::size_t queue);

  std::vector<std::uint32_t> weights_;
  std::vector<std::int64_t> credit_;
  std::vector<room> rooms_;
  std::vector<std::size_t> free_by_queue_; // places that could serve a queue in this round
};

} // namespace troupe
