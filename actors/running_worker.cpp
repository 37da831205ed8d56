// SPDX-License-Identifier: Apache-2.0
#include "actors/running_worker.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/backoff.hpp"
#include "actors/logging.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

using namespace std::chrono_literals;

// The pulse: how late a heartbeat or a time-out may be.
constexpr milliseconds tick_max = 100ms;
constexpr milliseconds tick_min = 10ms;
constexpr int ticks_per_heartbeat = 8;

// Between attempts to register, and to report outcomes that were refused.
const backoff_settings retry_backoff{.base = 50ms, .factor = 2, .max = 2s};

const std::string dispatcher_name = "dispatcher";

} // namespace

void running_worker::start(worker_options options) {
  options_ = std::move(options);
  random_.seed(options_.env.seed());
  leases_ = held_leases{options_.cancel_grace + options_.end_margin};
  runner_ = options_.make_runner();
  // Weak: the runner must not keep its owner alive.
  caf::weak_actor_ptr address{self_->ctrl()};
  runner_->on_event([address] {
    if (auto owner = caf::actor_cast<caf::strong_actor_ptr>(address))
      caf::anon_send(caf::actor_cast<worker_shell>(owner), ran_atom::value);
  });
  check_handlers();
  ticked_ = now();
  tick_interval_ = tick_max;
  self_->delayed_send(self_, tick_interval_, caf::tick_atom::value);
  subscribe();
}

void running_worker::subscribe() {
  subscribe_due_ = time_point::max();
  caf::strong_actor_ptr me{self_->ctrl()};
  self_
    ->request(options_.receptionist, options_.request_timeout,
              subscribe_name{dispatcher_name, std::move(me)})
    .then([](caf::ok_atom) {},
          [this](const caf::error& why) {
            // Its supervisor restarts both when the receptionist is gone; else it is only slow.
            auto wait = retry_delay(introduce_failures_);
            subscribe_due_ = now() + wait;
            spdlog::warn("worker: cannot subscribe to '{}': {}; next try in {} ms", dispatcher_name,
                         reason_text(why), wait.count());
          });
}

// -- the dispatcher -------------------------------------------------------------------------------

void running_worker::follow(const named_actor& who) {
  if (who.name != dispatcher_name)
    return;
  // A fresh proxy may compare equal to a dead one: every news is a new connection.
  lose_dispatcher();
  if (!who.actor)
    return;
  dispatcher_ = caf::actor_cast<dispatcher_actor>(who.actor);
  dispatcher_node_ = who.node;
  self_->monitor(dispatcher_);
  introduce_failures_ = 0;
  introduce();
}

void running_worker::dispatcher_down(const caf::down_msg& down) {
  if (!dispatcher_ || down.source != dispatcher_.address())
    return;
  log_down(self_, "the dispatcher on '" + dispatcher_node_ + "'", down);
  lose_dispatcher();
}

void running_worker::lose_dispatcher() {
  if (!dispatcher_)
    return;
  self_->demonitor(dispatcher_.address());
  spdlog::info("worker: not connected to the dispatcher on '{}' any more, with {} runs and {} "
               "unreported outcomes",
               dispatcher_node_, leases_.runs(), leases_.unacknowledged());
  dispatcher_ = nullptr;
  link_ = link::absent;
  ++registration_;
  introduce_due_ = beat_due_ = time_point::max();
  // What has not begun may be somebody else's any moment.
  runner_->start_until(time_point::min());
}

void running_worker::introduce() {
  look();
  link_ = link::introducing;
  introduce_due_ = beat_due_ = time_point::max();
  auto sent = now();
  auto attempt = ++registration_;
  register_worker request;
  request.worker = options_.id;
  name_offers(request);
  request.slots = options_.slots;
  request.capacity = capacity();
  request.leases = leases_.claims();
  request.cancel_grace = options_.cancel_grace + options_.end_margin;
  self_->request(dispatcher_, options_.request_timeout, std::move(request), worker_actor{self_})
    .then(
      [this, attempt, sent](const worker_registered& reply) {
        if (attempt == registration_)
          introduced(reply, sent);
      },
      [this, attempt](const caf::error& why) {
        if (attempt != registration_)
          return;
        auto wait = retry_delay(introduce_failures_);
        spdlog::warn("worker: the dispatcher on '{}' does not register it: {}; next try in {} ms",
                     dispatcher_node_, reason_text(why), wait.count());
        introduce_due_ = now() + wait;
      });
}

