// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_system.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "messages/interfaces.hpp"
#include "node/connector.hpp"
#include "node/system_config.hpp"

namespace troupe::test {

/// A process in the process: an actor system with a receptionist, and real sockets on loopback.
/// For tests of what CAF's network really does.
class loopback_node {
public:
  struct options {
    std::string name;
    std::vector<std::string> seeds{};
    std::uint64_t incarnation = 1;
    std::string wire_identifier{}; ///< empty: the present one
  };

  explicit loopback_node(options given);
  ~loopback_node();
  loopback_node(const loopback_node&) = delete;
  loopback_node& operator=(const loopback_node&) = delete;

  /// Lets others connect; 0: at any free port. Returns the address.
  std::string listen(std::uint16_t port = 0);

  std::uint16_t port() const { return port_; }

  /// Registers a name for an actor of this node.
  void add_name(const std::string& name, const caf::strong_actor_ptr& who);

  /// Who answers to `name` here within the time, or null. Asks again until somebody does.
  caf::strong_actor_ptr find(const std::string& name, std::chrono::milliseconds time);

  /// The names of the nodes that are known here.
  std::vector<std::string> nodes();

private:
  class config;

  std::unique_ptr<config> config_;

public:
  caf::actor_system system;

private:
  connector_actor connector_;

public:
  receptionist_actor receptionist;

private:
  std::uint16_t port_ = 0;
};

/// Calls `holds` until it is true or the time is over. Returns the last answer.
bool eventually(const std::function<bool()>& holds,
                std::chrono::milliseconds time = std::chrono::seconds{10});

} // namespace troupe::test
