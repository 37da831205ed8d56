// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>

namespace troupe {

/// What waits, in a line for each caller; the lines take turns, so that nobody waits behind all
/// that another one has sent. No actor, no clock.
template <class T>
class fair_lines {
public:
  void add(const std::string& caller, T x) {
    auto& line = lines_[caller];
    if (line.empty())
      turns_.push_back(caller);
    line.push_back(std::move(x));
    ++size_;
  }

  /// The next one. There must be one.
  T take() {
    const auto line = lines_.find(turns_.front());
    auto x = std::move(line->second.front());
    line->second.pop_front();
    turns_.pop_front();
    --size_;
    if (line->second.empty())
      lines_.erase(line);
    else
      turns_.push_back(line->first);
    return x;
  }

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

private:
  std::map<std::string, std::deque<T>> lines_; // none is empty
  std::deque<std::string> turns_;
  std::size_t size_ = 0;
};

} // namespace troupe
