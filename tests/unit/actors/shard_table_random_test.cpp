// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <deque>
#include <random>

#include "actors/shard_table.hpp"

namespace shard_table_random_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr milliseconds lease{3000};
constexpr int owner_count = 4;

using time_point = shard_table::time_point;

// An owner as the contract wants it, with its own idea of how long a lease is.
struct model_owner {
  struct held_shard {
    std::uint64_t epoch = 0;
    time_point until{};
  };

  owner_id id;
  milliseconds belief;
  std::map<std::uint32_t, held_shard> held;
  std::map<std::uint32_t, std::uint64_t> given_up;
  std::uint64_t answered = 0;
  time_point sent{};
  std::uint64_t question = 0; // number of the renewal under way; answers to others are ignored
  time_point frozen_until{};

  void give_up(std::uint32_t shard) {
    given_up[shard] = held[shard].epoch;
    held.erase(shard);
  }

  renew_shards ask(time_point now) {
    for (auto i = held.begin(); i != held.end();) {
      auto shard = i->first;
      auto over = i->second.until <= now;
      ++i;
      if (over)
        give_up(shard);
    }
    sent = now;
    ++question;
    renew_shards result;
    result.owner = id;
    result.answered = answered;
    for (const auto& [shard, x] : held)
      result.held.push_back({shard, x.epoch});
    return result;
  }

  void hear(const shards_renewed& x) {
    answered = x.number;
    auto until = sent + belief * 9 / 10;
    std::map<std::uint32_t, held_shard> next;
    for (const auto& y : x.held)
      if (y.epoch > given_up[y.shard])
        next[y.shard] = {y.epoch, until};
    held = std::move(next);
    for (auto shard : x.release)
      if (held.count(shard) > 0)
        give_up(shard);
  }
};

// A coordinator and owners over a network that delays and loses messages.
struct history {
  struct question {
    std::size_t from;
    std::uint64_t number;
    renew_shards x;
  };
  struct reply {
    std::size_t to;
    std::uint64_t number;
    shards_renewed x;
  };

  std::mt19937_64 random;
  time_point now{};
  shard_table table{{.interval = 1s, .lease = lease}};
  std::map<std::uint32_t, stored_shard> store;
  std::vector<model_owner> owners;
  std::deque<question> questions;
  std::deque<reply> replies;
  std::deque<claim_shards> claims;
  std::uint64_t incarnations = 0;
  std::map<shard_epoch, owner_id> granted_to;
  std::size_t conflicts = 0;
  std::size_t grants = 0;

  history(std::uint64_t seed, milliseconds belief) : random{seed} {
    for (std::uint32_t i = 0; i < owner_count; ++i) {
      owners.emplace_back();
      owners.back().id
        = {.node = "n" + std::to_string(i), .incarnation = ++incarnations, .number = 0};
      owners.back().belief = belief;
    }
  }

  bool chance(int percent) { return std::uniform_int_distribution<int>{1, 100}(random) <= percent; }

  model_owner& any() {
    return owners[std::uniform_int_distribution<std::size_t>{0, owners.size() - 1}(random)];
  }

  void restart_coordinator() {
    shards_stored stored;
    for (const auto& [shard, x] : store)
      stored.shards.push_back(x);
    table = shard_table{{.interval = 1s, .lease = lease}};
    table.load(
      stored, [](const owner_id&) { return false; }, now);
    claims.clear();
    questions.clear();
    for (auto& x : owners)
      x.answered = 0;
  }

  void restart_owner(model_owner& x) {
    auto belief = x.belief;
    x.held.clear();
    x.given_up.clear();
    auto node = x.id.node;
    auto next = x.question + 1;
    x = {};
    x.id = {.node = node, .incarnation = ++incarnations, .number = 0};
    x.belief = belief;
    x.question = next;
  }

  void disturb() {
    if (chance(1))
      any().frozen_until = now + milliseconds{std::uniform_int_distribution<int>{0, 6000}(random)};
    if (chance(1) && chance(30))
      restart_coordinator();
    if (chance(1) && chance(50))
      restart_owner(any());
    if (chance(1))
      table.lose(any().id);
    if (auto& x = any(); chance(5) && !x.held.empty() && x.frozen_until <= now)
      x.give_up(x.held.begin()->first);
  }

  void owners_act() {
    for (std::size_t i = 0; i < owners.size(); ++i)
      if (owners[i].frozen_until <= now && chance(10)) {
        auto x = owners[i].ask(now);
        if (!chance(15))
          questions.push_back({i, owners[i].question, x});
      }
  }

  void coordinator_acts() {
    while (!questions.empty() && chance(60)) {
      auto x = std::move(questions.front());
      questions.pop_front();
      auto answer = table.renew(x.x, now);
      note(answer, x.x.owner);
      if (!chance(15))
        replies.push_back({x.from, x.number, std::move(answer)});
    }
    table.expire(now);
    if (auto wanted = table.next_claim(now))
      claims.push_back(*wanted);
    if (!claims.empty() && chance(70)) {
      auto claim = claims.front();
      claims.pop_front();
      shards_stored stored;
      for (auto shard : claim.shards) {
        auto& x = store[shard];
        x = {.shard = shard, .epoch = x.epoch + 1, .owner = claim.owner};
        stored.shards.push_back(x);
      }
      table.claimed(claim, stored);
    }
  }

  // An epoch belongs to one owner for ever.
  void note(const shards_renewed& answer, const owner_id& owner) {
    for (const auto& x : answer.held) {
      auto [i, fresh] = granted_to.try_emplace(x, owner);
      grants += fresh ? 1 : 0;
      REQUIRE(i->second == owner);
    }
  }

  void replies_arrive() {
    while (!replies.empty() && chance(60)) {
      auto x = std::move(replies.front());
      replies.pop_front();
      auto& owner = owners[x.to];
      if (owner.question == x.number && owner.frozen_until <= now)
        owner.hear(x.x);
    }
  }

  void check() {
    std::set<std::uint32_t> valid;
    for (const auto& owner : owners)
      for (const auto& [shard, x] : owner.held)
        if (x.until > now && !valid.insert(shard).second)
          ++conflicts;
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      now += 20ms;
      disturb();
      owners_act();
      coordinator_acts();
      replies_arrive();
      check();
    }
  }

  // Without disturbance, all shards find their owners.
  bool comes_to_rest() {
    for (auto& x : owners)
      x.frozen_until = {};
    for (int i = 0; i < 1000; ++i) {
      now += 20ms;
      if (i % 5 == 0)
        for (auto& x : owners) {
          auto answer = table.renew(x.ask(now), now);
          x.hear(answer);
        }
      coordinator_acts();
    }
    for (const auto& x : owners)
      if (x.held.size() != key_shards / owner_count)
        return false;
    return true;
  }
};

} // namespace

TEST_CASE("R2: whatever is delayed or lost, no two owners believe to have a shard") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    history x{seed, lease};
    x.run(3000);
    CHECK(x.conflicts == 0);
    CHECK(x.grants > key_shards);
    CHECK(x.comes_to_rest());
  }
}

TEST_CASE("R2, control: owners that count their leases too long do believe it") {
  std::size_t conflicts = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    history x{seed, 4 * lease};
    x.run(3000);
    conflicts += x.conflicts;
  }
  CHECK(conflicts > 0);
}

} // namespace shard_table_random_test
