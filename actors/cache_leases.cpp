// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/cache_state.hpp"
#include "actors/logging.hpp"
#include "messages/error_category.hpp"

namespace troupe {

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
  note_keys_to_warm(quiet);
  std::vector<std::uint32_t> handed_back;
  for (const auto& x : quiet) {
    shards_.give_up(x.shard, x.epoch);
    handed_back.push_back(x.shard);
  }
  forget(handed_back); // some keys may still wait to be warmed
  spdlog::info("cache {}: hands back {} shards", options_.id.number, quiet.size());
  renew();
}

/// The next owners are told which keys to load.
void cache_state::note_keys_to_warm(const std::vector<shard_epoch>& shards) {
  struct ranked {
    std::uint32_t rank;
    record_key key;
  };
  std::map<std::uint32_t, std::vector<ranked>> found;
  for (const auto& x : holdings_)
    for (auto& hot : x.records.most_read(shards, limits::warm_keys_max))
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

} // namespace troupe
