// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace troupe {

/// How many of something each caller holds at a time, so that nobody uses up what all share. What
/// is held may be given back on any thread, also after the end of this.
class caller_budgets {
public:
  explicit caller_budgets(std::size_t each_max) : each_max_{each_max} {}

  /// One of the caller's, which it holds as long as somebody has the pointer; null: it holds as
  /// many as it may.
  std::shared_ptr<void> take(const std::string& caller);

  std::size_t each_max() const noexcept { return each_max_; }

private:
  struct held {
    std::mutex mutex;
    std::unordered_map<std::string, std::size_t> by_caller; ///< none of those with nothing
  };

  std::size_t each_max_;
  std::shared_ptr<held> held_ = std::make_shared<held>();
};

} // namespace troupe
