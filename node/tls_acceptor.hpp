// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "node/socket.hpp"
#include "node/tls_identity.hpp"

namespace troupe {

struct tls_acceptor_options {
  socket_handle socket; ///< listens
  std::shared_ptr<tls_identity> identity;
  /// Is the peer with these names welcome? Called on the acceptor's thread.
  std::function<bool(const std::vector<std::string>& names)> welcome;
  /// Takes a connection whose handshake is finished. Called on the acceptor's thread.
  std::function<void(socket_handle, tls_session)> accepted;
  milliseconds deadline{5000};   ///< of a handshake
  milliseconds first_byte{1000}; ///< callers begin; one that is silent for so long is dropped
  std::size_t pending_max = 64;  ///< handshakes at a time, and how many of them from one address
  std::size_t pending_of_address_max = 32;
};

/// Accepts connections and finishes their handshakes, in a thread of its own, so that callers who
/// are silent, slow or strangers cost nobody else anything (S1). When there are too many, or too
/// many of one address, the oldest that has not said a word makes room for the newest.
class tls_acceptor {
public:
  explicit tls_acceptor(tls_acceptor_options options);

  /// Stops listening, drops unfinished handshakes, and waits for the thread.
  ~tls_acceptor();
  tls_acceptor(const tls_acceptor&) = delete;
  tls_acceptor& operator=(const tls_acceptor&) = delete;

  std::uint16_t port() const noexcept { return port_; }

private:
  struct pending;

  void run();
  void accept_all(std::vector<pending>& waiting);
  void make_room(std::vector<pending>& waiting, const std::string& address) const;
  /// False when it is over, for good or ill.
  bool go_on(pending& x);

  tls_acceptor_options options_;
  std::uint16_t port_;
  socket_handle wake_; // an eventfd: the thread shall end
  std::thread thread_;
};

/// Finishes the handshake of a connection that this side made, and checks that one of the peer's
/// names is `wanted` (empty: any). Blocks until the deadline at most. `unavailable` says why not.
result<tls_session> shake_hands(const tls_identity& identity, const socket_handle& socket,
                                const std::string& wanted, socket_handle::deadline until);

} // namespace troupe
