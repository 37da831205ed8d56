// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <utility>

#include "gateway/gateway_state.hpp"

namespace troupe {

template <class Reply, class Actor, class Request, class Answer>
void gateway_state::ask(http_call call, const Actor& whom, milliseconds timeout, Request request,
                        Answer answer) {
  ++open_;
  auto waiting = std::make_shared<http_call>(std::move(call));
  deadlines_.request<Reply>(
    self_, whom, timeout, std::move(request),
    [this, waiting, answer](Reply& reply) {
      --open_;
      waiting->answer(answer(*waiting, reply));
    },
    [this, waiting](const caf::error& why) {
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
    [this, waiting, number](const caf::error& why) {
      if (end_poll(number))
        waiting->refuse(from_caf(why));
    });
}

} // namespace troupe