void running_worker::introduced(const worker_registered& reply, time_point sent) {
  heartbeat_interval_ = reply.heartbeat_interval;
  lease_timeout_ = reply.lease_timeout;
  tick_interval_ = std::clamp(heartbeat_interval_ / ticks_per_heartbeat, tick_min, tick_max);
  introduce_failures_ = 0;
  report_failures_ = 0;
  reports_in_flight_ = 0;
  report_due_ = time_point::min();
  beat_due_ = sent + heartbeat_interval_;
  spdlog::info("worker: registered at the dispatcher on '{}' as '{}': {} slots, {} runs, {} lost",
               dispatcher_node_, options_.id.node, options_.slots, leases_.runs(),
               reply.lost.size());
  renew(sent);
  lose(reply.lost);
  leases_.put_back_all();
  link_ = link::registered;
  look();
}

void running_worker::beat() {
  beat_due_ = now() + heartbeat_interval_;
  heartbeat message;
  message.worker = options_.id;
  message.capacity = capacity();
  message.leases = leases_.claims();
  message.progress = leases_.take_progress();
  auto sent = now();
  auto attempt = registration_;
  self_->request(dispatcher_, lease_timeout_, std::move(message))
    .then(
      [this, attempt, sent](const heartbeat_reply& reply) {
        if (attempt == registration_)
          beaten(reply, sent);
      },
      [this, attempt](const caf::error& why) {
        if (attempt == registration_)
          beat_failed(why);
      });
}

void running_worker::beaten(const heartbeat_reply& reply, time_point sent) {
  renew(sent);
  lose(reply.lost);
  cancel(reply.cancelled);
}

void running_worker::beat_failed(const caf::error& why) {
  spdlog::warn("worker: the dispatcher on '{}' did not take a heartbeat: {}", dispatcher_node_,
               reason_text(why));
  // Only a time-out may still be cured by the next heartbeat.
  if (from_caf(why).code != errc::timed_out)
    introduce();
}

void running_worker::renew(time_point sent) {
  renewed_ = std::max(renewed_, sent);
  given_up_ = now() >= renewed_ + lease_timeout_;
  if (!given_up_)
    runner_->start_until(renewed_ + lease_timeout_);
}

milliseconds running_worker::retry_delay(std::uint32_t& failures) {
  return tick_min + backoff_delay(retry_backoff, ++failures, random_);
}

std::uint32_t running_worker::capacity() const {
  if (draining_)
    return 0;
  auto zombies = static_cast<std::uint32_t>(leases_.zombies());
  auto all = options_.slots + options_.prefetch;
  return all - std::min(zombies, all);
}

bool running_worker::hears_from_dispatcher() const {
  return dispatcher_ && link_ == link::registered
         && caf::actor_cast<caf::actor_addr>(self_->current_sender()) == dispatcher_.address();
}

bool running_worker::is_local() const {
  return options_.with_dispatcher && link_ == link::registered
         && dispatcher_.node() == self_->node();
}

void running_worker::notice_gap() {
  const auto gap = now() - std::exchange(ticked_, now());
  if (is_local())
    renew(now());
  else if (link_ == link::registered && gap > heartbeat_interval_) {
    // If the whole machine slept, then nobody has taken the leases. Whoever knows is asked before
    // work is thrown away, but is not waited for long.
    asks_until_ = now() + heartbeat_interval_;
    beat();
  }
}

void running_worker::tick() {
  self_->delayed_send(self_, tick_interval_, caf::tick_atom::value);
  notice_gap();
  settle_doubts();
  look();
  take_progress();
  stop_overdue();
  if (now() >= subscribe_due_)
    subscribe();
  if (now() >= introduce_due_)
    introduce();
  if (now() >= beat_due_)
    beat();
  offer_again();
  drain_on();
}

} // namespace troupe
