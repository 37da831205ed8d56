// SPDX-License-Identifier: Apache-2.0
#include "node/connection.hpp"

#include <algorithm>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/backoff.hpp"
#include "actors/balancer.hpp"
#include "actors/logging.hpp"
#include "actors/record_service.hpp"

namespace troupe {

namespace {

constexpr backoff_settings reconnect{
  .base = milliseconds{50}, .factor = 2, .max = milliseconds{2000}};

} // namespace

connection_state::~connection_state() {
  end_balancer();
  for (auto& [number, x] : waiting_)
    x.call->fail(x.call->judged({errc::unavailable, "the client was closed"}));
  for (auto& [number, x] : sent_)
    x.call->fail({errc::timed_out, "the client was closed before the answer came"});
}

void connection_state::start(connection_options options) {
  options_ = std::move(options);
  random_.seed(options_.env.seed());
  connect();
}

// -- the connection -------------------------------------------------------------------------------

void connection_state::step(std::uint64_t attempt) {
  if (attempt == attempt_)
    connect();
}

void connection_state::connect() {
  const auto& address = options_.addresses[attempt_ % options_.addresses.size()];
  // Twice the time: the connector has its own time-out and a better text.
  self_->request(options_.connector, 2 * options_.request_timeout, caf::connect_atom_v, address)
    .then(
      [this, attempt = attempt_](const caf::strong_actor_ptr& found) {
        if (attempt != attempt_)
          return;
        receptionist_ = found;
        self_->monitor(receptionist_);
        subscribe();
      },
      [this, attempt = attempt_](const caf::error& why) {
        if (attempt == attempt_)
          retry(from_caf(why));
      });
}

void connection_state::subscribe() {
  self_
    ->request(caf::actor_cast<receptionist_actor>(receptionist_), options_.request_timeout,
              subscribe_name{"dispatcher", caf::actor_cast<caf::strong_actor_ptr>(self_)})
    .then(
      [this, attempt = attempt_](caf::ok_atom) {
        if (attempt != attempt_)
          return;
        failures_ = 0;
        ready_ = true;
        ever_connected_ = true;
        problem_ = {errc::unavailable, "no dispatcher is ready; it may be starting"};
        begin_balancer();
        if (needs_repository_)
          ask_for_repository();
        send_waiting();
      },
      [this, attempt = attempt_](const caf::error& why) {
        if (attempt != attempt_)
          return;
        self_->demonitor(caf::actor_cast<caf::actor_addr>(receptionist_));
        disconnect(from_caf(why));
      });
}

void connection_state::ask_for_repository() {
  self_
    ->request(caf::actor_cast<receptionist_actor>(receptionist_), options_.request_timeout,
              subscribe_name{"repository", caf::actor_cast<caf::strong_actor_ptr>(self_)})
    // The calls that wait say what is missing.
    .then([](caf::ok_atom) {}, [](const caf::error&) {});
}

void connection_state::retry(const error& why) {
  problem_ = why;
  ++attempt_;
  ++failures_;
  // Waiting does not make a version fit. An earlier connection says that this one is temporary.
  if ((why.code == errc::incompatible_version || options_.try_once) && !ever_connected_
      && failures_ >= options_.addresses.size())
    for (auto& [number, x] : std::exchange(waiting_, {}))
      x.call->fail(x.call->judged(why));
  self_->delayed_send(self_, backoff_delay(reconnect, failures_, random_), caf::tick_atom_v,
                      attempt_);
}

void connection_state::disconnect(const error& why) {
  receptionist_ = nullptr;
  dispatcher_ = nullptr;
  repository_ = nullptr;
  ready_ = false;
  end_balancer();
  lose_sent(client_call::target::records, "the connection was lost");
  lose_sent(client_call::target::dispatcher, "the connection was lost");
  lose_sent(client_call::target::repository, "the connection was lost");
  lose_sent(client_call::target::receptionist, "the connection was lost");
  retry(why);
}

void connection_state::begin_balancer() {
  auto made = self_->spawn(
    balancer, balancer_options{.prefix = std::string{record_service_prefix},
                               .strategy = balancing::two_choices,
                               .request_timeout = options_.request_timeout,
                               .receptionist = caf::actor_cast<receptionist_actor>(receptionist_),
                               .env = options_.env});
  balancer_ = caf::actor_cast<caf::strong_actor_ptr>(made);
  self_->monitor(balancer_);
}

void connection_state::end_balancer() {
  if (balancer_)
    caf::anon_send_exit(std::exchange(balancer_, nullptr), caf::exit_reason::user_shutdown);
}

void connection_state::down(const caf::down_msg& down) {
  if (receptionist_ && caf::actor_cast<caf::actor_addr>(receptionist_) == down.source)
    return disconnect({errc::unavailable, "the connection was lost: " + reason_text(down.reason)});
  if (!balancer_ || caf::actor_cast<caf::actor_addr>(balancer_) != down.source)
    return;
  spdlog::error("connection: its balancer failed: {}", reason_text(down.reason));
  lose_sent(client_call::target::records, "an internal failure");
  begin_balancer();
}

void connection_state::learn(const named_actor& found) {
  // Compared as pointers: a new connection has a new proxy that equals the dead one.
  const bool stores = found.name == "repository";
  auto& known = stores ? repository_ : dispatcher_;
  if (!receptionist_ || self_->current_sender() != receptionist_ || found.actor == known)
    return;
  if (known)
    lose_sent(stores ? client_call::target::repository : client_call::target::dispatcher,
              "the " + found.name + " was replaced");
  known = found.actor;
  send_waiting();
}

// -- calls ----------------------------------------------------------------------------------------

const caf::strong_actor_ptr& connection_state::receiver_of(const client_call& call) const {
  switch (call.to()) {
  case client_call::target::dispatcher:
    return dispatcher_;
  case client_call::target::records:
    return balancer_;
  case client_call::target::repository:
    return repository_;
  default:
    return receptionist_;
  }
}

void connection_state::make(client_call_ptr call) {
  auto number = next_call_++;
  auto until = self_->clock().now() + call->timeout();
  if (call->to() == client_call::target::repository && !std::exchange(needs_repository_, true)
      && ready_)
    ask_for_repository();
  if (ready_ && receiver_of(*call))
    return send(number, {std::move(call), until});
  wait(number, {std::move(call), until});
}

void connection_state::wait(std::uint64_t number, waiting_call x) {
  const auto left = std::chrono::ceil<milliseconds>(x.until - self_->clock().now());
  self_->delayed_send(self_, std::max(left, milliseconds{0}), caf::timeout_atom_v, number);
  waiting_.insert_or_assign(number, std::move(x));
}

void connection_state::send(std::uint64_t number, waiting_call x) {
  auto left = std::chrono::ceil<milliseconds>(x.until - self_->clock().now());
  const auto call = x.call;
  sent_.insert_or_assign(number, std::move(x));
  call->send(self_, receiver_of(*call), std::max(left, milliseconds{1}),
             [this, number] { sent_.erase(number); });
}

void connection_state::send_waiting() {
  if (!ready_)
    return;
  for (auto i = waiting_.begin(); i != waiting_.end();) {
    if (!receiver_of(*i->second.call)) {
      ++i;
      continue;
    }
    send(i->first, std::move(i->second));
    i = waiting_.erase(i);
  }
}

void connection_state::expire(std::uint64_t number) {
  auto found = waiting_.extract(number);
  if (!found.empty())
    found.mapped().call->fail(found.mapped().call->judged({errc::unavailable, problem_.text}));
}

/// Nobody waits for who is known to be gone: CAF itself would leave these calls unanswered.
void connection_state::lose_sent(client_call::target to, const std::string& why) {
  for (auto i = sent_.begin(); i != sent_.end();) {
    if (i->second.call->to() != to) {
      ++i;
      continue;
    }
    auto lost = std::move(*i);
    i = sent_.erase(i);
    if (lost.second.call->is_repeatable()) {
      lost.second.call->forget_sending();
      wait(lost.first, std::move(lost.second));
    } else {
      lost.second.call->fail(
        {errc::timed_out, why + "; whether the request took effect is unknown"});
    }
  }
}

connection_actor::behavior_type
connection(connection_actor::stateful_pointer<connection_state> self, connection_options options) {
  log_to_spdlog(self);
  self->set_down_handler([self](caf::down_msg& x) { self->state.down(x); });
  self->state.start(std::move(options));
  return {
    [self](const named_actor& x) { self->state.learn(x); },
    [self](client_call_ptr& x) { self->state.make(std::move(x)); },
    [self](caf::timeout_atom, std::uint64_t call) { self->state.expire(call); },
    [self](caf::tick_atom, std::uint64_t attempt) { self->state.step(attempt); },
  };
}

} // namespace troupe
