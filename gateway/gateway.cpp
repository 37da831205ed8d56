// SPDX-License-Identifier: Apache-2.0
#include "gateway/gateway.hpp"

#include <caf/blocking_actor.hpp>
#include <caf/send.hpp>
#include <charconv>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/logging.hpp"
#include "actors/spawn.hpp"
#include "actors/thread_unit.hpp"
#include "gateway/answer_dress.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/problem.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

// When a gateway stops: how long it waits for what it has asked others, and how often it looks.
constexpr milliseconds answer_time{3000};
constexpr milliseconds stop_interval{20};

} // namespace

std::string_view http_call::parameter(std::string_view name) const {
  auto found = parameters.find(name);
  return found == parameters.end() ? std::string_view{} : std::string_view{found->second};
}

std::string unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  return std::string{text};
}

result<std::string> idempotency_key(const http_request& x) {
  const auto* sent = x.headers.find("idempotency-key");
  auto key = sent ? unquoted(*sent) : std::string{};
  if (sent && key.empty())
    return failure(errc::invalid_argument,
                   "the Idempotency-Key is empty; send one of your own for each change, or none");
  return key;
}

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t x = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (failure != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return x;
}

std::string http_call::caller_name() const {
  return caller ? "token " + caller->name : "address " + request().peer;
}

void http_call::refuse(const error& why) const {
  const bool exists = creates && why.code == errc::precondition_failed;
  exchange->answer(exists ? problem(http_refused::record_exists, why.text) : problem(why));
}

void gateway_state::start(gateway_options options) {
  options_ = std::move(options);
  callers_streams_.emplace(options_.streams_max);
  callers_waits_.emplace(options_.waits_max);
  log_ = std::make_shared<request_log>(options_.env.seed());
  for (const auto& x : routes())
    router_.add(x.method, x.pattern);
  for (const auto& x : described_routes())
    rules_.emplace_back(x);
  // Weak: the server must not keep its owner alive.
  caf::weak_actor_ptr address{self_->ctrl()};
  auto unit = std::make_shared<thread_unit>(self_->home_system());
  unit_ = unit;
  options_.http.hands_over_heads = true;
  options_.http.vital_paths = {"/livez", "/readyz"};
  options_.http.dress
    = [origins = options_.origins](const http_request& request, http_response& x, bool whole) {
        dress(request, x, whole, origins);
      };
  auto started = http_server::start(
    options_.http,
    [address, unit](http_exchange_ptr exchange) {
      if (auto owner = caf::actor_cast<caf::strong_actor_ptr>(address))
        unit->send(owner, std::move(exchange));
    },
    [unit] { return unit->run(); });
  if (!started) {
    options_.report(tl::unexpected{started.error()});
    self_->quit(to_caf(started.error()));
    return;
  }
  server_ = {started->release(), end_server{&self_->home_system(), options_.env}};
  start_access();
  spdlog::info("serves {} on {}:{}{}", options_.http.tls.certificate.empty() ? "HTTP" : "HTTPS",
               options_.http.host, server_->port(),
               options_.access.required ? ", to those who have a token" : "");
  options_.report(server_->port());
  self_
    ->request(options_.receptionist, options_.request_timeout,
              subscribe_name{"dispatcher", caf::actor_cast<caf::strong_actor_ptr>(self_)})
    .then([](caf::ok_atom) {}, [this](caf::error& why) { self_->quit(std::move(why)); });
}

void end_server::operator()(http_server* server) const {
  if (!server->is_own_thread()) {
    delete server;
    return;
  }
  server->stop_listening();
  spawn_blocking(
    *system, env, [](caf::blocking_actor*, http_server* ended) { delete ended; }, server);
}

void gateway_state::learn(const named_actor& who) {
  if (who.name == "repository")
    return meet_repository(who);
  follow_dispatcher(who.actor);
}

// Compared as pointers: a new connection has a new proxy that equals the dead one.
void gateway_state::follow_dispatcher(const caf::strong_actor_ptr& next) {
  const auto last = caf::actor_cast<caf::strong_actor_ptr>(dispatcher_);
  if (last == next)
    return;
  dispatcher_ = next ? caf::actor_cast<dispatcher_actor>(next) : dispatcher_actor{};
  if (last)
    deadlines_.lose(self_, last);
  if (dispatcher_)
    for (const auto& x : std::exchange(dispatcher_waits_, {}))
      x.go_on();
}

void gateway_state::wait_for_dispatcher(dispatcher_wait x) {
  const auto now = self_->clock().now();
  if (x.until <= now)
    return x.give_up();
  if (dispatcher_ && caf::actor_cast<caf::actor_control_block*>(dispatcher_) != x.lost)
    return x.go_on();
  self_->delayed_send(self_, std::chrono::ceil<milliseconds>(x.until - now), caf::timeout_atom_v);
  dispatcher_waits_.push_back(std::move(x));
}

void gateway_state::end_waits() {
  const auto now = self_->clock().now();
  for (auto& x : std::exchange(dispatcher_waits_, {}))
    if (x.until <= now)
      x.give_up();
    else
      dispatcher_waits_.push_back(std::move(x));
}

bool gateway_state::end_poll(std::uint64_t number) {
  const bool open = polls_.erase(number) > 0;
  open_ -= open ? 1 : 0;
  return open;
}

void gateway_state::forget(std::uint64_t number) {
  const auto found = polls_.find(number);
  if (found == polls_.end())
    return;
  const auto end_early = std::move(found->second);
  end_poll(number);
  end_early();
}

void gateway_state::end_polls() {
  for (const auto& [number, end_early] : std::exchange(polls_, {})) {
    --open_;
    end_early();
  }
}

void gateway_state::stop(const caf::exit_msg& x) {
  leaving_ = true;
  const auto now = self_->clock().now();
  if (!stops_at_) {
    stops_at_ = now + answer_time;
    if (server_)
      server_->stop_listening();
    flush_reads();
    end_polls();
  }
  if (open_ > 0 && now < *stops_at_) {
    caf::delayed_anon_send(caf::actor_cast<caf::actor>(self_), stop_interval, x);
    return;
  }
  server_.reset();
  self_->quit(caf::exit_reason::user_shutdown);
}

gateway_actor::behavior_type gateway(gateway_actor::stateful_pointer<gateway_state> self,
                                     gateway_options options) {
  log_to_spdlog(self);
  self->set_exit_handler([self](caf::exit_msg& x) { self->state.stop(x); });
  self->state.start(std::move(options));
  return {
    [self](http_exchange_ptr& x) { self->state.take(std::move(x)); },
    [self](const admitted_call_ptr& x) { self->state.run(x); },
    [self](caf::close_atom, std::uint64_t poll) { self->state.forget(poll); },
    [self](const feed_ptr& x) { self->state.go_on(x); },
    [self](const named_actor& x) { self->state.learn(x); },
    [self](caf::flush_atom) { self->state.flush_reads(); },
    [self](caf::tick_atom) { self->state.tick(); },
    [self](lists_atom) { self->state.watch_lists(); },
    [self](caf::timeout_atom) { self->state.end_waits(); },
    [self](caf::update_atom) { self->state.look_around(); },
    [self](caf::leave_atom) { self->state.leave(); },
  };
}

} // namespace troupe
