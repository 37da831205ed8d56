// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/cache_state.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

// While so many loads of a collection are under way, keys are collected for the next ones.
constexpr std::size_t loads_max = 4;
constexpr std::size_t keys_a_load_max = 256;

/// So many records surely fit into one answer of the repository.
std::size_t keys_a_load(const collection_settings& settings) {
  const auto record_max = std::max<std::uint64_t>(1, settings.record_max);
  return std::clamp<std::size_t>(limits::batch_bytes_max / record_max, 1, keys_a_load_max);
}

} // namespace

caf::result<records_found> cache_state::get(const get_records& request) {
  const auto collection = find_collection(request.collection);
  if (!collection)
    return to_caf({errc::unknown_collection, "no collection '" + request.collection + "'"});
  if (request.ids.size() > limits::batch_records_max)
    return to_caf({errc::batch_too_large, "too many ids in one request"});
  auto& kept = holdings_[*collection];
  const auto at = now();
  records_found answer;
  answer.generation = generation_;
  answer.records.resize(request.ids.size());
  std::vector<std::pair<std::size_t, owned_key>> missing;
  for (std::size_t i = 0; i < request.ids.size(); ++i) {
    const auto& id = request.ids[i];
    const auto shard = shard_of(request.collection, id);
    const auto epoch = shards_.open_epoch(shard, at);
    if (epoch == 0) {
      if (!answer_stale(answer.records[i], request, id))
        return not_owner();
      continue;
    }
    hot_.read(*collection, id, at);
    if (const auto known = kept.records.get(id, epoch, at))
      answer.records[i].value = known->value();
    else
      missing.emplace_back(i, owned_key{*collection, shard, epoch, id});
  }
  if (missing.empty())
    return answer;
  if (!repository_)
    return to_caf({errc::unavailable, "the database is not connected"});
  if (is_full(missing.size()))
    return to_caf({errc::overloaded, "too many requests wait for the database"});
  auto promise = self_->make_response_promise<records_found>();
  const auto number = ++read_number_;
  reads_.emplace(number, waiting_read{promise, std::move(answer), missing.size()});
  for (const auto& [i, key] : missing)
    if (!traffic_.wait(key, number, i))
      ++kept.coalesced;
  load_soon();
  return promise;
}

bool cache_state::answer_stale(found_record& answer, const get_records& request,
                               const std::string& id) const {
  if (request.max_stale <= milliseconds{0})
    return false;
  const auto known = holdings_[positions_.at(request.collection)].records.find_stale(id);
  if (!known)
    return false;
  answer.age = std::chrono::ceil<milliseconds>(now() - known->learned);
  if (answer.age > request.max_stale)
    return false;
  answer.value = known->value();
  answer.status = cache_status::stale;
  return true;
}

// -- loads ----------------------------------------------------------------------------------------

// What is in the mailbox already shares the load.
void cache_state::load_soon() {
  if (!std::exchange(load_pending_, true))
    self_->send(self_, caf::flush_atom::value);
}

void cache_state::load_wanted() {
  load_pending_ = false;
  if (!repository_)
    return;
  for (std::uint32_t i = 0; i < holdings_.size(); ++i)
    while (holdings_[i].loads < loads_max) {
      auto keys = traffic_.take_wanted(i, keys_a_load(holdings_[i].settings));
      if (keys.empty())
        break;
      load(i, std::move(keys));
    }
}

void cache_state::load(std::uint32_t collection, std::vector<owned_key> keys) {
  ++holdings_[collection].loads;
  read_records request;
  request.collection = holdings_[collection].settings.name;
  for (const auto& key : keys)
    request.ids.push_back(key.id);
  auto asked = std::make_shared<const std::vector<owned_key>>(std::move(keys));
  const auto number = repository_number_;
  deadlines_.request<records_read>(
    self_, repository_, options_.request_timeout, std::move(request),
    [this, asked, collection, number](records_read& answer) {
      if (number != repository_number_)
        return;
      --holdings_[collection].loads;
      if (answer.records.size() == asked->size())
        loaded(*asked, answer);
      else
        load_failed(*asked, to_caf({errc::storage_failed, "the answer does not fit"}));
      proceed();
    },
    [this, asked, collection, number](const caf::error& why) {
      if (number != repository_number_)
        return;
      --holdings_[collection].loads;
      load_failed(*asked, why);
      proceed();
    });
}

void cache_state::loaded(const std::vector<owned_key>& keys, records_read& answer) {
  generation_ = answer.generation;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& key = keys[i];
    if (!shards_.holds(key.shard, key.epoch) || !traffic_.accept_load(key, answer.sequence))
      continue;
    auto& value = answer.records[i];
    value.id = key.id;
    holdings_[key.collection].records.put(value, answer.sequence, key.shard, key.epoch, now());
    const auto sure = shards_.may_answer(key.shard, key.epoch, now());
    for (const auto& who : traffic_.end_load(key))
      if (sure)
        this->answer(who, value);
      else
        refuse(who, not_owner());
  }
}

void cache_state::load_failed(const std::vector<owned_key>& keys, const caf::error& why) {
  const auto text = to_string(from_caf(why));
  spdlog::warn("cache {}: cannot load {} records: {}", options_.id.number, keys.size(), text);
  const auto refusal = to_caf({errc::unavailable, "the database did not answer: " + text});
  for (const auto& key : keys)
    if (shards_.holds(key.shard, key.epoch))
      for (const auto& who : traffic_.end_load(key))
        refuse(who, refusal);
}

void cache_state::answer(const key_traffic::waiter& who, const record& value) {
  const auto found = reads_.find(who.read);
  if (found == reads_.end())
    return; // another key of the read was refused
  auto& read = found->second;
  read.answer.records[who.position]
    = {value, who.first ? cache_status::miss : cache_status::coalesced, milliseconds{0}};
  if (--read.missing > 0)
    return;
  read.answer.generation = generation_;
  read.promise.deliver(std::move(read.answer));
  reads_.erase(found);
}

void cache_state::refuse(const key_traffic::waiter& who, const caf::error& why) {
  const auto found = reads_.find(who.read);
  if (found == reads_.end())
    return;
  found->second.promise.deliver(why);
  reads_.erase(found);
}

} // namespace troupe
