// SPDX-License-Identifier: Apache-2.0
#include "actors/membership.hpp"

#include <algorithm>
#include <caf/actor_cast.hpp>
#include <set>
#include <utility>

#include "messages/limits.hpp"

namespace troupe {

namespace {

error invalid_request(std::string text) {
  return {errc::invalid_argument, std::move(text)};
}

bool is_name(const std::string& x) {
  return !x.empty() && x.size() <= limits::name_bytes_max;
}

bool is_at(const caf::strong_actor_ptr& actor, const caf::actor_addr& address) {
  return actor && caf::actor_cast<caf::actor_addr>(actor) == address;
}

error name_taken(const node_info& late, const node_info& holder) {
  return invalid_request("the node name '" + late.name + "' of process " + std::to_string(late.pid)
                         + " is taken by process " + std::to_string(holder.pid)
                         + ", which is connected; every node needs a name of its own");
}

const named_actor* find_in(const std::vector<named_actor>& names, const std::string& name) {
  auto i = std::find_if(names.begin(), names.end(),
                        [&](const named_actor& x) { return x.name == name && x.actor; });
  return i == names.end() ? nullptr : &*i;
}

} // namespace

membership::membership(node_info self) : self_{std::move(self)} {}

std::optional<error> membership::add_local(const register_name& x) {
  if (!is_name(x.name) || !x.actor)
    return invalid_request("a registration needs an actor, and a name of 1 to "
                           + std::to_string(limits::name_bytes_max) + " bytes");
  if (local_.size() >= limits::node_names_max && local_.count(x.name) == 0)
    return invalid_request("node '" + self_.name + "' has as many names as it may");
  local_[x.name] = x.actor;
  return std::nullopt;
}

void membership::erase_local(const caf::actor_addr& actor) {
  std::erase_if(local_, [&](const auto& entry) { return is_at(entry.second, actor); });
}

join_cluster membership::introduction(caf::strong_actor_ptr receptionist) const {
  join_cluster result{.node = self_, .receptionist = std::move(receptionist), .names = {}};
  for (const auto& [name, actor] : local_)
    result.names.push_back({.name = name, .node = self_.name, .actor = actor});
  return result;
}

std::optional<error> membership::refusal(const join_cluster& x) const {
  if (!x.receptionist || !is_name(x.node.name) || x.names.size() > limits::node_names_max)
    return invalid_request("a node that joins needs a receptionist, a name of 1 to "
                           + std::to_string(limits::name_bytes_max) + " bytes, and at most "
                           + std::to_string(limits::node_names_max) + " registered names");
  if (x.node.cluster != self_.cluster)
    return invalid_request("node '" + x.node.name + "' is of cluster '" + x.node.cluster
                           + "', node '" + self_.name + "' of cluster '" + self_.cluster + "'");
  auto i = members_.find(x.node.name);
  if (i == members_.end() && members_.size() >= limits::nodes_max)
    return invalid_request("node '" + self_.name + "' has as many members as it may");
  if (x.node.name == self_.name)
    return name_taken(x.node, self_);
  if (i != members_.end() && i->second.node.incarnation != x.node.incarnation)
    return name_taken(x.node, i->second.node);
  return std::nullopt;
}

std::optional<error> membership::admit(const join_cluster& x) {
  if (auto refused = refusal(x))
    return refused;
  auto& known = members_[x.node.name];
  known = {.node = x.node, .receptionist = x.receptionist, .names = x.names};
  for (auto& entry : known.names)
    entry.node = x.node.name;
  return std::nullopt;
}

caf::strong_actor_ptr membership::receptionist_of(const std::string& node) const {
  auto i = members_.find(node);
  return i == members_.end() ? nullptr : i->second.receptionist;
}

std::vector<caf::strong_actor_ptr> membership::receptionists() const {
  std::vector<caf::strong_actor_ptr> result;
  for (const auto& [name, x] : members_)
    result.push_back(x.receptionist);
  return result;
}

std::optional<node_info> membership::erase_member(const caf::actor_addr& receptionist) {
  auto i = std::find_if(members_.begin(), members_.end(), [&](const auto& entry) {
    return is_at(entry.second.receptionist, receptionist);
  });
  if (i == members_.end())
    return std::nullopt;
  auto result = std::move(i->second.node);
  members_.erase(i);
  return result;
}

directory membership::announcement() const {
  directory result{.nodes = {self_}, .names = introduction(nullptr).names};
  for (const auto& [name, x] : members_) {
    result.nodes.push_back(x.node);
    result.names.insert(result.names.end(), x.names.begin(), x.names.end());
  }
  return result;
}

void membership::learn(directory x) {
  learned_ = std::move(x);
}

void membership::lose_directory_sender() {
  if (learned_.nodes.empty())
    return;
  auto sender = learned_.nodes.front().name;
  std::erase_if(learned_.nodes, [&](const node_info& x) { return x.name == sender; });
  learned_.names.clear();
  // Whoever comes first now did not send anything.
  learned_.nodes.insert(learned_.nodes.begin(), self_);
}

named_actor membership::find(const std::string& name) const {
  if (auto i = local_.find(name); i != local_.end())
    return {.name = name, .node = self_.name, .actor = i->second};
  for (const auto& [node, x] : members_)
    if (auto found = find_in(x.names, name))
      return *found;
  // A directory repeats this node's own names, maybe one that is gone by now.
  for (const auto& x : learned_.names)
    if (x.name == name && x.actor && x.node != self_.name)
      return x;
  return {.name = name, .node = {}, .actor = nullptr};
}

named_group membership::find_group(const std::string& prefix) const {
  std::set<std::string> names;
  auto add = [&](const std::string& name) {
    if (name.starts_with(prefix))
      names.insert(name);
  };
  for (const auto& [name, actor] : local_)
    add(name);
  for (const auto& [node, x] : members_)
    for (const auto& entry : x.names)
      add(entry.name);
  for (const auto& entry : learned_.names)
    add(entry.name);
  named_group result{.prefix = prefix, .members = {}};
  for (const auto& name : names)
    if (auto found = find(name); found.actor)
      result.members.push_back(std::move(found));
  return result;
}

std::vector<node_info> membership::nodes() const {
  std::map<std::string, node_info> others;
  for (const auto& x : learned_.nodes)
    others[x.name] = x;
  for (const auto& [name, x] : members_)
    others[name] = x.node;
  others.erase(self_.name);
  std::vector<node_info> result{self_};
  for (auto& [name, x] : others)
    result.push_back(std::move(x));
  return result;
}

} // namespace troupe
