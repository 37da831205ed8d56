// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <memory>
#include <type_traits>
#include <utility>

#include "actors/repeatable.hpp"
#include "gateway/gateway_state.hpp"
#include "messages/error_category.hpp"

namespace troupe {

inline bool is_lost(const caf::error& why) {
  return why == caf::sec::request_receiver_down;
}

/// The same, or it said itself that it ends.
inline bool has_ended(const caf::error& why) {
  return is_lost(why) || why == errc::shutting_down;
}

inline error unknown_after_loss() {
  return {errc::timed_out,
          "the node that was asked was lost before it answered; whether the request "
          "took effect is unknown: look before you send it again"};
}

template <class Reply, class Actor, class Request, class Answer>
void gateway_state::ask(http_call call, const Actor& whom, milliseconds timeout, Request request,
                        Answer answer) {
  ++open_;
  auto waiting = std::make_shared<http_call>(std::move(call));
  if constexpr (std::is_same_v<Actor, dispatcher_actor> && asks_dispatcher_safely<Request>)
    ask_repeatedly<Reply>(std::move(waiting), self_->clock().now() + timeout, std::move(request),
                          std::move(answer));
  else
    deadlines_.request<Reply>(
      self_, whom, timeout, std::move(request),
      [this, waiting, answer](Reply& reply) {
        --open_;
        waiting->answer(answer(*waiting, reply));
      },
      [this, waiting](const caf::error& why) {
        --open_;
        waiting->refuse(is_lost(why) ? unknown_after_loss() : from_caf(why));
      });
}

template <class Reply, class Request, class Answer>
void gateway_state::ask_repeatedly(std::shared_ptr<http_call> waiting, time_point until,
                                   Request request, Answer answer) {
  auto again = [this, waiting, until, request, answer] {
    ask_repeatedly<Reply>(waiting, until, request, answer);
  };
  auto give_up = [this, waiting] {
    --open_;
    waiting->refuse({errc::unavailable, "the control node was lost, and no other one came in "
                                        "time; see `troupe nodes`"});
  };
  if (!dispatcher_)
    return wait_for_dispatcher({until, nullptr, std::move(again), std::move(give_up)});
  const auto left = std::chrono::ceil<milliseconds>(until - self_->clock().now());
  deadlines_.request<Reply>(
    self_, dispatcher_, std::max(left, milliseconds{1}), std::move(request),
    [this, waiting, answer](Reply& reply) {
      --open_;
      waiting->answer(answer(*waiting, reply));
    },
    [this, waiting, until, again, give_up,
     asked = caf::actor_cast<caf::actor_control_block*>(dispatcher_)](const caf::error& why) {
      if (has_ended(why))
        return wait_for_dispatcher({until, asked, again, give_up});
      --open_;
      waiting->refuse(from_caf(why));
    });
}

template <class Reply, class Actor, class Request, class Answer, class Early, class Unread>
void gateway_state::poll(http_call call, const Actor& whom, milliseconds timeout, Request request,
                         Answer answer, Early early, Unread unread) {
  ++open_;
  auto waiting = std::make_shared<http_call>(std::move(call));
  const auto number = ++last_poll_;
  polls_.emplace(number, [waiting, early] { early(*waiting); });
  waiting->exchange->when_caller_leaves([number, owner = caf::weak_actor_ptr{self_->ctrl()}] {
    if (auto gateway = caf::actor_cast<caf::strong_actor_ptr>(owner))
      caf::anon_send(caf::actor_cast<gateway_actor>(gateway), caf::close_atom_v, number);
  });
  deadlines_.request<Reply>(
    self_, whom, timeout, std::move(request),
    [this, waiting, number, answer, unread](Reply& reply) {
      if (!end_poll(number))
        return unread(*waiting, reply);
      if (!waiting->exchange->caller_is_gone())
        return waiting->answer(answer(*waiting, reply));
      waiting->refuse({errc::unavailable, "its caller has gone"});
      unread(*waiting, reply);
    },
    [this, waiting, number, early](const caf::error& why) {
      if (!end_poll(number))
        return;
      if (has_ended(why))
        early(*waiting);
      else
        waiting->refuse(from_caf(why));
    });
}

} // namespace troupe
