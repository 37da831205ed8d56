// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_control_block.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/time.hpp"

namespace troupe {

/// A process of the cluster.
struct node_info {
  std::string name;
  std::string cluster;           ///< nodes of another cluster are refused
  std::uint64_t incarnation = 0; ///< another number at every start
  std::string address;           ///< "host:port" it listens on; empty: it only connects
  std::vector<std::string> roles;
  std::uint32_t pid = 0;
  std::string version; ///< of the software
  timestamp started_at{};

  bool operator==(const node_info&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_info& x) {
  return f(x.name, x.cluster, x.incarnation, x.address, x.roles, x.pid, x.version, x.started_at);
}

/// Who answers to a name just now. A null actor: nobody.
struct named_actor {
  std::string name; ///< e.g. "dispatcher"
  std::string node; ///< where it runs
  caf::strong_actor_ptr actor;

  bool operator==(const named_actor&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, named_actor& x) {
  return f(x.name, x.node, x.actor);
}

/// A receptionist introduces its node to another, after every connect.
struct join_cluster {
  node_info node;
  caf::strong_actor_ptr receptionist;
  std::vector<named_actor> names; ///< registered on the joining node

  bool operator==(const join_cluster&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, join_cluster& x) {
  return f(x.node, x.receptionist, x.names);
}

/// The answer, and later each change: all members and names that the sender knows.
struct directory {
  std::vector<node_info> nodes;
  std::vector<named_actor> names;

  bool operator==(const directory&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, directory& x) {
  return f(x.nodes, x.names);
}

/// An actor of this node answers to a name from now on, until it dies.
struct register_name {
  std::string name;
  caf::strong_actor_ptr actor;

  bool operator==(const register_name&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, register_name& x) {
  return f(x.name, x.actor);
}

/// Tell `subscriber` who answers to `name`: now, and whenever that changes.
struct subscribe_name {
  std::string name;
  caf::strong_actor_ptr subscriber;

  bool operator==(const subscribe_name&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, subscribe_name& x) {
  return f(x.name, x.subscriber);
}

/// Tell `subscriber` who answers to the names that begin with `prefix`: now, and whenever that
/// changes.
struct subscribe_group {
  std::string prefix;
  caf::strong_actor_ptr subscriber;

  bool operator==(const subscribe_group&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, subscribe_group& x) {
  return f(x.prefix, x.subscriber);
}

/// All who answer to names that begin with `prefix`, by name.
struct named_group {
  std::string prefix;
  std::vector<named_actor> members;

  bool operator==(const named_group&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, named_group& x) {
  return f(x.prefix, x.members);
}

struct find_name {
  std::string name;

  bool operator==(const find_name&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, find_name& x) {
  return f(x.name);
}

/// A line for the log of the node that is asked: what somebody has changed who came to the
/// cluster's own port, as the command line does.
struct note_change {
  std::string by;   ///< "ann@desk"
  std::string what; ///< "purge queue mail: 12 jobs cancelled"

  bool operator==(const note_change&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, note_change& x) {
  return f(x.by, x.what);
}

struct list_nodes {
  bool operator==(const list_nodes&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_nodes&) {
  return f();
}

struct nodes_listed {
  std::vector<node_info> nodes;

  bool operator==(const nodes_listed&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, nodes_listed& x) {
  return f(x.nodes);
}

} // namespace troupe
