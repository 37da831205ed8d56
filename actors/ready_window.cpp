// SPDX-License-Identifier: Apache-2.0
#include "actors/ready_window.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace troupe {

namespace {

// The place just before a job; nothing stands there.
start_order before(start_order order) noexcept {
  return {order.rank, order.id - 1};
}

} // namespace

start_order start_order::of(const ready_job& job) noexcept {
  return {static_cast<std::uint8_t>(limits::priority_max - job.options.priority), job.id};
}

ready_window::ready_window(std::size_t jobs_max, std::size_t bytes_max, bool stored)
    : jobs_max_{jobs_max},
      bytes_max_{bytes_max},
      complete_{!stored} {}

void ready_window::offer(ready_job job) {
  auto order = start_order::of(job);
  if (!complete_ && order > horizon_) {
    leave(order);
    return;
  }
  if (!jobs_.empty() && order <= jobs_.rbegin()->first)
    erase(job.id); // what is here comes from a late read
  insert(order, std::move(job));
  trim();
}

bool ready_window::would_keep(start_order order) const noexcept {
  if (!complete_ && order > horizon_)
    return false;
  return (jobs_.size() < jobs_max_ && bytes_ < bytes_max_) || order < jobs_.rbegin()->first;
}

void ready_window::leave(start_order order) {
  left_ = left_ ? std::min(*left_, order) : order;
  if (complete_ || order <= horizon_)
    cut(before(order));
}

timestamp ready_window::oldest() const {
  timestamp result{};
  for (std::uint8_t rank = 0; rank <= limits::priority_max; ++rank) {
    auto i = jobs_.lower_bound({rank, 0});
    if (i != jobs_.end() && (result == timestamp{} || i->second.created_at < result))
      result = i->second.created_at;
  }
  return result;
}

bool ready_window::wants_read() const noexcept {
  return !complete_ && !reading_ && jobs_.size() <= jobs_max_ / 2 && bytes_ <= bytes_max_ / 2;
}

read_ready ready_window::begin_read(const std::string& queue) {
  reading_ = true;
  left_.reset();
  read_from_ = horizon_;
  read_ready request;
  request.queue = queue;
  request.priority = static_cast<std::uint8_t>(limits::priority_max - horizon_.rank);
  request.after = horizon_.id;
  request.limit = static_cast<std::uint32_t>(jobs_max_ - jobs_.size());
  request.bytes_max = bytes_max_ - bytes_;
  return request;
}

void ready_window::end_read(ready_read read) {
  reading_ = false;
  // The horizon moves in the meantime only when better jobs pushed the last ones out: then what was
  // read does not follow on what is here.
  if (complete_ || horizon_ != read_from_)
    return;
  for (auto& job : read.jobs) {
    auto order = start_order::of(job);
    horizon_ = std::max(horizon_, order);
    insert(order, std::move(job));
  }
  complete_ = read.end && !left_;
  // A job that was left in the store since then may be missing from what was read.
  if (left_ && *left_ <= horizon_)
    cut(before(*left_));
  trim();
}

void ready_window::abort_read() noexcept {
  reading_ = false;
}

ready_job ready_window::take_front() {
  auto node = jobs_.extract(jobs_.begin());
  bytes_ -= node.mapped().payload.size();
  return std::move(node.mapped());
}

void ready_window::erase(job_id id) {
  for (std::uint8_t rank = 0; rank <= limits::priority_max; ++rank)
    if (auto i = jobs_.find({rank, id}); i != jobs_.end()) {
      bytes_ -= i->second.payload.size();
      jobs_.erase(i);
      return;
    }
}

void ready_window::insert(start_order order, ready_job job) {
  auto size = job.payload.size();
  if (jobs_.empty() || order > jobs_.rbegin()->first) {
    jobs_.emplace_hint(jobs_.end(), order, std::move(job));
    bytes_ += size;
  } else if (jobs_.try_emplace(order, std::move(job)).second) {
    bytes_ += size;
  }
}

void ready_window::cut(start_order horizon) {
  horizon_ = horizon;
  complete_ = false;
  for (auto i = jobs_.upper_bound(horizon); i != jobs_.end(); i = jobs_.erase(i))
    bytes_ -= i->second.payload.size();
}

void ready_window::trim() {
  while (jobs_.size() > 1 && (jobs_.size() > jobs_max_ || bytes_ > bytes_max_)) {
    auto last = jobs_.rbegin()->first;
    left_ = left_ ? std::min(*left_, last) : last;
    cut(before(last));
  }
}

} // namespace troupe
