// SPDX-License-Identifier: Apache-2.0
#include "actors/supervision.hpp"

#include <algorithm>

namespace troupe {

supervision::supervision(const supervision_settings& settings, std::vector<restart_kind> children,
                         std::uint64_t seed)
    : settings_{settings},
      budget_{settings.intensity, settings.period},
      random_{seed} {
  for (auto kind : children)
    children_.push_back(child_state{.kind = kind});
}

supervision_step supervision::next(time_point now) {
  auto stopping = [](const child_state& x) { return x.now == phase::stopping; };
  if (std::any_of(children_.begin(), children_.end(), stopping))
    return {};
  for (auto i = children_.size(); i-- > 0;)
    if (children_[i].stop) {
      children_[i].now = phase::stopping;
      return {.what = supervision_step::kind::stop, .child = i};
    }
  if (shutting_down_)
    return {.what = supervision_step::kind::end};
  return next_start(now);
}

supervision_step supervision::next_start(time_point now) {
  supervision_step result;
  for (std::size_t i = 0; i < children_.size(); ++i) {
    auto& child = children_[i];
    if (child.now != phase::absent || !child.start)
      continue;
    if (child.due <= now) {
      child.now = phase::running;
      child.start = false;
      return {.what = supervision_step::kind::start, .child = i};
    }
    if (result.what == supervision_step::kind::idle || child.due < result.due)
      result = {.what = supervision_step::kind::wait, .due = child.due};
    // Later children depend on earlier ones, so they wait for them.
    if (settings_.strategy != restart_strategy::one_for_one)
      break;
  }
  return result;
}

supervision::verdict supervision::ended(std::size_t child, bool failed, time_point now) {
  auto& self = children_[child];
  self.now = phase::absent;
  if (self.stop) {
    self.stop = false;
    return verdict::expected;
  }
  if (self.kind == restart_kind::temporary || (self.kind == restart_kind::transient && !failed))
    return verdict::gone;
  if (!budget_.spend(now)) {
    shut_down();
    return verdict::gave_up;
  }
  auto due
    = now + backoff_delay(settings_.backoff, static_cast<std::uint32_t>(budget_.spent()), random_);
  for (std::size_t i = 0; i < children_.size(); ++i)
    if (affects(child, i)) {
      auto& other = children_[i];
      other.stop = other.now != phase::absent;
      other.start = other.kind != restart_kind::temporary;
      other.due = due;
    }
  return verdict::restarting;
}

void supervision::shut_down() {
  shutting_down_ = true;
  for (auto& x : children_) {
    x.start = false;
    x.stop = x.now != phase::absent;
  }
}

bool supervision::affects(std::size_t failed, std::size_t other) const {
  switch (settings_.strategy) {
  case restart_strategy::one_for_one:
    return other == failed;
  case restart_strategy::one_for_all:
    return true;
  case restart_strategy::rest_for_one:
    return other >= failed;
  }
  return true;
}

} // namespace troupe
