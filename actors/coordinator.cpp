// SPDX-License-Identifier: Apache-2.0
#include "actors/coordinator.hpp"

#include <algorithm>
#include <caf/actor_cast.hpp>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/coordinator_state.hpp"
#include "actors/logging.hpp"
#include "messages/errors.hpp"

namespace troupe {

namespace {

constexpr int ticks_in_lease = 30;

// Changes that come together make one map.
constexpr milliseconds publish_delay{5};

template <class Handle>
const caf::actor_control_block* block_of(const Handle& x) {
  // Compared as pointers: a new connection has a new proxy that equals the dead one.
  return caf::actor_cast<caf::actor_control_block*>(x);
}

} // namespace

void coordinator_state::start(coordinator_options options) {
  options_ = std::move(options);
  self_->request(options_.repository, options_.storage_timeout, read_shards{})
    .then([this](const shards_stored& x) { open(x); },
          [this](const caf::error& why) { self_->quit(why); });
}

shard_table::time_point coordinator_state::now() const {
  return self_->clock().now();
}

void coordinator_state::open(const shards_stored& stored) {
  table_.emplace(shard_table::settings{.interval = options_.interval, .lease = options_.lease});
  table_->load(
    stored,
    [this](const owner_id& x) { return options_.first_in_process && x.node == options_.node; },
    now());
  spdlog::info("coordinator read the epochs of {} shards", stored.shards.size());
  self_->send(self_, caf::tick_atom_v);
  self_
    ->request(options_.receptionist, options_.storage_timeout,
              register_name{"coordinator", caf::actor_cast<caf::strong_actor_ptr>(self_)})
    .then([](caf::ok_atom) {}, [this](const caf::error& why) { self_->quit(why); });
}

void coordinator_state::tick() {
  self_->delayed_send(self_, std::max(milliseconds{1}, options_.lease / ticks_in_lease),
                      caf::tick_atom_v);
  table_->expire(now());
  work();
}

void coordinator_state::work() {
  while (auto wanted = table_->next_claim(now()))
    claim(std::move(*wanted));
  auto changed = map_changed_ || table_->changes() != published_;
  if (changed && !std::exchange(publishing_, true))
    self_->delayed_send(self_, publish_delay, caf::flush_atom_v);
}

void coordinator_state::claim(claim_shards wanted) {
  self_->request(options_.repository, options_.storage_timeout, wanted)
    .then(
      [this, wanted](const shards_stored& stored) {
        table_->claimed(wanted, stored);
        spdlog::info("coordinator: {} shards for cache {} of node '{}'", stored.shards.size(),
                     wanted.owner.number, wanted.owner.node);
        work();
      },
      [this](const caf::error& why) { self_->quit(why); });
}

// -- owners --------------------------------------------------------------------------------------

caf::result<shards_renewed> coordinator_state::renew(const renew_shards& request,
                                                     const cache_actor& owner) {
  if (!table_)
    return to_caf({errc::unavailable, "the coordinator has not read the epochs yet"});
  if (!owner)
    return to_caf({errc::invalid_argument, "a renewal needs the owner's actor"});
  auto& known = owners_[request.owner];
  if (block_of(known) != block_of(owner)) {
    self_->monitor(owner);
    known = owner;
    map_changed_ = true;
  }
  auto answer = table_->renew(request, now());
  work();
  return answer;
}

void coordinator_state::down(const caf::down_msg& down) {
  std::erase_if(subscribers_, [&](const auto& x) { return x.address() == down.source; });
  std::vector<owner_id> gone;
  for (const auto& [id, actor] : owners_)
    if (actor.address() == down.source)
      gone.push_back(id);
  for (const auto& id : gone)
    owner_down(id, down);
  if (table_ && !gone.empty())
    work();
}

void coordinator_state::owner_down(const owner_id& owner, const caf::down_msg& down) {
  log_down(self_, "cache " + std::to_string(owner.number) + " of node '" + owner.node + "'", down);
  owners_.erase(owner);
  map_changed_ = true;
  // Of another node only the connection may be gone: then its leases must run out.
  if (down.source.node() == self_->node())
    table_->bury(owner);
  else
    table_->lose(owner);
}

// -- the map -------------------------------------------------------------------------------------

caf::result<caf::ok_atom> coordinator_state::subscribe(const subscribe_shards& request) {
  if (!request.subscriber)
    return to_caf({errc::invalid_argument, "a subscription needs a subscriber"});
  auto listener = caf::actor_cast<shard_listener_actor>(request.subscriber);
  auto same = [&](const auto& x) { return block_of(x) == block_of(listener); };
  if (std::none_of(subscribers_.begin(), subscribers_.end(), same)) {
    self_->monitor(listener);
    subscribers_.push_back(listener);
  }
  self_->send(listener, map());
  return caf::ok_atom_v;
}

void coordinator_state::publish() {
  publishing_ = false;
  map_changed_ = false;
  published_ = table_->changes();
  ++revision_;
  auto current = map();
  for (const auto& x : subscribers_)
    self_->send(x, current);
}

shard_map coordinator_state::map() const {
  shard_map result{.revision = revision_, .owners = {}, .places = {}};
  if (!table_)
    return result;
  std::map<owner_id, std::uint32_t> positions;
  for (std::uint32_t shard = 0; shard < key_shards; ++shard) {
    shard_place place{.owner = 0, .epoch = table_->epoch(shard)};
    const auto* holder = table_->holder(shard);
    // One whose connection is lost is nobody whom a request would reach.
    auto known = holder ? owners_.find(*holder) : owners_.end();
    if (known != owners_.end()) {
      auto [i, fresh]
        = positions.try_emplace(*holder, static_cast<std::uint32_t>(positions.size() + 1));
      if (fresh)
        result.owners.push_back(
          {known->first, caf::actor_cast<caf::strong_actor_ptr>(known->second)});
      place.owner = i->second;
    }
    result.places.push_back(place);
  }
  return result;
}

coordinator_shell::behavior_type
coordinator(coordinator_shell::stateful_pointer<coordinator_state> self,
            coordinator_options options) {
  log_to_spdlog(self);
  self->set_down_handler([self](caf::down_msg& x) { self->state.down(x); });
  self->state.start(std::move(options));
  return {
    [self](const renew_shards& x, const cache_actor& owner) { return self->state.renew(x, owner); },
    [self](const subscribe_shards& x) { return self->state.subscribe(x); },
    [self](caf::tick_atom) { self->state.tick(); },
    [self](caf::flush_atom) { self->state.publish(); },
  };
}

} // namespace troupe
