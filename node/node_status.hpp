// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "gateway/gateway.hpp"
#include "messages/errors.hpp"
#include "messages/interfaces.hpp"
#include "node/client_call.hpp"

namespace troupe {

/// What a node must do until it works.
struct node_duties {
  bool listens = false;      ///< has a port
  bool dispatches = false;   ///< hands out jobs
  bool owns_records = false; ///< answers for records, if there is a coordinator
  bool serves_http = false;
};

/// What the actors of a node tell the threads that start it, wait for it and stop it. All functions
/// may be called from any thread.
class node_status {
public:
  // -- from actors

  /// Others can connect at this port.
  void listening(std::uint16_t port);
  /// Others cannot connect.
  void not_listening(error why);
  /// The dispatcher of this node has read its shard.
  void serving();
  /// Caches of this node own keys, or nobody can be reached that would give them some.
  void owning();
  /// HTTP is served at this port, or cannot be.
  void serving_http(const result<std::uint16_t>& port);
  /// A gateway has been started, maybe in the place of another.
  void gateway_started(gateway_actor handle);
  /// A worker has been started, maybe in the place of another.
  void worker_started(worker_actor handle);
  /// Who carries calls about records has been started, maybe in the place of another.
  void carrier_started(call_carrier_actor handle);
  /// The root of all actors has ended. `why` is nothing after an orderly stop.
  void ended(std::optional<error> why);

  // -- from threads

  std::uint16_t port() const;
  std::uint16_t http_port() const;
  worker_actor worker() const;
  gateway_actor gateway() const;
  call_carrier_actor carrier() const;

  /// Waits until the node does all of this. Or why it does not.
  result<void> wait_until_working(const node_duties& duties) const;

  /// Waits until the root has ended; the failure, if there was one.
  result<void> wait_until_ended() const;

  /// The same, for so long. False when the time is over.
  bool wait_until_ended(std::chrono::milliseconds time) const;

  /// Forgets the handles, so that their actors can be gone.
  void forget_actors();

private:
  void change(const std::function<void()>& change);
  result<void> outcome() const;

  mutable std::mutex mutex_; // guards everything below
  mutable std::condition_variable changed_;
  std::uint16_t port_ = 0;
  std::optional<error> listen_problem_;
  bool serving_ = false;
  bool owning_ = false;
  std::uint16_t http_port_ = 0;
  worker_actor worker_;
  gateway_actor gateway_;
  call_carrier_actor carrier_;
  bool ended_ = false;
  std::optional<error> problem_;
};

} // namespace troupe
