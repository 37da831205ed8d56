// SPDX-License-Identifier: Apache-2.0
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/cache_state.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

/// Only a refusal of our own, that is not about time, says that nothing was changed: CAF's errors
/// say that an answer was lost.
bool changed_nothing(const caf::error& why) {
  return why.category() == error_category && why != errc::none && why != errc::timed_out
         && why != errc::storage_corrupt;
}

} // namespace

caf::result<records_written> cache_state::write(write_records& request) {
  if (request.writes.size() != 1)
    return to_caf({errc::invalid_argument, "an owner takes one write at a time"});
  auto& write = request.writes.front();
  const auto collection = find_collection(write.collection);
  if (!collection)
    return to_caf({errc::unknown_collection, "no collection '" + write.collection + "'"});
  const auto shard = shard_of(write.collection, write.id);
  owned_key key{*collection, shard, shards_.open_epoch(shard, now()), write.id};
  if (key.epoch == 0)
    return not_owner();
  if (auto refused = refuse_from_memory(request, key))
    return std::move(*refused);
  if (is_full(1))
    return to_caf({errc::overloaded, "too many requests wait for the database"});
  write.epoch = key.epoch;
  request.now = options_.env.now();
  if (!holdings_[*collection].settings.hooks.any())
    return send_write(repository_, request, std::move(key));
  return send_write(dispatcher_, request, std::move(key));
}

/// Versions only grow: what is newer here than the version that is wanted is so in the store, too.
/// A repeated request may have made that newer version itself, so that the store must tell.
std::optional<records_written> cache_state::refuse_from_memory(const write_records& request,
                                                               const owned_key& key) const {
  const auto& condition = request.writes.front().condition;
  if (condition.kind != condition_kind::version || !request.idempotency_key.empty())
    return std::nullopt;
  const auto known = holdings_[key.collection].records.find(key.id, key.epoch, now());
  if (!known || condition.version >= known->stamp)
    return std::nullopt;
  record_written refused;
  refused.code = static_cast<std::uint16_t>(errc::precondition_failed);
  refused.kind = change_kind::updated;
  refused.before = refused.after = known->value();
  refused.sequence = known->stamp;
  records_written answer;
  answer.generation = generation_;
  answer.results.push_back(std::move(refused));
  return answer;
}

template <class Store>
caf::result<records_written> cache_state::send_write(const Store& to, write_records& request,
                                                     owned_key key) {
  if (!to)
    return to_caf({errc::unavailable, "the database is not connected"});
  ++writes_;
  traffic_.begin_write(key);
  auto promise = self_->make_response_promise<records_written>();
  auto asked = std::make_shared<const owned_key>(std::move(key));
  deadlines_.request<records_written>(
    self_, to, options_.request_timeout, std::move(request),
    [this, asked, promise](records_written& answer) mutable {
      --writes_;
      if (auto refused = written(*asked, answer))
        promise.deliver(std::move(refused));
      else
        promise.deliver(std::move(answer));
      proceed();
    },
    [this, asked, promise](const caf::error& why) mutable {
      --writes_;
      promise.deliver(write_failed(*asked, why));
      proceed();
    });
  return promise;
}

/// Learns from the answer. Returns the error to answer with, if it is one.
caf::error cache_state::written(const owned_key& key, const records_written& answer) {
  const auto mine = shards_.holds(key.shard, key.epoch);
  if (answer.generation != 0)
    generation_ = answer.generation;
  if (answer.code != 0 || answer.results.size() != 1) {
    if (mine)
      traffic_.end_write(key);
    return {};
  }
  const auto& result = answer.results.front();
  const auto code = static_cast<errc>(result.code);
  if (code == errc::not_owner) {
    spdlog::warn("cache {}: the store knows another owner of shard {}", options_.id.number,
                 key.shard);
    give_up(key.shard, key.epoch);
    return not_owner();
  }
  if (!mine)
    return {};
  // A replayed answer tells how it was then. Others tell what there is, even when they refuse.
  if (!answer.replayed && code != errc::unknown_collection)
    learn(key, code == errc::none ? result.after : result.before, result.sequence);
  traffic_.end_write(key);
  return {};
}

void cache_state::learn(const owned_key& key, const record& value, std::uint64_t sequence) {
  if (!traffic_.accept(key, sequence))
    return;
  if (value.id == key.id)
    return holdings_[key.collection].records.put(value, sequence, key.shard, key.epoch, now());
  auto named = value;
  named.id = key.id;
  holdings_[key.collection].records.put(named, sequence, key.shard, key.epoch, now());
}

caf::error cache_state::write_failed(const owned_key& key, const caf::error& why) {
  if (why == errc::not_owner) {
    give_up(key.shard, key.epoch);
    return why;
  }
  const auto unknown = !changed_nothing(why);
  if (unknown && options_.safety.reload_unknown) {
    spdlog::warn("cache {}: gives up shard {}, because it does not know what became of a write: {}",
                 options_.id.number, key.shard, to_string(from_caf(why)));
    give_up(key.shard, key.epoch);
  } else if (shards_.holds(key.shard, key.epoch)) {
    traffic_.end_write(key);
  }
  return unknown ? to_caf({errc::timed_out, "the database did not answer in time"}) : why;
}

void cache_state::invalidate(const invalidate_keys& request) {
  for (const auto& changed : request.keys) {
    const auto collection = find_collection(changed.collection);
    if (!collection)
      continue;
    const auto shard = shard_of(changed.collection, changed.id);
    traffic_.raise({*collection, shard, 0, changed.id}, changed.version);
    holdings_[*collection].records.invalidate(changed.id, changed.version);
  }
}

} // namespace troupe
