// SPDX-License-Identifier: Apache-2.0
#include "actors/change_readers.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "messages/limits.hpp"

namespace troupe {

std::uint64_t change_readers::committed(const std::string& collection) const {
  auto i = feeds_.find(collection);
  return i == feeds_.end() ? 0 : i->second.sequence;
}

change_readers::shared_read change_readers::begin(reader x) const {
  shared_read result{x.request, committed(x.request.collection), {}};
  result.readers.push_back(std::move(x));
  return result;
}

std::optional<change_readers::shared_read> change_readers::wait(shared_read read,
                                                                std::vector<reader>& refused) {
  auto latest = committed(read.request.collection);
  if (latest > read.committed) {
    read.committed = latest;
    return read;
  }
  auto& waiting = feeds_[read.request.collection].readers;
  for (auto& x : read.readers) {
    if (count_ >= limits::change_readers_max) {
      refused.push_back(std::move(x));
      continue;
    }
    waiting.push_back(std::move(x));
    ++count_;
  }
  return std::nullopt;
}

std::vector<change_readers::shared_read> change_readers::commit(const std::string& collection,
                                                                std::uint64_t sequence) {
  auto& changed = feeds_[collection];
  changed.sequence = std::max(changed.sequence, sequence);
  std::map<std::pair<std::uint64_t, std::uint32_t>, shared_read> reads;
  count_ -= changed.readers.size();
  for (auto& x : std::exchange(changed.readers, {})) {
    auto& read = reads[{x.request.after, x.request.limit}];
    if (read.readers.empty()) {
      read.request = x.request;
      read.committed = changed.sequence;
    }
    read.readers.push_back(std::move(x));
  }
  std::vector<shared_read> result;
  for (auto& [place, read] : reads)
    result.push_back(std::move(read));
  return result;
}

std::vector<change_readers::reader> change_readers::expire(time_point now) {
  std::vector<reader> result;
  for (auto& [collection, followed] : feeds_) {
    auto over = std::stable_partition(followed.readers.begin(), followed.readers.end(),
                                      [now](const reader& x) { return x.until > now; });
    std::move(over, followed.readers.end(), std::back_inserter(result));
    followed.readers.erase(over, followed.readers.end());
  }
  count_ -= result.size();
  return result;
}

std::vector<change_readers::reader> change_readers::clear() {
  return expire(time_point::max());
}

std::optional<change_readers::time_point> change_readers::next_end() const {
  std::optional<time_point> result;
  for (const auto& [collection, followed] : feeds_)
    for (const auto& x : followed.readers)
      result = result ? std::min(*result, x.until) : x.until;
  return result;
}

} // namespace troupe
