// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/system_messages.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "actors/coordinator.hpp"
#include "actors/shard_table.hpp"

namespace troupe {

/// What a coordinator knows and does; only its own actor may call it.
class coordinator_state {
public:
  static inline const char* name = "coordinator";

  explicit coordinator_state(coordinator_shell::pointer self) : self_{self} {}

  void start(coordinator_options options);
  void tick();
  void publish();
  void down(const caf::down_msg& down);

  caf::result<shards_renewed> renew(const renew_shards& request, const cache_actor& owner);
  caf::result<caf::ok_atom> subscribe(const subscribe_shards& request);

private:
  shard_table::time_point now() const;
  void open(const shards_stored& stored);
  void work();
  void claim(claim_shards wanted);
  void owner_down(const owner_id& owner, const caf::down_msg& down);
  shard_map map() const;

  coordinator_shell::pointer self_;
  coordinator_options options_;
  std::optional<shard_table> table_; // once the epochs are read
  std::map<owner_id, cache_actor> owners_;
  std::vector<shard_listener_actor> subscribers_;
  std::uint64_t revision_ = 1;
  std::uint64_t published_ = 0; // the table's changes that the map has
  bool map_changed_ = false;    // beside the table: how owners are reached
  bool publishing_ = false;
};

} // namespace troupe
