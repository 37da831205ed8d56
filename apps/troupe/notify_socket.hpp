// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <sys/types.h>
#include <vector>

#include "messages/errors.hpp"
#include "node/socket.hpp"

namespace troupe {

/// Where processes say that they live, in systemd's words: sd_notify(3). For one thread.
class notify_socket {
public:
  static result<notify_socket> open();

  /// For NOTIFY_SOCKET in their environment.
  const std::string& address() const noexcept { return address_; }

  /// Who said WATCHDOG=1 since the last call. The kernel vouches for their numbers. Does not wait.
  std::vector<pid_t> take();

private:
  notify_socket(socket_handle socket, std::string address)
      : socket_{std::move(socket)},
        address_{std::move(address)} {}

  socket_handle socket_;
  std::string address_;
};

} // namespace troupe
