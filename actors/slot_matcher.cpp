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
    admit(worker, worker.capacity - used);
  }
}

void slot_matcher::admit(const worker_record& worker, std::size_t free) {
  rooms_.push_back({&worker, free});
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
    const auto& queues = candidate.worker->queues;
    if (std::find(queues.begin(), queues.end(), queue) == queues.end())
      continue;
    if (best == nullptr || better(candidate, *best))
      best = &candidate;
  }
  if (best == nullptr)
    return 0;
  --best->free;
  for (auto i : best->worker->queues)
    --free_by_queue_[i];
  return best->worker->id.incarnation;
}

bool slot_matcher::served(std::size_t queue) const {
  return free_by_queue_[queue] > 0;
}

} // namespace troupe
