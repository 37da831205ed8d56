// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <utility>

#include "messages/errors.hpp"
#include "node/config.hpp"

namespace troupe {

/// Owns a file descriptor; -1 is none.
class socket_handle {
public:
  using deadline = std::chrono::steady_clock::time_point;

  socket_handle() = default;
  explicit socket_handle(int value) : value_{value} {}
  ~socket_handle();
  socket_handle(socket_handle&& other) noexcept : value_{std::exchange(other.value_, -1)} {}
  socket_handle& operator=(socket_handle&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }

  int get() const noexcept { return value_; }
  int release() noexcept { return std::exchange(value_, -1); }
  explicit operator bool() const noexcept { return value_ >= 0; }

  /// Waits for `events` of poll(2). False when the time is over.
  bool wait_for(short events, deadline until) const;

private:
  int value_ = -1;
};

/// Connects by TCP, trying every address that the name stands for; the socket is non-blocking.
/// `unavailable` says why not. Blocks: the deadline holds for connecting, not for the name service.
result<socket_handle> connect_to(const endpoint& address, socket_handle::deadline until);

/// Listens by TCP; port 0: any free one. The socket is non-blocking. `unavailable` says why not.
result<socket_handle> listen_at(const endpoint& address);

std::uint16_t local_port(const socket_handle& socket);

} // namespace troupe
