// SPDX-License-Identifier: Apache-2.0
#include "actors/slot_matcher.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

slot_matcher::slot_matcher(std::vector<std::uint32_t> weights)
    : weights_{std::move(weights)},
      credit_(weights_.size(), 0),
      free_by_queue_(weights_.size(), 0) {}

void slot_matcher::begin(const std::map<std::uint64_t, worker_record>& workers,
                         const std::function<std::size_t(std::uint64_t)>& active) {
  rooms_.clear();
  free_by_queue_.assign(weights_.size(), 0);
  for (const auto& [incarnation, worker] : workers) {
    auto used = active(incarnation);
    if (worker.state == worker_state::suspect || worker.capacity <= used)
      continue;
    admit(worker, worker.capacity - used, used);
  }
}

void slot_matcher::admit(const worker_record& worker, std::size_t free, std::size_t used) {
  rooms_.push_back({&worker, free, used});
  for (auto queue : worker.queues)
    free_by_queue_[queue] += free;
}

void slot_matcher::withdraw(std::uint64_t worker) {
  for (auto& x : rooms_) {
    if (x.worker->id.incarnation != worker)
      continue;
    for (auto queue : x.worker->queues)
      free_by_queue_[queue] -= x.free;
    x.free = 0;
  }
}

std::optional<std::size_t>
slot_matcher::next_queue(const std::function<bool(std::size_t)>& waiting) {
  std::optional<std::size_t> best;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    if (!served(i) || !waiting(i))
      continue;
    credit_[i] += weights_[i];
    total += weights_[i];
    if (!best || credit_[i] > credit_[*best])
      best = i;
  }
  if (best)
    credit_[*best] -= total;
  return best;
}

std::uint64_t slot_matcher::place(std::size_t queue, const std::string& avoid_node) {
  room* best = nullptr;
  auto better = [&](const room& x, const room& y) {
    auto x_avoided = x.worker->id.node == avoid_node;
    auto y_avoided = y.worker->id.node == avoid_node;
    return x_avoided != y_avoided ? y_avoided : x.free > y.free;
  };
  for (auto& candidate : rooms_) {
    if (candidate.free == 0)
      continue;
    if (!serves(candidate, queue))
      continue;
    if (best == nullptr || better(candidate, *best))
      best = &candidate;
  }
  if (best == nullptr)
    return 0;
  --best->free;
  ++best->used;
  for (auto i : best->worker->queues)
    --free_by_queue_[i];
  return best->worker->id.incarnation;
}

std::uint64_t slot_matcher::place_alone(std::size_t queue, const std::string& avoid_node,
                                        bool reserve) {
  const room* best = nullptr;
  auto better = [&](const room& x, const room& y) {
    if (x.used != y.used)
      return x.used < y.used;
    return x.worker->id.node != avoid_node && y.worker->id.node == avoid_node;
  };
  for (const auto& candidate : rooms_)
    if (candidate.free > 0 && serves(candidate, queue)
        && (best == nullptr || better(candidate, *best)))
      best = &candidate;
  if (best == nullptr || (best->used > 0 && !reserve))
    return 0;
  const auto worker = best->worker->id.incarnation;
  const auto empty = best->used == 0;
  withdraw(worker);
  return empty ? worker : 0;
}

bool slot_matcher::serves(const room& x, std::size_t queue) {
  const auto& queues = x.worker->queues;
  return std::find(queues.begin(), queues.end(), queue) != queues.end();
}

bool slot_matcher::served(std::size_t queue) const {
  return free_by_queue_[queue] > 0;
}

} // namespace troupe
