// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "messages/storage.hpp"

namespace troupe {

/// Where a job stands in its queue: by priority, then by age (J5). Smaller starts first.
struct start_order {
  std::uint8_t rank = 0; ///< 0 for the highest priority
  job_id id = 0;

  static start_order of(const ready_job& job) noexcept;
  auto operator<=>(const start_order&) const = default;
};

/// The part of a queue's ready jobs that is kept in memory: always the first ones, a bounded number
/// of them (J6). The rest waits in the store.
///
///     store:   [ a b c d e f g h i j k l ... ]      ready jobs in start order
///     window:  [ a b c d e ]                        everything up to the horizon e
///
/// Rule: every ready job up to the horizon is in the window; without a horizon the window is
/// complete and holds them all. A job beyond the horizon is left in the store and read when the
/// window runs low. What the window holds is a hint: the store refuses to lease what is not ready.
class ready_window {
public:
  /// `stored` says whether the store may hold ready jobs already.
  ready_window(std::size_t jobs_max, std::size_t bytes_max, bool stored);

  /// A job became ready in the store. Kept, or left there for a later read.
  void offer(ready_job job);

  /// Would `offer` keep it just now?
  bool would_keep(start_order order) const noexcept;

  /// A job became ready in the store and is not offered: it is read later.
  void leave(start_order order);

  bool contains(start_order order) const { return jobs_.contains(order); }

  /// True when the next read should be made now. At most one read is under way.
  bool wants_read() const noexcept;

  bool is_reading() const noexcept { return reading_; }

  /// The read to make; `end_read` or `abort_read` must follow.
  read_ready begin_read(const std::string& queue);
  void end_read(ready_read read);
  void abort_read() noexcept;

  bool empty() const noexcept { return jobs_.empty(); }
  std::size_t size() const noexcept { return jobs_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

  const ready_job& front() const { return jobs_.begin()->second; }

  /// When the oldest job in the window was created; 1970 when it is empty. (Jobs of lower priority
  /// that are only in the store may be older.)
  timestamp oldest() const;

  ready_job take_front();

  /// Forgets a job that is no longer ready.
  void erase(job_id id);

private:
  void insert(start_order order, ready_job job);
  void cut(start_order horizon);
  void trim();

  std::size_t jobs_max_;
  std::size_t bytes_max_;
  std::map<start_order, ready_job> jobs_;
  std::size_t bytes_ = 0;
  bool complete_;       // no ready job is only in the store
  start_order horizon_; // meaningful while not complete
  bool reading_ = false;
  start_order read_from_;           // horizon when the read began
  std::optional<start_order> left_; // first of the jobs left in the store since the read began
};

} // namespace troupe
