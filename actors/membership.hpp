// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_addr.hpp>
#include <caf/actor_control_block.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "messages/cluster.hpp"
#include "messages/errors.hpp"

namespace troupe {

/// What one node knows of its cluster: its members, and who answers to which name. Pure state: no
/// actor, no clock.
///
/// Knowledge has three sources, and each replaces what it said before:
///
///     local names       from actors of this node
///     members           nodes that joined this one, each with its names
///     a directory       from a node that this one joined
///
/// What a directory says is not passed on, so nobody hears again what he said himself. A local name
/// wins over a member's, and that over a directory's.
class membership {
public:
  explicit membership(node_info self);

  const node_info& self() const noexcept { return self_; }

  // -- this node
  // -----------------------------------------------------------------------------------

  /// A later actor takes the name over. Refuses an empty or too long name, one without an actor,
  /// and more than `limits::node_names_max` names.
  std::optional<error> add_local(const register_name& x);

  /// Frees the names of an actor.
  void erase_local(const caf::actor_addr& actor);

  /// How this node presents itself to one that it joins.
  join_cluster introduction(caf::strong_actor_ptr receptionist) const;

  // -- nodes that joined this one
  // ------------------------------------------------------------------

  /// Adds a member, or replaces what is known of it. Returns why not, if it is refused:
  /// another cluster, a name of which a live process is a member, malformed, or one too many.
  std::optional<error> admit(const join_cluster& x);

  /// The receptionist of a member; null: no member has that name.
  caf::strong_actor_ptr receptionist_of(const std::string& node) const;

  /// Of all members, by name.
  std::vector<caf::strong_actor_ptr> receptionists() const;

  /// Forgets the member with that receptionist, and its names. The node, or nothing.
  std::optional<node_info> erase_member(const caf::actor_addr& receptionist);

  /// What members are told: this node first, then its members, and their names.
  directory announcement() const;

  // -- a node that this one joined
  // -----------------------------------------------------------------

  /// Replaces what the last directory said.
  void learn(directory x);

  /// The connection is gone: forgets that node, and all names, for whoever answers to them was
  /// reached through it. Keeps what it said about other nodes.
  void lose_directory_sender();

  // -- all together
  // --------------------------------------------------------------------------------

  /// Who answers to `name`; without an actor if nobody does.
  named_actor find(const std::string& name) const;

  /// What `find` says of each name that begins with `prefix` and that somebody answers to, by name.
  named_group find_group(const std::string& prefix) const;

  /// This node first, then the others by name.
  std::vector<node_info> nodes() const;

private:
  struct member {
    node_info node;
    caf::strong_actor_ptr receptionist;
    std::vector<named_actor> names;
  };

  std::optional<error> refusal(const join_cluster& x) const;

  node_info self_;
  std::map<std::string, caf::strong_actor_ptr> local_;
  std::map<std::string, member> members_;
  directory learned_; // the sender is the first of its nodes
};

} // namespace troupe
