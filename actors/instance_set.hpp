// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "messages/time.hpp"

namespace troupe {

enum class balancing : std::uint8_t {
  round_robin = 1,
  two_choices, ///< the one with fewer requests under way, of two taken at random
  by_key,      ///< the same record always goes to the same instance, while it lives
};

struct instance_settings {
  balancing strategy = balancing::two_choices;
  milliseconds slow_start{10'000}; ///< 0: a new instance gets its full share at once
};

/// The instances of a service, how they do, and which one gets the next request. Pure state: no
/// actor, no clock.
///
///     in --- did not answer ---> out --- backoff is over, probe answered ---> in
///
/// An instance that is out gets no requests, unless more than half of them are: then it is rather
/// the network or what lies behind them, and all get requests, as if all were in.
class instance_set {
public:
  using time_point = std::chrono::steady_clock::time_point;
  /// Names one instance; another one under the same name has another number.
  using number = std::uint64_t;

  instance_set(instance_settings settings, std::uint64_t seed);

  /// Takes an instance up. It begins slowly if there are others.
  number add(std::string name, time_point now);

  void remove(number which);

  /// Is there an instance beside these?
  bool has_other(const std::vector<number>& than) const;

  /// Chooses the instance for a request, none of `except`. Requests with the same `key` go to the
  /// same instance, if that is the strategy; empty: it is about no record. Empty result: there is
  /// no other instance.
  std::optional<number> pick(std::string_view key, const std::vector<number>& except,
                             time_point now);

  // -- how requests go; numbers that are gone are ignored

  void sent(number which);
  /// It answered, were it with a refusal.
  void answered(number which);
  /// It did not answer in time, or says that it stops.
  void failed(number which, time_point now);

  // -- looking after those that are out

  /// Instances to send a probe to; each is named once until its probe is over.
  std::vector<number> due_probes(time_point now);
  void probed(number which, bool answered, time_point now);

  bool any_out() const;
  bool is_out(number which) const;
  std::uint64_t under_way(number which) const;

private:
  struct instance {
    std::string name;
    std::uint64_t hash = 0; // of the name
    std::uint64_t under_way = 0;
    std::optional<time_point> slow_since;
    bool out = false;
    bool probing = false;
    std::uint32_t failures = 0; // in a row
    time_point probe_at{};
    double credit = 0; // of the round robin
  };

  struct candidate {
    number which;
    instance* of;
    double weight;
  };

  std::vector<candidate> candidates(const std::vector<number>& except, time_point now);
  double weight(instance& x, time_point now) const;
  void put_out(instance& x, time_point now);

  static number next_in_turn(const std::vector<candidate>& from);
  static number nearest(const std::vector<candidate>& from, std::uint64_t key_hash);
  number less_busy(std::vector<candidate> from);
  std::size_t draw(const std::vector<candidate>& from);

  instance_settings settings_;
  std::mt19937_64 random_;
  number next_ = 1;
  std::map<number, instance> instances_;
};

} // namespace troupe
