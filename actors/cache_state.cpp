#include "actors/cache_state.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/backoff.hpp"
#include "actors/logging.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

using namespace std::chrono_literals;

// The pulse: how late a renewal may be.
constexpr milliseconds tick_max = 100ms;
constexpr milliseconds tick_min = 10ms;
constexpr int ticks_per_renewal = 8;

const backoff_settings retry_backoff{.base = 50ms, .factor = 2, .max = 1s};

const std::string coordinator_name = "coordinator";
const std::string repository_name = "repository";
const std::string dispatcher_name = "dispatcher";

} // namespace

void cache_state::start(cache_options options) {
  options_ = std::move(options);
  random_.seed(options_.env.seed());
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
  repository_ = nullptr;
  ++repository_number_;
  for (auto& x : holdings_)
    x.loads = 0;
  give_up_all();
}

/// Writes that it has are answered as timed out; until then, their outcome is open to all.
void cache_state::lose_dispatcher() {
  if (!dispatcher_)
    return;
  self_->demonitor(dispatcher_.address());
  dispatcher_ = nullptr;
}

// -- leases ---------------------------------------------------------------------------------------

void cache_state::renew() {
  if (!coordinator_ || parting_)
    return;
  if (renewing_) {
    renew_again_ = true;
    return;
  }
  forget(shards_.expire(now()));
  renewing_ = true;
  renew_again_ = false;
  renew_due_ = time_point::max();
  const auto sent = now();
  const auto number = ++renewal_;
  // A lost renewal must not cost the lease.
  const auto patience = std::min(options_.request_timeout, interval_);
  renew_shards request{options_.id, shards_.held(), std::exchange(released_, {}), draining_,
                       answered_};
  self_->request(coordinator_, patience, std::move(request), cache_actor{self_})
    .then(
      [this, number, sent](const shards_renewed& answer) {
        if (number == renewal_)
          renewed(answer, sent);
      },
      [this, number](const caf::error& why) {
        if (number == renewal_)
          renew_failed(why);
      });
}

void cache_state::renewed(const shards_renewed& answer, time_point sent) {
  renewing_ = false;
  renew_failures_ = 0;
  answered_ = answer.number;
  interval_ = std::max(answer.interval, tick_min);
  renew_due_ = now() + interval_;
  const auto changes = shards_.renew(answer, sent);
  forget(changes.lost);
  if (!changes.lost.empty() || !changes.gained.empty())
    spdlog::info("cache {}: owns {} shards more, {} less", options_.id.number,
                 changes.gained.size(), changes.lost.size());
  if (draining_)
    shards_.seal_all();
  else
    warm(answer.warm);
  if (renew_again_)
    renew();
  proceed();
}

void cache_state::renew_failed(const caf::error& why) {
  renewing_ = false;
  const auto wait = retry_delay(renew_failures_);
  renew_due_ = now() + wait;
  spdlog::warn("cache {}: cannot renew its leases: {}; next try in {} ms", options_.id.number,
               reason_text(why), wait.count());
  if (renew_again_)
    renew();
}

void cache_state::warm(const std::vector<warm_keys>& keys) {
  for (const auto& x : keys)
    for (const auto& key : x.keys) {
      const auto collection = find_collection(key.collection);
      const auto shard = shard_of(key.collection, key.id);
      const auto epoch = shards_.open_epoch(shard, now());
      if (collection && epoch != 0)
        traffic_.warm({*collection, shard, epoch, key.id});
    }
  if (!keys.empty())
    load_soon();
}

void cache_state::give_up(std::uint32_t shard, std::uint64_t epoch) {
  if (!shards_.give_up(shard, epoch))
    return;
  forget({shard});
  renew();
}

void cache_state::give_up_all() {
  std::vector<std::uint32_t> given_up;
  for (const auto& x : shards_.held()) {
    shards_.give_up(x.shard, x.epoch);
    given_up.push_back(x.shard);
  }
  forget(given_up);
}

void cache_state::forget(const std::vector<std::uint32_t>& shards) {
  if (shards.empty())
    return;
  for (const auto& who : traffic_.forget(shards))
    refuse(who, not_owner());
}

// -- handing back ---------------------------------------------------------------------------------

void cache_state::hand_back_quiet() {
  if (!shards_.any_sealed())
    return;
  auto quiet = shards_.sealed();
  std::erase_if(quiet, [this](const shard_epoch& x) { return !traffic_.is_quiet(x.shard); });
  if (quiet.empty())
    return;
  note_hot_keys(quiet);
  for (const auto& x : quiet)
    shards_.give_up(x.shard, x.epoch);
  spdlog::info("cache {}: hands back {} shards", options_.id.number, quiet.size());
  renew();
}

/// The next owners are told which keys to load.
void cache_state::note_hot_keys(const std::vector<shard_epoch>& shards) {
  struct ranked {
    std::uint32_t rank;
    record_key key;
  };
  std::map<std::uint32_t, std::vector<ranked>> found;
  for (const auto& x : holdings_)
    for (auto& hot : x.records.hot_keys(shards, limits::warm_keys_max))
      found[hot.shard].push_back({hot.rank, {x.settings.name, std::move(hot.id)}});
  for (auto& [shard, keys] : found) {
    std::stable_sort(keys.begin(), keys.end(),
                     [](const ranked& a, const ranked& b) { return a.rank > b.rank; });
    keys.resize(std::min(keys.size(), limits::warm_keys_max));
    warm_keys message{shard, {}};
    for (auto& x : keys)
      message.keys.push_back(std::move(x.key));
    released_.push_back(std::move(message));
  }
}

void cache_state::end(caf::error reason) {
  if (reason != caf::exit_reason::user_shutdown) {
    self_->quit(std::move(reason));
    return;
  }
  draining_ = true;
  reason_ = std::move(reason);
  shards_.seal_all();
  proceed();
}

void cache_state::proceed() {
  hand_back_quiet();
  if (draining_ && reads_.empty() && writes_ == 0 && shards_.held().empty())
    say_good_bye();
  else if (repository_ && traffic_.wants_loads())
    load_soon();
}

void cache_state::say_good_bye() {
  if (std::exchange(parting_, true))
    return;
  if (!coordinator_) {
    self_->quit(reason_);
    return;
  }
  // Behind a renewal that is under way, so that the coordinator hears this last.
  renew_shards request{options_.id, {}, std::exchange(released_, {}), true, answered_};
  ++renewal_;
  self_
    ->request(coordinator_, std::min(options_.request_timeout, interval_), std::move(request),
              cache_actor{self_})
    .then([this](const shards_renewed&) { self_->quit(reason_); },
          [this](const caf::error&) { self_->quit(reason_); });
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
