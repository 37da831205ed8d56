// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_clock.hpp>
#include <caf/duration.hpp>
#include <caf/message_id.hpp>
#include <caf/scheduled_actor.hpp>
#include <cstdint>
#include <map>
#include <unordered_set>
#include <utility>

#include "messages/time.hpp"

namespace troupe {

/// Time-outs of an actor's requests, with one timer for all that end at about the same time.
///
/// CAF wakes the thread of its clock for every time-out that it is given; for an actor that asks
/// thousands of times a second this costs more than the requests themselves. A request times out
/// too soon by up to a 32nd of its time, at least a millisecond and at most `early_max`, and in the
/// same way: its error handler gets `sec::request_timeout`.
///
/// Belongs to one actor, and is to be used by that one only.
class request_deadlines {
public:
  /// Less than the time-outs that clusters may have, which callers allow on top of a long wait.
  static constexpr milliseconds early_max{64};

  request_deadlines() = default;
  request_deadlines(const request_deadlines&) = delete;
  request_deadlines& operator=(const request_deadlines&) = delete;

  /// What `self->request(whom, timeout, message).then(on_reply, on_error)` does; on_reply is called
  /// with a `Reply&`.
  template <class Reply, class Self, class Actor, class Message, class OnReply, class OnError>
  void request(Self* self, const Actor& whom, milliseconds timeout, Message&& message,
               OnReply on_reply, OnError on_error) {
    auto handle = self->request(whom, caf::infinite, std::forward<Message>(message));
    const auto id = handle.id();
    const auto due = watch(self, id, timeout);
    handle.then(
      [this, due, id, on_reply = std::move(on_reply)](Reply& reply) mutable {
        forget(due, id);
        on_reply(reply);
      },
      [this, due, id, on_error = std::move(on_error)](caf::error& why) mutable {
        forget(due, id);
        on_error(why);
      });
  }

private:
  using time_point = caf::actor_clock::time_point;

  /// Returns when it times out.
  time_point watch(caf::scheduled_actor* self, caf::message_id request, milliseconds timeout);
  void forget(time_point due, caf::message_id request);
  void arm(caf::scheduled_actor* self, time_point due);
  void expire(caf::scheduled_actor* self, time_point due);

  std::map<time_point, std::unordered_set<std::uint64_t>>
    open_; // unanswered, by when they time out
};

} // namespace troupe
