// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/job_wait.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "messages/limits.hpp"

namespace troupe {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::uint32_t events_max = 10'000;
constexpr milliseconds poll_max{500};
constexpr milliseconds retry_pause{200};

/// How long the cluster may be away: a control node that is restarted comes back well within it.
constexpr milliseconds outage_max{60'000};

/// Events may be lost with the control node that had them, so that now and then all is looked at.
constexpr milliseconds look_interval{10'000};

class follower {
public:
  follower(client& cluster, job_tracker& tracker) : cluster_{cluster}, tracker_{tracker} {}

  /// Waits for events for up to `wait` and takes them in.
  result<void> step(milliseconds wait) {
    if (position_ == 0) {
      // From here on every event is seen; what was before is looked at.
      auto now = cluster_.events({0, 1, milliseconds{0}});
      if (!now)
        return tl::unexpected{now.error()};
      position_ = now->next;
      if (auto looked = look(); !looked)
        return looked;
      if (tracker_.done())
        return {};
    }
    if (clock::now() - looked_at_ > look_interval)
      if (auto looked = look(); !looked)
        return looked;
    auto read = cluster_.events({position_, events_max, wait});
    if (!read)
      return tl::unexpected{read.error()};
    for (auto& event : read->events)
      tracker_.apply(event);
    position_ = read->next;
    return read->missed ? look() : result<void>{};
  }

  /// After an outage positions may mean something else.
  void forget_position() { position_ = 0; }

private:
  result<void> look() {
    auto ids = tracker_.unfinished();
    auto portion = static_cast<std::ptrdiff_t>(limits::batch_jobs_max);
    for (auto i = ids.begin(); i != ids.end();) {
      std::vector<job_id> some{i, i + std::min(portion, ids.end() - i)};
      auto found = cluster_.get(some, false);
      if (!found)
        return tl::unexpected{found.error()};
      tracker_.apply(some, *found);
      i += static_cast<std::ptrdiff_t>(some.size());
    }
    looked_at_ = clock::now();
    return {};
  }

  client& cluster_;
  job_tracker& tracker_;
  std::uint64_t position_ = 0;
  clock::time_point looked_at_{};
};

bool may_pass(errc code) {
  return code == errc::unavailable || code == errc::timed_out || code == errc::overloaded;
}

} // namespace

result<void> wait_for_jobs(client& cluster, job_tracker& tracker,
                           std::optional<milliseconds> timeout,
                           const std::function<bool(std::uint64_t)>& progress) {
  follower events{cluster, tracker};
  auto start = clock::now();
  auto answered_at = start;
  while (!tracker.done()) {
    auto wait = poll_max;
    if (timeout) {
      auto left = *timeout - std::chrono::duration_cast<milliseconds>(clock::now() - start);
      if (left <= milliseconds{0})
        return failure(errc::timed_out, std::to_string(tracker.total() - tracker.finished())
                                          + " of " + std::to_string(tracker.total())
                                          + " jobs had not finished in time");
      wait = std::min(wait, left);
    }
    if (auto stepped = events.step(wait)) {
      answered_at = clock::now();
    } else {
      if (!may_pass(stepped.error().code) || clock::now() - answered_at > outage_max)
        return stepped;
      events.forget_position();
      std::this_thread::sleep_for(std::min(retry_pause, wait));
    }
    if (!progress(tracker.finished()))
      return {};
  }
  return {};
}

} // namespace troupe
