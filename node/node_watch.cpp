// SPDX-License-Identifier: Apache-2.0
#include "node/node_watch.hpp"

#include <algorithm>
#include <caf/actor_cast.hpp>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/logging.hpp"

namespace troupe {

namespace {

constexpr milliseconds subscribe_pause{100};

template <class Self>
void subscribe_to(Self* self, const watch_options& options, const std::string& name) {
  self
    ->request(options.receptionist, options.request_timeout,
              subscribe_name{name, caf::actor_cast<caf::strong_actor_ptr>(self)})
    .then([](caf::ok_atom) {}, [self](caf::error& why) { self->quit(std::move(why)); });
}

/// True if a cache of this process owns a shard.
bool owns_here(const shard_map& map, const caf::node_id& here) {
  return std::any_of(map.places.begin(), map.places.end(), [&](const shard_place& place) {
    if (place.owner == 0 || place.owner > map.owners.size())
      return false;
    const auto& owner = map.owners[place.owner - 1].actor;
    return owner && owner->node() == here;
  });
}

} // namespace

name_listener_actor::behavior_type watch_dispatcher(name_listener_actor::pointer self,
                                                    watch_options options) {
  log_to_spdlog(self);
  subscribe_to(self, options, "dispatcher");
  return {[status = options.status](const named_actor& x) {
    if (x.actor)
      status->serving();
  }};
}

shard_watch_shell::behavior_type
watch_shards(shard_watch_shell::stateful_pointer<shard_watch_state> self, watch_options options) {
  log_to_spdlog(self);
  subscribe_to(self, options, "coordinator");
  self->delayed_send(self, options.request_timeout, caf::timeout_atom_v);
  return {
    [self](const named_actor& x) {
      self->state.coordinator = caf::actor_cast<coordinator_actor>(x.actor);
      self->send(self, caf::subscribe_atom_v);
    },
    [self, status = options.status](const shard_map& map) {
      if (!self->state.done && owns_here(map, self->node())) {
        self->state.done = true;
        status->owning();
      }
    },
    [self, options](caf::timeout_atom) {
      auto& state = self->state;
      if (state.done)
        return;
      if (state.coordinator && !std::exchange(state.extended, true)) {
        // A predecessor's leases may have to end first.
        self->delayed_send(self, 2 * options.shard_lease, caf::timeout_atom_v);
        return;
      }
      spdlog::warn("no keys have been given to this node yet; its caches go on asking for them");
      state.done = true;
      options.status->owning();
    },
    [self, timeout = options.request_timeout](caf::subscribe_atom) {
      if (!self->state.coordinator || self->state.done)
        return;
      self
        ->request(self->state.coordinator, timeout,
                  subscribe_shards{caf::actor_cast<caf::strong_actor_ptr>(self)})
        .then([](caf::ok_atom) {},
              [self](const caf::error&) {
                self->delayed_send(self, subscribe_pause, caf::subscribe_atom_v);
              });
    },
  };
}

} // namespace troupe
