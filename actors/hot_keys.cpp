// SPDX-License-Identifier: Apache-2.0
#include "actors/hot_keys.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace troupe {

namespace {

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

// So many reads a second are looked at: enough for a good estimate, and a few tenths of a percent
// of the time.
constexpr double samples_a_second = 2000;
constexpr double distance_max = 128;
constexpr auto adapt_interval = 1s;

// Before weights get too large for their differences to be exact.
constexpr auto rebase_interval = 10 * hot_keys::fading;

std::uint64_t hash_of(std::uint32_t collection, std::string_view id) {
  return std::hash<std::string_view>{}(id) + collection * 0x9e3779b97f4a7c15ULL;
}

double fadings(hot_keys::time_point from, hot_keys::time_point to) {
  return seconds{to - from} / seconds{hot_keys::fading};
}

} // namespace

hot_keys::hot_keys(std::uint64_t seed)
    : random_{static_cast<std::minstd_rand::result_type>(seed ^ seed >> 32)} {
  hashes_.reserve(counters_max);
  counters_.reserve(counters_max);
}

void hot_keys::count(std::uint32_t collection, std::string_view id, time_point now) {
  if (now - base_ >= rebase_interval)
    rebase(now);
  counter_of(collection, id).weight += distance_ * weight_of(now);
  ++samples_;
  if (now - adapted_ >= adapt_interval)
    adapt(now);
  // The mean is `distance_`; at equal distances a reader that goes round would be seen wrongly.
  left_ = 1 + static_cast<std::uint32_t>(random_() % (2 * distance_ - 1));
}

hot_keys::counter& hot_keys::counter_of(std::uint32_t collection, std::string_view id) {
  const auto hash = hash_of(collection, id);
  for (auto i = hashes_.begin(); (i = std::find(i, hashes_.end(), hash)) != hashes_.end(); ++i)
    if (auto& x = counters_[static_cast<std::size_t>(i - hashes_.begin())];
        x.collection == collection && x.id == id)
      return x;
  if (counters_.size() < counters_max) {
    hashes_.push_back(hash);
    return counters_.emplace_back(counter{0, 0, collection, std::string{id}});
  }
  const auto least
    = std::min_element(counters_.begin(), counters_.end(),
                       [](const counter& a, const counter& b) { return a.weight < b.weight; });
  hashes_[static_cast<std::size_t>(least - counters_.begin())] = hash;
  least->error = least->weight;
  least->collection = collection;
  least->id = id;
  return *least;
}

double hot_keys::weight_of(time_point now) const {
  return std::exp(fadings(base_, now));
}

void hot_keys::rebase(time_point now) {
  const auto faded = std::exp(-fadings(base_, now));
  for (auto& x : counters_) {
    x.weight *= faded;
    x.error *= faded;
  }
  base_ = now;
}

void hot_keys::adapt(time_point now) {
  const auto rate = samples_ * distance_ / seconds{now - adapted_}.count();
  distance_ = static_cast<std::uint32_t>(
    std::clamp(std::round(rate / samples_a_second), 1.0, distance_max));
  samples_ = 0;
  adapted_ = now;
}

std::vector<hot_keys::estimate> hot_keys::most_read(time_point now) const {
  const auto faded = std::exp(-fadings(base_, now));
  std::vector<estimate> result;
  for (const auto& x : counters_)
    if (const auto reads = std::llround((x.weight - x.error) * faded); reads > 0)
      result.push_back({x.collection, x.id, static_cast<std::uint64_t>(reads)});
  std::sort(result.begin(), result.end(),
            [](const estimate& a, const estimate& b) { return a.reads > b.reads; });
  return result;
}

} // namespace troupe
