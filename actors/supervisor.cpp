// SPDX-License-Identifier: Apache-2.0
#include "actors/supervisor.hpp"

#include <algorithm>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/logging.hpp"
#include "messages/errors.hpp"

namespace troupe {

namespace {

// After which a stop is said to take long, and again each time.
constexpr milliseconds slow_stop{4000};

bool is_failure(const caf::error& reason) {
  return reason && reason != caf::exit_reason::user_shutdown;
}

caf::error give_up_error(const std::string& supervisor, const std::string& child,
                         const supervision_settings& settings, const caf::error& last) {
  auto text = "supervisor '" + supervisor + "' gives up: '" + child + "' ended more than "
              + std::to_string(settings.intensity) + " times within "
              + std::to_string(settings.period.count()) + " ms, at last with: " + reason_text(last);
  return to_caf(error{last ? from_caf(last).code : errc::unavailable, std::move(text)});
}

} // namespace

supervisor_state::~supervisor_state() {
  for (auto& x : children_)
    if (x.handle)
      caf::anon_send_exit(x.handle, caf::exit_reason::kill);
}

void supervisor_state::start(supervisor_options options) {
  label_ = std::move(options.name);
  settings_ = options.settings;
  std::vector<restart_kind> kinds;
  for (auto& spec : options.children) {
    kinds.push_back(spec.restart);
    children_.push_back(child_record{.spec = std::move(spec)});
  }
  logic_.emplace(settings_, std::move(kinds), options.env.seed());
  proceed();
}

void supervisor_state::shut_down(caf::error reason) {
  if (!logic_->shutting_down())
    reason_ = std::move(reason);
  logic_->shut_down();
  proceed();
}

void supervisor_state::proceed() {
  using kind = supervision_step::kind;
  auto now = self_->clock().now();
  for (;;) {
    auto step = logic_->next(now);
    switch (step.what) {
    case kind::start:
      start_child(step.child);
      break;
    case kind::stop:
      stop_child(step.child);
      break;
    case kind::wait:
      self_->delayed_send(self_, step.due - now, caf::tick_atom_v);
      return;
    case kind::end:
      self_->quit(reason_);
      return;
    case kind::idle:
      return;
    }
  }
}

void supervisor_state::start_child(std::size_t i) {
  auto& child = children_[i];
  ++child.run;
  child.handle = child.spec.start(self_);
  // Should it have died already, this still brings its down message.
  self_->monitor(child.handle);
  spdlog::debug("supervisor '{}' starts '{}' (#{})", label_, child.spec.name, child.handle.id());
}

void supervisor_state::stop_child(std::size_t i) {
  auto& child = children_[i];
  self_->send_exit(child.handle, caf::exit_reason::user_shutdown);
  await_stop(i, child.run, child.spec.shutdown_timeout);
}

void supervisor_state::await_stop(std::size_t i, std::uint64_t run, milliseconds left) {
  const auto wait = std::min(left, slow_stop);
  self_->delayed_send(self_, wait, caf::timeout_atom_v, static_cast<std::uint64_t>(i), run,
                      static_cast<std::uint64_t>((left - wait).count()));
}

void supervisor_state::look_after_stop(std::size_t i, std::uint64_t run, milliseconds left) {
  auto& child = children_[i];
  if (!child.handle || child.run != run)
    return;
  if (left.count() > 0) {
    spdlog::warn("supervisor '{}' waits for '{}' (#{}) to end; it is killed in {} ms", label_,
                 child.spec.name, child.handle.id(), left.count());
    await_stop(i, run, left);
    return;
  }
  spdlog::error("supervisor '{}' kills '{}': it did not end within {} ms", label_, child.spec.name,
                child.spec.shutdown_timeout.count());
  self_->send_exit(child.handle, caf::exit_reason::kill);
}

void supervisor_state::child_ended(const caf::down_msg& down) {
  for (std::size_t i = 0; i < children_.size(); ++i) {
    auto& child = children_[i];
    if (!child.handle || child.handle.address() != down.source)
      continue;
    child.handle = nullptr;
    switch (logic_->ended(i, is_failure(down.reason), self_->clock().now())) {
    case supervision::verdict::expected:
      break;
    case supervision::verdict::gone:
      spdlog::info("supervisor '{}': '{}' ended and is not restarted: {}", label_, child.spec.name,
                   reason_text(down.reason));
      break;
    case supervision::verdict::restarting:
      spdlog::warn("supervisor '{}' restarts '{}', which ended: {}", label_, child.spec.name,
                   reason_text(down.reason));
      break;
    case supervision::verdict::gave_up:
      reason_ = give_up_error(label_, child.spec.name, settings_, down.reason);
      spdlog::error("{}", reason_text(reason_));
      break;
    }
    return proceed();
  }
}

caf::behavior supervisor(caf::stateful_actor<supervisor_state>* self, supervisor_options options) {
  log_to_spdlog(self);
  self->set_exit_handler([self](caf::exit_msg& x) { self->state.shut_down(std::move(x.reason)); });
  self->set_down_handler([self](caf::down_msg& x) { self->state.child_ended(x); });
  self->state.start(std::move(options));
  return {
    [self](caf::tick_atom) { self->state.proceed(); },
    [self](caf::timeout_atom, std::uint64_t child, std::uint64_t run, std::uint64_t left_ms) {
      self->state.look_after_stop(static_cast<std::size_t>(child), run, milliseconds{left_ms});
    },
  };
}

} // namespace troupe
