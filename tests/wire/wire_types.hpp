// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_system.hpp>
#include <caf/message.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Every registered message type with a sample value, so that no type can be forgotten: the list
/// comes from the type-id block itself, the samples from each type's own `inspect`.
namespace troupe::test {

struct wire_type {
  std::string name;
  /// A value in which every field is set, each to something else. Lists have two elements. Handles
  /// of actors are null: a real one has another node id in each process.
  caf::message sample;
};

const std::vector<wire_type>& wire_types();

/// The interface of every public actor: its name and the signatures of its messages.
struct wire_interface {
  std::string name;
  std::vector<std::string> signatures;
};

std::vector<wire_interface> wire_interfaces(const caf::actor_system& system);

using wire_bytes = std::vector<char>;

/// A message as it stands on the wire.
wire_bytes encode(caf::actor_system& system, const caf::message& x);

/// The message that these bytes stand for, if all of them do.
std::optional<caf::message> decode(caf::actor_system& system, const wire_bytes& bytes);

/// Where the value begins, after the type's name.
std::size_t value_offset(const wire_type& type, const wire_bytes& bytes);

} // namespace troupe::test
