// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/shard_table.hpp"

namespace shard_table_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

owner_id cache(const std::string& node, std::uint64_t incarnation = 1, std::uint32_t number = 0) {
  return {.node = node, .incarnation = incarnation, .number = number};
}

const auto a = cache("a");
const auto b = cache("b");

// A table, its clock, and the store's epochs; and for each owner what the last answer said.
struct sharing {
  shard_table table{{.interval = 1s, .lease = 3s}};
  shard_table::time_point now{};
  std::map<std::uint32_t, stored_shard> store;
  std::map<owner_id, shards_renewed> last;
  std::vector<claim_shards> claims;

  void restart(const std::string& dead_node = {}) {
    table = shard_table{{.interval = 1s, .lease = 3s}};
    shards_stored stored;
    for (const auto& [shard, x] : store)
      stored.shards.push_back(x);
    table.load(
      stored, [&](const owner_id& x) { return x.node == dead_node; }, now);
  }

  shards_stored write(const claim_shards& claim) {
    shards_stored result;
    for (auto shard : claim.shards) {
      auto& x = store[shard];
      x = {.shard = shard, .epoch = x.epoch + 1, .owner = claim.owner};
      result.shards.push_back(x);
    }
    return result;
  }

  void claim() {
    while (auto wanted = table.next_claim(now)) {
      claims.push_back(*wanted);
      table.claimed(*wanted, write(*wanted));
    }
  }

  shards_renewed say(renew_shards x) {
    last[x.owner] = table.renew(x, now);
    claim();
    return last[x.owner];
  }

  renew_shards renewal(const owner_id& owner) {
    return {.owner = owner,
            .held = last[owner].held,
            .released = {},
            .draining = false,
            .answered = last[owner].number};
  }

  // Renews all that it has, but for what it was asked back.
  shards_renewed renew(const owner_id& owner) {
    auto x = renewal(owner);
    for (auto shard : last[owner].release)
      std::erase_if(x.held, [&](const shard_epoch& y) { return y.shard == shard; });
    return say(x);
  }

  void rounds(int count, const std::vector<owner_id>& owners) {
    for (int i = 0; i < count; ++i) {
      now += 200ms;
      for (const auto& x : owners)
        renew(x);
    }
  }

  std::size_t held_by(const owner_id& owner) {
    std::size_t result = 0;
    for (std::uint32_t shard = 0; shard < key_shards; ++shard)
      if (const auto* holder = table.holder(shard); holder && *holder == owner)
        ++result;
    return result;
  }
};

} // namespace

TEST_CASE_METHOD(sharing, "a lone owner gets all shards, each under a new epoch") {
  rounds(4, {a});

  CHECK(held_by(a) == key_shards);
  CHECK(last[a].held.size() == key_shards);
  for (const auto& x : last[a].held)
    CHECK(x.epoch == 1);
  CHECK(last[a].interval == 1s);
}

TEST_CASE_METHOD(sharing, "owners that start together share evenly, and nothing is moved twice") {
  auto c = cache("c");
  rounds(10, {a, b, c});

  CHECK(held_by(a) + held_by(b) + held_by(c) == key_shards);
  for (const auto& x : {a, b, c})
    CHECK((held_by(x) == 85 || held_by(x) == 86));
  std::size_t claimed = 0;
  for (const auto& x : claims)
    claimed += x.shards.size();
  CHECK(claimed == key_shards);
}

TEST_CASE_METHOD(sharing, "a shard is told to its owner only after the store has claimed it") {
  table.renew({.owner = a, .held = {}, .released = {}, .draining = false, .answered = 0}, now);
  now += 200ms;
  auto wanted = table.next_claim(now);
  REQUIRE(wanted);
  auto before = table.renew(renewal(a), now);
  CHECK(before.held.empty());
  CHECK(before.interval == 100ms);
  CHECK_FALSE(table.next_claim(now));

  table.claimed(*wanted, write(*wanted));

  CHECK(table.renew(renewal(a), now).held.size() == key_shards);
}

TEST_CASE_METHOD(sharing, "one that joins gets its share when the other has handed it back") {
  rounds(4, {a});
  renew(b);
  now += 200ms;
  renew(b);
  CHECK(held_by(b) == 0);

  auto asked = say(renewal(a));
  CHECK(asked.release.size() == key_shards / 2);
  say(renewal(a)); // they are not quiet yet
  renew(b);
  CHECK(held_by(b) == 0);

  renew(a);
  renew(b);
  CHECK(held_by(a) == key_shards / 2);
  CHECK(held_by(b) == key_shards / 2);
  for (const auto& x : last[b].held)
    CHECK(x.epoch == 2);
}

