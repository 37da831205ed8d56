// SPDX-License-Identifier: Apache-2.0
#include "gateway/permission.hpp"

#include <algorithm>
#include <array>

#include "messages/limits.hpp"

namespace troupe {

namespace {

struct verb {
  permission what;
  std::string_view name;
  std::string_view target; ///< what must follow; empty: nothing
  bool alone = false;      ///< it may stand without a target, too: for all of them
};

constexpr std::array<verb, 8> verbs{{
  {permission::records_read, "records:read", "COLLECTION"},
  {permission::records_write, "records:write", "COLLECTION"},
  {permission::jobs_read, "jobs:read", "QUEUE", true},
  {permission::jobs_enqueue, "jobs:enqueue", "QUEUE"},
  {permission::jobs_work, "jobs:work", "QUEUE"},
  {permission::jobs_change, "jobs:change", ""},
  {permission::cluster_read, "cluster:read", ""},
  {permission::admin, "admin", ""},
}};

std::string all_scopes() {
  std::string text;
  for (const auto& x : verbs) {
    text += text.empty() ? "" : ", ";
    text += x.name;
    if (x.alone)
      text += ", " + std::string{x.name};
    if (!x.target.empty())
      text += ":" + std::string{x.target};
  }
  return text;
}

bool is_target(std::string_view text) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
  return text == "*"
         || (!text.empty() && text.find_first_not_of(allowed) == std::string_view::npos);
}

/// Whether a scope is of this verb, and of this target or all.
bool covers(std::string_view scope, std::string_view name, std::string_view target) {
  if (!scope.starts_with(name))
    return false;
  scope.remove_prefix(name.size());
  if (scope.empty())
    return true;
  if (scope.front() != ':')
    return false;
  scope.remove_prefix(1);
  return target.empty() || scope == "*" || scope == target;
}

} // namespace

result<void> check_scope(std::string_view scope) {
  const auto fits = [scope](const verb& x) {
    if (scope == x.name)
      return x.target.empty() || x.alone;
    if (x.target.empty())
      return false;
    return scope.starts_with(x.name) && scope[x.name.size()] == ':'
           && is_target(scope.substr(x.name.size() + 1));
  };
  if (scope.size() <= limits::scope_bytes_max && std::any_of(verbs.begin(), verbs.end(), fits))
    return {};
  return failure(errc::invalid_argument, "\""
                                           + std::string{scope.substr(0, limits::scope_bytes_max)}
                                           + "\" is no scope; expected one of " + all_scopes()
                                           + "; \"*\" stands for all collections or queues");
}

bool grants(const std::vector<std::string>& scopes, permission wanted, std::string_view target) {
  if (wanted == permission::open || wanted == permission::any)
    return true;
  const auto needed
    = std::find_if(verbs.begin(), verbs.end(), [wanted](auto& x) { return x.what == wanted; });
  return std::any_of(scopes.begin(), scopes.end(), [&](const std::string& scope) {
    return scope == "admin" || covers(scope, needed->name, target);
  });
}

std::optional<std::vector<std::string>> targets_of(const std::vector<std::string>& scopes,
                                                   permission wanted) {
  const auto prefix = scope_of(wanted, "*").substr(0, scope_of(wanted, "*").size() - 1);
  std::vector<std::string> targets;
  for (const auto& scope : scopes) {
    if (scope == "admin" || scope == prefix + "*" || scope + ":" == prefix)
      return std::nullopt;
    if (scope.starts_with(prefix))
      targets.push_back(scope.substr(prefix.size()));
  }
  return targets;
}

std::string scope_of(permission wanted, std::string_view target) {
  for (const auto& x : verbs)
    if (x.what == wanted) {
      const bool without = x.target.empty() || (x.alone && target.empty());
      return std::string{x.name}
             + (without ? "" : ":" + (target.empty() ? "*" : std::string{target}));
    }
  return {};
}

} // namespace troupe
