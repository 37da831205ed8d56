// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/duration.hpp>
#include <caf/message_id.hpp>
#include <caf/scheduled_actor.hpp>
#include <cstdint>
#include <map>
#include <unordered_map>
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
    const auto due = watch(self, id, timeout, caf::actor_cast<caf::actor_control_block*>(whom));
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

  /// Whoever answers to this handle is gone: what it was asked, and has not answered, fails with
  /// `sec::request_receiver_down` instead of after its time. CAF does so for what a dead actor has
  /// not begun only, and for none of another process. Handlers are called later, not in here.
  void lose(caf::scheduled_actor* self, const caf::strong_actor_ptr& whom);

private:
  using time_point = caf::actor_clock::time_point;
  /// Whom each open request was sent to. As a pointer, which is not followed: another connection
  /// has another handle that equals the dead one.
  using open_requests = std::unordered_map<std::uint64_t, const caf::actor_control_block*>;

  /// Returns when it times out.
  time_point watch(caf::scheduled_actor* self, caf::message_id request, milliseconds timeout,
                   const caf::actor_control_block* receiver);
  void forget(time_point due, caf::message_id request);
  void arm(caf::scheduled_actor* self, time_point due);
  void expire(caf::scheduled_actor* self, time_point due);

  std::map<time_point, open_requests> open_; // unanswered, by when they time out
};

} // namespace troupe
