// SPDX-License-Identifier: Apache-2.0
#include <caf/resumable.hpp>
#include <catch2/catch.hpp>
#include <list>
#include <random>

#include "tests/support/cache_stage.hpp"

namespace cache_history_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// Two owners between which the shards move, clients that read and write a few keys, and whatever
/// can go wrong, in an order that the seed decides. Whoever was told of a change, or saw one, must
/// never see an older state of that key afterwards; and when all is quiet at last, readers see what
/// is stored (R3).
class random_history {
public:
  random_history(std::uint64_t seed, cache_safety safety, bool check_epochs)
      : random_{seed},
        stage_{safety} {
    stage_.store->check_epochs = check_epochs;
    stage_.options.collections[0].cache_max = 3000; // about ten entries
    stage_.options.request_timeout = 1s;
    stage_.options.env = stage_.simulated_environment();
    for (std::uint32_t number : {1U, 2U})
      owners_.push_back(stage_.spawn_owner(number));
  }

  /// Empty, or what a reader saw that it must not see.
  std::string run(std::size_t events) {
    for (std::size_t i = 0; i < events && violation_.empty(); ++i) {
      act();
      for (auto steps = pick(12); steps > 0 && step(); --steps)
        look();
    }
    if (violation_.empty())
      calm_down();
    return violation_;
  }

  std::size_t reads() const { return reads_; }
  std::size_t acknowledged() const { return acknowledged_; }

private:
  struct pending_read {
    std::string id;
    std::uint64_t at_least = 0;
    answer<records_found> answered;
  };

  struct pending_write {
    std::string id;
    answer<records_written> answered;
  };

  struct pending_invalidation {
    std::string id;
    std::uint64_t version = 0;
    answer<caf::ok_atom> answered;
  };

  std::size_t pick(std::size_t count) { return random_() % count; }
  bool chance(double share) { return std::uniform_real_distribution<>{0, 1}(random_) < share; }
  std::string any_id() { return "key" + std::to_string(pick(4)); }

