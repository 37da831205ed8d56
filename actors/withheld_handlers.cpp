// SPDX-License-Identifier: Apache-2.0
#include "actors/withheld_handlers.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds wait_first = 1s;
constexpr std::chrono::seconds wait_longest = 60s;
constexpr std::uint32_t doublings_max = 6;

std::chrono::seconds wait_after(std::uint32_t failures) {
  return std::min(wait_first * (1 << std::min(failures - 1, doublings_max)), wait_longest);
}

} // namespace

bool withheld_handlers::withhold(const std::string& name, std::string why, time_point now) {
  auto& x = entries_[name];
  if (x.withheld && now < x.until)
    return false; // another run of the same try
  ++x.failures;
  x.why = std::move(why);
  x.until = now + wait_after(x.failures);
  return !std::exchange(x.withheld, true);
}

std::vector<std::string> withheld_handlers::due(time_point now) const {
  std::vector<std::string> result;
  for (const auto& [name, x] : entries_)
    if (x.withheld && now >= x.until)
      result.push_back(name);
  return result;
}

void withheld_handlers::offer(const std::string& name) {
  if (auto i = entries_.find(name); i != entries_.end())
    i->second.withheld = false;
}

void withheld_handlers::started(const std::string& name) {
  if (auto i = entries_.find(name); i != entries_.end() && !i->second.withheld)
    entries_.erase(i);
}

const std::string* withheld_handlers::why(const std::string& name) const {
  auto i = entries_.find(name);
  return i != entries_.end() && i->second.withheld ? &i->second.why : nullptr;
}

} // namespace troupe
