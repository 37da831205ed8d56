// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <utility>

#include "actors/repeatable.hpp"
#include "gateway/gateway_state.hpp"
#include "messages/access.hpp"
#include "messages/error_category.hpp"

/// Lists and searches may take long: who asked for one is looked after until it is answered.
namespace troupe {

namespace {

constexpr milliseconds lists_interval{250};
constexpr milliseconds find_timeout{1000};

} // namespace

read_terms gateway_state::begin_list(const http_call& call) {
  // No other gateway begins with the same number.
  if (last_list_ == 0)
    last_list_ = options_.env.seed() | 1;
  if (lists_.empty())
    self_->delayed_send(self_, lists_interval, lists_atom::value);
  read_terms terms{call.caller_name(), ++last_list_, options_.request_timeout};
  limit_time(terms, options_.request_timeout);
  lists_[terms.number] = {terms.caller, call.exchange};
  return terms;
}

void gateway_state::watch_lists() {
  std::vector<abandon_read> gone;
  std::erase_if(lists_, [&gone](const auto& x) {
    const auto exchange = x.second.exchange.lock();
    if (exchange && !exchange->caller_is_gone())
      return false;
    if (exchange)
      gone.push_back({x.second.caller, x.first});
    return true;
  });
  if (!lists_.empty())
    self_->delayed_send(self_, lists_interval, lists_atom::value);
  if (!gone.empty())
    abandon(std::move(gone));
}

void gateway_state::abandon(std::vector<abandon_read> reads) {
  self_->request(options_.receptionist, find_timeout, find_name{"repository"})
    .then(
      [reads = std::move(reads)](const named_actor& who) {
        if (who.actor)
          for (const auto& x : reads)
            caf::anon_send(caf::actor_cast<repository_actor>(who.actor), x);
      },
      [](const caf::error&) {}); // their time ends them
}

} // namespace troupe
