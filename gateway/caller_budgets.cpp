// SPDX-License-Identifier: Apache-2.0
#include "gateway/caller_budgets.hpp"

namespace troupe {

std::shared_ptr<void> caller_budgets::take(const std::string& caller) {
  {
    std::lock_guard guard{held_->mutex};
    auto& count = held_->by_caller[caller];
    if (count >= each_max_)
      return nullptr;
    ++count;
  }
  // It points to something, so that it is not null.
  return {held_.get(), [held = held_, caller](void*) {
            std::lock_guard guard{held->mutex};
            const auto found = held->by_caller.find(caller);
            if (--found->second == 0)
              held->by_caller.erase(found);
          }};
}

} // namespace troupe
