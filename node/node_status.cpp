// SPDX-License-Identifier: Apache-2.0
#include "node/node_status.hpp"

#include <utility>

namespace troupe {

void node_status::change(const std::function<void()>& change) {
  {
    std::lock_guard guard{mutex_};
    change();
  }
  changed_.notify_all();
}

void node_status::listening(std::uint16_t port) {
  change([&] {
    port_ = port;
    listen_problem_.reset();
  });
}

void node_status::not_listening(error why) {
  change([&] { listen_problem_ = std::move(why); });
}

void node_status::serving() {
  change([&] { serving_ = true; });
}

void node_status::owning() {
  change([&] { owning_ = true; });
}

void node_status::serving_http(const result<std::uint16_t>& port) {
  change([&] {
    http_port_ = port.value_or(std::uint16_t{0});
    if (!port)
      listen_problem_ = port.error();
  });
}

void node_status::gateway_started(gateway_actor handle) {
  change([&] { gateway_ = std::move(handle); });
}

void node_status::worker_started(worker_actor handle) {
  change([&] { worker_ = std::move(handle); });
}

void node_status::carrier_started(call_carrier_actor handle) {
  change([&] { carrier_ = std::move(handle); });
}

void node_status::ended(std::optional<error> why) {
  change([&] {
    ended_ = true;
    problem_ = std::move(why);
  });
}

std::uint16_t node_status::port() const {
  std::lock_guard guard{mutex_};
  return port_;
}

std::uint16_t node_status::http_port() const {
  std::lock_guard guard{mutex_};
  return http_port_;
}

gateway_actor node_status::gateway() const {
  std::lock_guard guard{mutex_};
  return gateway_;
}

call_carrier_actor node_status::carrier() const {
  std::lock_guard guard{mutex_};
  return carrier_;
}

worker_actor node_status::worker() const {
  std::lock_guard guard{mutex_};
  return worker_;
}

result<void> node_status::outcome() const {
  if (problem_)
    return tl::unexpected<error>{*problem_};
  return {};
}

result<void> node_status::wait_until_working(const node_duties& duties) const {
  std::unique_lock lock{mutex_};
  auto works = [&] {
    return (port_ != 0 || !duties.listens) && (serving_ || !duties.dispatches)
           && (owning_ || !duties.owns_records) && (http_port_ != 0 || !duties.serves_http);
  };
  changed_.wait(lock, [&] { return works() || listen_problem_ || ended_; });
  if (listen_problem_)
    return tl::unexpected<error>{*listen_problem_};
  if (ended_ && !problem_)
    return failure(errc::shutting_down, "the node was stopped while it started");
  return outcome();
}

result<void> node_status::wait_until_ended() const {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return ended_; });
  return outcome();
}

bool node_status::wait_until_ended(std::chrono::milliseconds time) const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, time, [&] { return ended_; });
}

void node_status::forget_actors() {
  change([&] {
    worker_ = nullptr;
    gateway_ = nullptr;
    carrier_ = nullptr;
  });
}

} // namespace troupe