TEST_CASE_METHOD(sharing, "R2: a silent owner keeps its shards until its lease is over") {
  rounds(4, {a});
  auto silent_since = now;
  while (now < silent_since + 2900ms) {
    now += 100ms;
    renew(b);
    CHECK(held_by(b) == 0);
  }
  table.lose(a);
  renew(b);
  CHECK(held_by(b) == 0);

  now = silent_since + 3s;
  renew(b);
  renew(b);
  CHECK(held_by(b) == key_shards);
}

TEST_CASE_METHOD(sharing, "what a dead owner had is given away at once") {
  rounds(4, {a});
  rounds(2, {b});

  table.bury(a);
  renew(b);
  renew(b);

  CHECK(held_by(b) == key_shards);
}

TEST_CASE_METHOD(sharing, "R2: an owner that was frozen cannot renew what another one has now") {
  rounds(4, {a});
  auto frozen = renewal(a);
  now += 3s;
  renew(b);
  rounds(4, {b});
  REQUIRE(held_by(b) == key_shards);

  auto answer = say(frozen);

  CHECK(answer.held.empty());
  CHECK(held_by(b) == key_shards);
}

TEST_CASE_METHOD(sharing, "an owner that drains is relieved at once") {
  rounds(10, {a, b});
  REQUIRE(held_by(a) == 128);

  say({.owner = a, .held = {}, .released = {}, .draining = true, .answered = last[a].number});
  renew(b);

  CHECK(held_by(b) == key_shards);
  CHECK(
    say({.owner = a, .held = {}, .released = {}, .draining = true, .answered = 0}).held.empty());
}

TEST_CASE_METHOD(sharing, "a shard that was given up comes back under another epoch") {
  rounds(4, {a});
  auto x = renewal(a);
  std::erase_if(x.held, [](const shard_epoch& y) { return y.shard == 7; });
  auto without = say(x);
  CHECK(without.held.size() == key_shards - 1);

  auto with = renew(a);

  CHECK(with.held.at(7) == shard_epoch{7, 2});
  CHECK(with.held.at(8) == shard_epoch{8, 1});
}

TEST_CASE_METHOD(sharing, "shards in an answer that was lost are not taken for handed back") {
  rounds(1, {a});
  auto unaware = renewal(a);
  now += 200ms;
  say(unaware);
  auto granted = say(unaware);
  REQUIRE(granted.held.size() == key_shards);

  auto again = say(unaware);

  CHECK(again.held == granted.held);
  last[a].held.clear();
  CHECK(renew(a).held.empty()); // now it knows of them, and does not want them
}

TEST_CASE_METHOD(sharing, "after a restart, owners keep what they name, and nobody gets the rest") {
  rounds(10, {a, b});
  auto kept = last[a].held;
  restart();
  last[a].number = 0;

  now += 200ms;
  CHECK(renew(a).held == kept);
  rounds(10, {a});
  CHECK(held_by(a) == 128);
  rounds(10, {a});
  CHECK(held_by(a) == key_shards);
}

TEST_CASE_METHOD(sharing, "after a restart, a shard of a dead process is free at once") {
  rounds(10, {a, b});
  auto of_b = last[b].held;
  restart("a");
  last[a] = {};
  last[b].number = 0;

  auto next_a = cache("a", 2);
  rounds(2, {b, next_a});
  rounds(1, {b, next_a});

  CHECK(last[b].held == of_b);
  CHECK(held_by(next_a) == 128);
  for (const auto& x : last[next_a].held)
    CHECK(x.epoch == 2);
}

TEST_CASE_METHOD(sharing, "an epoch of another owner or time is not renewed") {
  rounds(4, {a});
  restart();
  renew_shards wrong{.owner = a, .held = {}, .released = {}, .draining = false, .answered = 0};
  for (auto x : last[a].held)
    wrong.held.push_back({x.shard, x.epoch + 1});
  wrong.owner = cache("a", 2);

  CHECK(say(wrong).held.empty());
  CHECK(held_by(wrong.owner) == 0);
}

TEST_CASE_METHOD(sharing, "the next owner is told which keys were read most") {
  rounds(4, {a});
  rounds(2, {b});
  renew(a);
  auto x = renewal(a);
  auto shard = last[a].release.front();
  std::erase_if(x.held, [&](const shard_epoch& y) { return y.shard == shard; });
  x.released = {{shard, {{"photos", "1"}}}, {key_shards, {{"photos", "2"}}}};
  say(x);

  CHECK(renew(b).warm == std::vector<warm_keys>{{shard, {{"photos", "1"}}}});
  CHECK(renew(b).warm.empty());
}

} // namespace shard_table_test
