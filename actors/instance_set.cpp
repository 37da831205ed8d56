// SPDX-License-Identifier: Apache-2.0
#include "actors/instance_set.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "actors/backoff.hpp"

namespace troupe {

namespace {

constexpr backoff_settings probe_pause{
  .base = milliseconds{500}, .factor = 2, .max = milliseconds{30'000}};

// Of a full share: with nothing at all, an instance would never be seen to work.
constexpr double least_weight = 0.1;

// FNV-1a (G. Fowler, L. Noll, K.-P. Vo), 64 bits: the same in every process, unlike `std::hash`.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t result = 0xcbf29ce484222325;
  for (auto c : text) {
    result ^= static_cast<unsigned char>(c);
    result *= 0x100000001b3;
  }
  return result;
}

// The finalizer of splitmix64 (S. Vigna): each bit of the sum touches each bit of the result.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

} // namespace

instance_set::instance_set(instance_settings settings, std::uint64_t seed)
    : settings_{settings},
      random_{seed} {}

instance_set::number instance_set::add(std::string name, time_point now) {
  instance made;
  made.hash = hash_of(name);
  made.name = std::move(name);
  if (!instances_.empty() && settings_.slow_start.count() > 0)
    made.slow_since = now;
  auto result = next_++;
  instances_.emplace(result, std::move(made));
  return result;
}

void instance_set::remove(number which) {
  instances_.erase(which);
}

bool instance_set::has_other(const std::vector<number>& than) const {
  return std::ranges::any_of(
    instances_, [&than](const auto& x) { return std::ranges::find(than, x.first) == than.end(); });
}

// -- choosing ------------------------------------------------------------------------------------

std::optional<instance_set::number>
instance_set::pick(std::string_view key, const std::vector<number>& except, time_point now) {
  auto from = candidates(except, now);
  if (from.empty())
    return std::nullopt;
  if (from.size() == 1)
    return from.front().which;
  if (settings_.strategy == balancing::round_robin)
    return next_in_turn(from);
  if (settings_.strategy == balancing::by_key && !key.empty())
    return nearest(from, hash_of(key));
  return less_busy(std::move(from));
}

std::vector<instance_set::candidate> instance_set::candidates(const std::vector<number>& except,
                                                              time_point now) {
  auto in = std::ranges::count_if(instances_, [](const auto& x) { return !x.second.out; });
  auto panic = 2 * static_cast<std::size_t>(in) < instances_.size();
  std::vector<candidate> result;
  std::vector<candidate> last_resort;
  for (auto& [which, x] : instances_)
    if (std::ranges::find(except, which) == except.end())
      (panic || !x.out ? result : last_resort).push_back({which, &x, weight(x, now)});
  // All that are in have been tried.
  return result.empty() ? last_resort : result;
}

double instance_set::weight(instance& x, time_point now) const {
  if (!x.slow_since)
    return 1;
  auto part = std::chrono::duration<double>{now - *x.slow_since}
              / std::chrono::duration<double>{settings_.slow_start};
  if (part >= 1)
    x.slow_since.reset();
  return std::clamp(part, least_weight, 1.0);
}

// Smooth weighted round robin (I. Sysoev, nginx 1.3.1): no bursts to the heavy ones.
instance_set::number instance_set::next_in_turn(const std::vector<candidate>& from) {
  double total = 0;
  for (auto& x : from) {
    x.of->credit += x.weight;
    total += x.weight;
  }
  auto best = std::ranges::max_element(from, {}, [](const auto& x) { return x.of->credit; });
  best->of->credit -= total;
  return best->which;
}

// Rendezvous hashing (D. Thaler, C. Ravishankar, 1998), weighted (J. Resch, 2015): when an instance
// goes, only its own keys move, and evenly to all others.
instance_set::number instance_set::nearest(const std::vector<candidate>& from,
                                           std::uint64_t key_hash) {
  auto distance = [key_hash](const candidate& x) {
    // In (0, 1), from the upper 53 bits.
    auto u = (static_cast<double>(mixed(x.of->hash ^ mixed(key_hash)) >> 11) + 0.5) * 0x1p-53;
    return -std::log(u) / x.weight;
  };
  return std::ranges::min_element(from, {}, distance)->which;
}

// "The power of two choices" (M. Mitzenmacher, 1996): nearly as even as looking at all of them, and
// many balancers that see the same do not all run to the same instance.
instance_set::number instance_set::less_busy(std::vector<candidate> from) {
  auto take = [&] {
    auto i = from.begin() + static_cast<std::ptrdiff_t>(draw(from));
    auto taken = *i;
    from.erase(i);
    return taken;
  };
  auto load = [](const candidate& x) { return static_cast<double>(x.of->under_way) / x.weight; };
  auto first = take();
  auto second = take();
  return load(second) < load(first) ? second.which : first.which;
}

std::size_t instance_set::draw(const std::vector<candidate>& from) {
  double total = 0;
  for (auto& x : from)
    total += x.weight;
  auto rest = total * std::uniform_real_distribution<double>{}(random_);
  for (std::size_t i = 0; i + 1 < from.size(); ++i)
    if ((rest -= from[i].weight) < 0)
      return i;
  return from.size() - 1;
}

// -- how requests go -----------------------------------------------------------------------------

void instance_set::sent(number which) {
  if (auto i = instances_.find(which); i != instances_.end())
    ++i->second.under_way;
}

void instance_set::answered(number which) {
  auto i = instances_.find(which);
  if (i == instances_.end())
    return;
  --i->second.under_way;
  i->second.failures = 0;
  i->second.out = false;
}

void instance_set::failed(number which, time_point now) {
  auto i = instances_.find(which);
  if (i == instances_.end())
    return;
  --i->second.under_way;
  // Those that were sent before it was put out say nothing new.
  if (!i->second.out)
    put_out(i->second, now);
}

void instance_set::put_out(instance& x, time_point now) {
  x.out = true;
  ++x.failures;
  // At least half of it: a random wait may be none at all.
  auto half = backoff_limit(probe_pause, x.failures) / 2;
  std::uniform_int_distribution<milliseconds::rep> jitter{0, half.count()};
  x.probe_at = now + half + milliseconds{jitter(random_)};
}

// -- looking after those that are out ------------------------------------------------------------

std::vector<instance_set::number> instance_set::due_probes(time_point now) {
  std::vector<number> result;
  for (auto& [which, x] : instances_)
    if (x.out && !x.probing && x.probe_at <= now) {
      x.probing = true;
      result.push_back(which);
    }
  return result;
}

void instance_set::probed(number which, bool answered, time_point now) {
  auto i = instances_.find(which);
  if (i == instances_.end())
    return;
  i->second.probing = false;
  if (!i->second.out)
    return;
  // Its failures count on until it answers a request.
  if (answered)
    i->second.out = false;
  else
    put_out(i->second, now);
}

bool instance_set::any_out() const {
  return std::ranges::any_of(instances_, [](const auto& x) { return x.second.out; });
}

bool instance_set::is_out(number which) const {
  auto i = instances_.find(which);
  return i != instances_.end() && i->second.out;
}

std::uint64_t instance_set::under_way(number which) const {
  auto i = instances_.find(which);
  return i == instances_.end() ? 0 : i->second.under_way;
}

} // namespace troupe
