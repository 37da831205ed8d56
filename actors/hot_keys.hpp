// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// The keys that are read most, of late. Pure state: no actor, no clock.
///
/// Space-Saving (A. Metwally, D. Agrawal, A. El Abbadi, "Efficient Computation of Frequent and
/// Top-k Elements in Data Streams", ICDT 2005): a fixed number of counters; a key that has none
/// takes the smallest one over, with what it had counted as its possible error. No key with more
/// than a `counters_max`-th of all reads can be missed.
///
/// Old reads fade as in "Forward Decay" (G. Cormode, V. Shkapenyuk, D. Srivastava, B. Xu, ICDE
/// 2009): newer reads weigh more, and estimates are divided by the weight of the moment. A read
/// that is a `fading` old counts 1/e, so that a steady reader has the reads of one `fading`.
///
/// When there are many reads, only some are looked at, at random distances; each stands for those
/// that were passed over. The others cost a subtraction. Memory is allocated only by new keys.
class hot_keys {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::size_t counters_max = 256;
  static constexpr std::chrono::minutes fading{1};

  struct estimate {
    std::uint32_t collection = 0;
    std::string id;
    std::uint64_t reads = 0; ///< about so many in the last minute, rather too few than too many
  };

  explicit hot_keys(std::uint64_t seed = 0);

  /// Counts a read. `now` must not go back.
  void read(std::uint32_t collection, std::string_view id, time_point now) {
    if (--left_ == 0)
      count(collection, id, now);
  }

  /// Most read first; none that has faded.
  std::vector<estimate> most_read(time_point now) const;

private:
  struct counter {
    double weight = 0;
    double error = 0; ///< of the weight: what others may have left
    std::uint32_t collection = 0;
    std::string id;
  };

  void count(std::uint32_t collection, std::string_view id, time_point now);
  counter& counter_of(std::uint32_t collection, std::string_view id);
  double weight_of(time_point now) const;
  void rebase(time_point now);
  void adapt(time_point now);

  std::minstd_rand random_;
  std::vector<std::uint64_t> hashes_; ///< of the keys in `counters_`, apart: they are searched
  std::vector<counter> counters_;
  time_point base_{};          ///< when a read weighs 1
  std::uint32_t distance_ = 1; ///< one read of so many is looked at, on average
  std::uint32_t left_ = 1;     ///< reads until the next one that is looked at
  std::uint32_t samples_ = 0;  ///< looked at since `adapted_`
  time_point adapted_{};
};

} // namespace troupe
