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
  self_->request(whom, timeout, std::move(request))
    .then(
      [this, waiting, answer](Reply& reply) {
        --open_;
        waiting->answer(answer(*waiting, reply));
      },
      [this, waiting](const caf::error& why) {
        --open_;
        waiting->refuse(from_caf(why));
      });
}

} // namespace troupe
