// SPDX-License-Identifier: Apache-2.0
#include "actors/cache_state.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/backoff.hpp"
#include "actors/logging.hpp"
#include "actors/mailbox_depth.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

using namespace std::chrono_literals;

// The pulse: how late a renewal may be.
constexpr milliseconds tick_max = 100ms;
constexpr int ticks_per_renewal = 8;

const backoff_settings retry_backoff{.base = 50ms, .factor = 2, .max = 1s};

const std::string coordinator_name = "coordinator";
const std::string repository_name = "repository";
const std::string dispatcher_name = "dispatcher";

} // namespace

void cache_state::start(cache_options options) {
  options_ = std::move(options);
  random_.seed(options_.env.seed());
  hot_ = hot_keys{options_.env.seed()};
  shards_ = cache_shards{options_.safety.read_lease};
  traffic_ = key_traffic{options_.collections.size(), options_.safety.version_order};
  for (const auto& settings : options_.collections) {
    positions_[settings.name] = static_cast<std::uint32_t>(holdings_.size());
    const auto share = settings.cache_max / std::max(options_.shares, 1U);
    holdings_.push_back(
      {settings, record_cache{{static_cast<std::size_t>(share), settings.cache_ttl,
                               options_.safety.version_order}}});
  }
  self_->delayed_send(self_, tick_max, caf::tick_atom::value);
  for (const auto& whom : {coordinator_name, repository_name, dispatcher_name})
    subscribe(whom);
}

std::optional<std::uint32_t> cache_state::find_collection(const std::string& collection) const {
  const auto found = positions_.find(collection);
  return found == positions_.end() ? std::nullopt : std::optional{found->second};
}

bool cache_state::is_full(std::size_t more) const {
  return traffic_.size() + more > limits::cache_requests_max;
}

caf::error cache_state::not_owner() {
  return to_caf({errc::not_owner, "the record's shard is not owned here just now"});
}

cache_described cache_state::describe() const {
  cache_described result;
  result.owner = options_.id;
  result.held = shards_.held();
  for (const auto& x : holdings_)
    result.collections.push_back(
      {x.settings.name, x.records.entries(), x.records.bytes(), x.records.bytes_max(),
       x.records.hits(), x.records.misses() - x.coalesced, x.coalesced, x.records.evictions()});
  result.hot_keys = hot_keys_here();
  result.mailbox = mailbox_depth(*self_);
  return result;
}

/// Those of shards that went elsewhere are told of there.
std::vector<hot_key> cache_state::hot_keys_here() const {
  std::vector<hot_key> result;
  for (auto& x : hot_.most_read(now())) {
    const auto& collection = holdings_[x.collection].settings.name;
    if (shards_.open_epoch(shard_of(collection, x.id), now()) == 0)
      continue;
    result.push_back({collection, std::move(x.id), x.reads});
    if (result.size() == limits::hot_keys_max)
      break;
  }
  return result;
}

// -- names ----------------------------------------------------------------------------------------

void cache_state::subscribe(const std::string& whom) {
  links_[whom].subscribe_due = time_point::max();
  caf::strong_actor_ptr me{self_->ctrl()};
  self_
    ->request(options_.receptionist, options_.request_timeout, subscribe_name{whom, std::move(me)})
    .then([](caf::ok_atom) {},
          [this, whom](const caf::error& why) {
            auto& x = links_[whom];
            const auto wait = retry_delay(x.failures);
            x.subscribe_due = now() + wait;
            spdlog::warn("cache {}: cannot subscribe to '{}': {}; next try in {} ms",
                         options_.id.number, whom, reason_text(why), wait.count());
          });
}

milliseconds cache_state::retry_delay(std::uint32_t& failures) {
  return tick_min + backoff_delay(retry_backoff, ++failures, random_);
}

// A fresh proxy may compare equal to a dead one: every news is a new connection.
void cache_state::follow(const named_actor& who) {
  if (who.name == coordinator_name) {
    lose_coordinator();
    coordinator_ = caf::actor_cast<coordinator_actor>(who.actor);
    if (coordinator_)
      self_->monitor(coordinator_);
  } else if (who.name == repository_name) {
    lose_repository();
    repository_ = caf::actor_cast<repository_actor>(who.actor);
    if (repository_)
      self_->monitor(repository_);
    load_soon();
  } else if (who.name == dispatcher_name) {
    lose_dispatcher();
    dispatcher_ = caf::actor_cast<dispatcher_actor>(who.actor);
    if (dispatcher_)
      self_->monitor(dispatcher_);
  } else {
    return;
  }
  links_[who.name].node = who.node;
  renew();
  proceed();
}

void cache_state::down(const caf::down_msg& down) {
  auto is = [&down](const auto& x) { return x && down.source == x.address(); };
  if (is(coordinator_)) {
    log_down(self_, "the coordinator on '" + links_[coordinator_name].node + "'", down);
    lose_coordinator();
  } else if (is(repository_)) {
    log_down(self_, "the repository on '" + links_[repository_name].node + "'", down);
    lose_repository();
    renew();
  } else if (is(dispatcher_)) {
    log_down(self_, "the dispatcher on '" + links_[dispatcher_name].node + "'", down);
    lose_dispatcher();
  }
  proceed();
}

/// The leases go on: the next coordinator hears what is held.
void cache_state::lose_coordinator() {
  if (!coordinator_)
    return;
  self_->demonitor(coordinator_.address());
  coordinator_ = nullptr;
  ++renewal_;
  answered_ = 0;
  renewing_ = renew_again_ = false;
  renew_due_ = time_point::max();
}

/// Writes by others may have been committed that nobody could tell it about.
void cache_state::lose_repository() {
  if (!repository_)
    return;
  self_->demonitor(repository_.address());
  deadlines_.lose(self_, caf::actor_cast<caf::strong_actor_ptr>(repository_));
  repository_ = nullptr;
  ++repository_number_;
  for (auto& x : holdings_)
    x.loads = 0;
  give_up_all();
}

/// Writes that it has are answered as timed out: their outcome is open to all.
void cache_state::lose_dispatcher() {
  if (!dispatcher_)
    return;
  self_->demonitor(dispatcher_.address());
  deadlines_.lose(self_, caf::actor_cast<caf::strong_actor_ptr>(dispatcher_));
  dispatcher_ = nullptr;
}

void cache_state::tick() {
  self_->delayed_send(self_, std::clamp(interval_ / ticks_per_renewal, tick_min, tick_max),
                      caf::tick_atom::value);
  const auto at = now();
  for (auto& [whom, x] : links_)
    if (at >= x.subscribe_due)
      subscribe(whom);
  if (at >= renew_due_)
    renew();
  proceed();
}

} // namespace troupe
