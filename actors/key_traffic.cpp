// SPDX-License-Identifier: Apache-2.0
#include "actors/key_traffic.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

key_traffic::key_traffic(std::size_t collections, bool order)
    : order_{order},
      wanted_(collections),
      warm_(collections) {}

std::string key_traffic::name_of(const owned_key& key) {
  return std::to_string(key.collection) + '/' + key.id;
}

key_traffic::traffic* key_traffic::find(const owned_key& key) {
  auto& keys = shards_[key.shard];
  const auto found = keys.find(name_of(key));
  return found == keys.end() ? nullptr : &found->second;
}

void key_traffic::erase_if_over(const owned_key& key) {
  auto& keys = shards_[key.shard];
  const auto found = keys.find(name_of(key));
  if (found != keys.end() && found->second.writes == 0 && !found->second.loading)
    keys.erase(found);
}

std::vector<key_traffic::waiter> key_traffic::take_waiters(traffic& x) {
  waiting_ -= x.waiters.size();
  return std::exchange(x.waiters, {});
}

// -- loads ----------------------------------------------------------------------------------------

bool key_traffic::wait(const owned_key& key, std::uint64_t read, std::size_t position) {
  auto& x = shards_[key.shard][name_of(key)];
  const auto first = !std::exchange(x.loading, true);
  x.waiters.push_back({read, position, first});
  ++waiting_;
  if (first)
    wanted_[key.collection].push_back(key);
  return first;
}

void key_traffic::warm(owned_key key) {
  warm_[key.collection].push_back(std::move(key));
}

std::vector<owned_key> key_traffic::take_wanted(std::uint32_t collection, std::size_t limit) {
  std::vector<owned_key> result;
  auto take = [&](std::deque<owned_key>& from) {
    const auto count = std::min(limit, from.size());
    result.assign(std::make_move_iterator(from.begin()),
                  std::make_move_iterator(from.begin() + static_cast<std::ptrdiff_t>(count)));
    from.erase(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(count));
  };
  if (!wanted_[collection].empty()) {
    take(wanted_[collection]);
    return result;
  }
  if (waiting_ > 0)
    return result;
  take(warm_[collection]);
  std::erase_if(result, [this](const owned_key& key) {
    return std::exchange(shards_[key.shard][name_of(key)].loading, true);
  });
  return result;
}

bool key_traffic::wants_loads() const noexcept {
  const auto any = [](const auto& queue) { return !queue.empty(); };
  return std::any_of(wanted_.begin(), wanted_.end(), any)
         || std::any_of(warm_.begin(), warm_.end(), any);
}

bool key_traffic::accept_load(const owned_key& key, std::uint64_t sequence) {
  if (accept(key, sequence))
    return true;
  // In front: its readers have waited longest.
  wanted_[key.collection].push_front(key);
  return false;
}

std::vector<key_traffic::waiter> key_traffic::end_load(const owned_key& key) {
  auto* x = find(key);
  if (x == nullptr)
    return {};
  x->loading = false;
  auto result = take_waiters(*x);
  erase_if_over(key);
  return result;
}

// -- writes ---------------------------------------------------------------------------------------

void key_traffic::begin_write(const owned_key& key) {
  ++shards_[key.shard][name_of(key)].writes;
  ++writes_;
}

bool key_traffic::accept(const owned_key& key, std::uint64_t sequence) {
  auto* x = find(key);
  if (x == nullptr || !order_)
    return true;
  if (sequence < x->floor)
    return false;
  x->floor = sequence;
  return true;
}

void key_traffic::end_write(const owned_key& key) {
  auto* x = find(key);
  if (x == nullptr)
    return;
  --x->writes;
  --writes_;
  erase_if_over(key);
}

void key_traffic::raise(const owned_key& key, std::uint64_t version) {
  if (auto* x = find(key))
    x->floor = std::max(x->floor, version);
}

// -- shards ---------------------------------------------------------------------------------------

std::vector<key_traffic::waiter> key_traffic::forget(const std::vector<std::uint32_t>& shards) {
  std::vector<waiter> result;
  std::array<bool, key_shards> gone{};
  for (auto shard : shards) {
    gone[shard] = true;
    for (auto& [name, x] : std::exchange(shards_[shard], {})) {
      writes_ -= x.writes;
      for (const auto& who : take_waiters(x))
        result.push_back(who);
    }
  }
  for (auto* queues : {&wanted_, &warm_})
    for (auto& queue : *queues)
      std::erase_if(queue, [&gone](const owned_key& key) { return gone[key.shard]; });
  return result;
}

} // namespace troupe