  void act() {
    auto& store = *stage_.store;
    switch (pick(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      return read();
    case 6:
    case 7:
    case 8:
      return write();
    case 9:
      return write_past_owner();
    case 10: {
      auto& hold = pick(3) == 0   ? store.hold_reads
                   : pick(2) == 0 ? store.hold_writes
                                  : store.hold_answers;
      hold = chance(0.5);
      return;
    }
    case 11:
    case 12:
      return release_some();
    case 13:
      // Long enough for a lease to run out, sometimes; mostly while somebody sleeps.
      stage_.scheduler.advance_time(
        milliseconds{pick(frozen_ == nullptr ? 10 : 2) == 0 ? pick(4000) : pick(300)});
      return;
    case 14:
      stage_.coordinating->wanted = 1 + static_cast<std::uint32_t>(pick(2));
      stage_.coordinating->answers = chance(0.9);
      store.lose_requests = chance(0.05);
      return;
    default:
      freeze_or_thaw();
    }
  }

  /// While one owner sleeps, the other gets the shards.
  void freeze_or_thaw() {
    if (frozen_ != nullptr) {
      frozen_ = nullptr;
    } else if (chance(0.3)) {
      const auto who = pick(2);
      frozen_ = &owners_[who];
      stage_.coordinating->wanted = 2 - static_cast<std::uint32_t>(who);
    }
  }

  /// Answers some of what is held back, in any order; the rest waits, perhaps for long.
  void release_some() {
    auto& held = stage_.store->held;
    if (chance(0.2)) {
      held.insert(held.end(), late_.begin(), late_.end());
      late_.clear();
    }
    std::shuffle(held.begin(), held.end(), random_);
    const auto half = held.begin() + static_cast<std::ptrdiff_t>(held.size() / 2);
    late_.insert(late_.end(), half, held.end());
    held.resize(held.size() / 2);
    caf::anon_send(stage_.repository, caf::flush_atom::value);
  }

  void read() {
    auto id = any_id();
    auto answered = stage_.request<records_found>(owners_[pick(2)], get_records{"notes", {id}, {}});
    reading_.push_back({id, known_[id], answered});
  }

  void write() {
    auto id = chance(0.7) ? any_id() : "other" + std::to_string(pick(30));
    auto request = cache_stage::put(id, "{}");
    request.writes[0].remove = chance(0.2) && stage_.store->find(id).version != 0;
    writing_.push_back({id, stage_.request<records_written>(owners_[pick(2)], request)});
  }

  /// As a batch does it: with the current epoch, and waiting for the owner of that.
  void write_past_owner() {
    auto id = any_id();
    const auto& place = stage_.coordinating->places[shard_of("notes", id)];
    auto version = stage_.store->change(id, "{}");
    if (place.owner == 0)
      return;
    auto answered = stage_.request<caf::ok_atom>(owners_[place.owner - 1],
                                                 invalidate_keys{{{"notes", id, version}}});
    invalidating_.push_back({id, version, answered});
  }

  /// Nothing is held back or lost any more. What was written too late is done now, or refused.
  void calm_down() {
    auto& store = *stage_.store;
    store.hold_reads = store.hold_writes = store.hold_answers = store.lose_requests = false;
    frozen_ = nullptr;
    stage_.coordinating->answers = true;
    store.held.insert(store.held.end(), late_.begin(), late_.end());
    stage_.release();
    stage_.advance(6s);
    stage_.owner = owners_[stage_.coordinating->wanted - 1];
    for (const auto& [id, changes] : store.history)
      if (stage_.get(id).value.version != store.find(id).version)
        violation_ = id + " is not as it is stored";
  }

  /// Any actor that is not frozen handles one message.
  bool step() {
    auto& jobs = stage_.scheduler.jobs;
    const auto* asleep
      = frozen_ == nullptr
          ? nullptr
          : dynamic_cast<caf::resumable*>(caf::actor_cast<caf::abstract_actor*>(*frozen_));
    std::vector<std::size_t> awake;
    for (std::size_t i = 0; i < jobs.size(); ++i)
      if (jobs[i] != asleep)
        awake.push_back(i);
    if (awake.empty())
      return false;
    std::swap(jobs.front(), jobs[awake[pick(awake.size())]]);
    return stage_.step();
  }

  void learn(const std::string& id, std::uint64_t sequence) {
    known_[id] = std::max(known_[id], sequence);
  }

  void look() {
    std::erase_if(writing_, [this](const pending_write& x) {
      if (!x.answered->has_value())
        return false;
      if (x.answered->value() && x.answered->value()->results[0].code == 0) {
        learn(x.id, x.answered->value()->results[0].sequence);
        ++acknowledged_;
      }
      return true;
    });
    std::erase_if(invalidating_, [this](const pending_invalidation& x) {
      if (x.answered->has_value())
        learn(x.id, x.version);
      return x.answered->has_value();
    });
    std::erase_if(reading_, [this](const pending_read& x) {
      if (x.answered->has_value() && x.answered->value())
        judge(x, x.answered->value()->records[0].value.version);
      return x.answered->has_value();
    });
  }

  void judge(const pending_read& read, std::uint64_t version) {
    ++reads_;
    if (version == 0 && read.at_least == 0)
      return; // it was not there at first
    for (const auto& change : stage_.store->history[read.id])
      if (change.sequence >= read.at_least && change.version == version)
        return learn(read.id, change.sequence);
    violation_ = read.id + " was version " + std::to_string(version) + " after sequence "
                 + std::to_string(read.at_least);
  }

  std::mt19937_64 random_;
  cache_stage stage_;
  std::vector<cache_shell> owners_;
  const cache_shell* frozen_ = nullptr;
  std::vector<std::function<void()>> late_;    ///< answers that are held back for longer
  std::map<std::string, std::uint64_t> known_; ///< sequence of what somebody was told or saw
  std::list<pending_read> reading_;
  std::list<pending_write> writing_;
  std::list<pending_invalidation> invalidating_;
  std::size_t reads_ = 0;
  std::size_t acknowledged_ = 0;
  std::string violation_;
};

constexpr std::size_t events = 500;

/// The first seed that finds a violation; 0: none did.
std::uint64_t find_violation(std::uint64_t seeds, cache_safety safety, bool check_epochs) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    if (!random_history{seed, safety, check_epochs}.run(events).empty())
      return seed;
  return 0;
}

} // namespace

TEST_CASE("R3 no reader sees an older state than one that it could know of, whatever happens") {
  std::size_t reads = 0, acknowledged = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    random_history history{seed, {}, true};
    INFO("seed " << seed);
    CHECK(history.run(events) == "");
    reads += history.reads();
    acknowledged += history.acknowledged();
  }
  CHECK(reads > 1000);
  CHECK(acknowledged > 1000);
}

TEST_CASE("R3 the random histories notice each safeguard that is missing") {
  CHECK(find_violation(300, {false, true, true}, true) != 0);
  CHECK(find_violation(300, {true, false, true}, true) != 0);
  CHECK(find_violation(300, {true, true, false}, true) != 0);
  CHECK(find_violation(300, {}, false) != 0);
}

} // namespace cache_history_test
