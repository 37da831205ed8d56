// SPDX-License-Identifier: Apache-2.0
#include "node/config_checks.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "gateway/loopback.hpp"
#include "messages/limits.hpp"
#include "node/config_collections.hpp"

namespace troupe {

namespace {

void check_cluster(const cluster_settings& x, settings_problems& problems) {
  if (!is_name(x.name))
    problems.add_at("cluster.name", "key 'cluster.name': \"" + x.name
                                      + "\" is no name; expected 1 to "
                                      + std::to_string(limits::name_bytes_max)
                                      + " small letters, digits, '_', '.' or '-'");
  if (x.lease_timeout < 2 * x.heartbeat_interval)
    problems.add_at("cluster.lease_timeout",
                    "key 'cluster.lease_timeout': " + format_duration(x.lease_timeout)
                      + " is too short for a heartbeat every "
                      + format_duration(x.heartbeat_interval) + "; expected "
                      + format_duration(2 * x.heartbeat_interval)
                      + " or more, twice heartbeat_interval");
}

void check_storage(const storage_settings& x, settings_problems& problems) {
  if (x.path.empty())
    problems.add_at("storage.path",
                    "key 'storage.path' is empty; expected the database's file, such as "
                    "\"./var/troupe.db\"");
}

void check_address(const cluster_config& config, const node_settings& node,
                   settings_problems& problems) {
  auto path = "nodes." + node.name + ".address";
  if (!node.host.empty() && !is_loopback(node.host) && config.tls.folder.empty())
    problems.add_at(path, "key '" + path
                            + "': nothing listens beyond loopback without TLS; make certificates "
                              "with `troupe cert init` and `troupe cert add`, and name their "
                              "folder in [tls], or bind to 127.0.0.1");
  if (node.host.empty() && node.has_role("control"))
    problems.add_at(path, "node '" + node.name
                            + "' has the role control and no address; expected one that the others "
                              "reach it by, such as address = \"127.0.0.1:7411\"");
}

void check_http(const cluster_config& config, const node_settings& node,
                settings_problems& problems) {
  const auto path = "nodes." + node.name + ".http";
  if (node.has_role("gateway") && node.http.host.empty())
    problems.add_at(path, "node '" + node.name
                            + "' has the role gateway and no address for HTTP; expected one, such "
                              "as http = \"127.0.0.1:8080\"");
  if (!node.has_role("gateway") && !node.http.host.empty())
    problems.add_at(path, "key '" + path + "': node '" + node.name
                            + "' has not the role gateway, so it serves no HTTP");
  if (node.http_certificate.empty() != node.http_key.empty())
    problems.add_at(
      "nodes." + node.name + (node.http_key.empty() ? ".http_certificate" : ".http_key"),
      "node '" + node.name
        + "' names only one of http_certificate and http_key; expected both, or none");
  if (node.http.host.empty() || is_loopback(node.http.host))
    return;
  if (node.http_certificate.empty())
    problems.add_at(path, "key '" + path
                            + "': nothing is served beyond loopback without TLS; name the files of "
                              "a certificate, http_certificate and http_key (`troupe cert init` "
                              "and `troupe cert add` make some), or bind to 127.0.0.1");
  if (!config.needs_tokens(node))
    problems.add_at("http.auth", "key 'http.auth': node '" + node.name
                                   + "' serves HTTP beyond loopback, where everybody may call; "
                                     "leave the key out, make tokens with `troupe token create`, "
                                     "or bind to 127.0.0.1");
}

/// As browsers send it: "https://app.example", with a port if that is not the scheme's own.
bool is_origin(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos)
    return false;
  const auto name = text.substr(0, scheme), host = text.substr(scheme + 3);
  return (name == "https" || name == "http") && !host.empty()
         && host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._:[]") == host.npos;
}

void check_origins(const cluster_config& config, settings_problems& problems) {
  for (const auto& x : config.http.origins)
    if (!is_origin(x))
      problems.add_at("http.origins",
                      "key 'http.origins': '" + x
                        + "' is no origin; expected a scheme and a host in small letters, and "
                          "nothing behind them, such as \"https://app.example\"; there is none "
                          "that stands for all");
  if (config.http.bodies_max < config.http.body_max)
    problems.add_at("http.bodies_max", "key 'http.bodies_max' is less than 'http.body_max': no "
                                       "request could be that large");
}

void check_node_queues(const cluster_config& config, const node_settings& node,
                       settings_problems& problems) {
  auto path = "nodes." + node.name + ".queues";
  for (auto& name : node.queues) {
    auto queue = config.find_queue(name);
    if (!queue)
      problems.add_at(path, "key '" + path + "': queue '" + name + "' is unknown; "
                              + declared_names(config.queues));
    else if (queue->handler.empty())
      problems.add_at(path, "key '" + path + "': queue '" + name
                              + "' has no handler, so no worker can run its jobs");
  }
}

void check_nodes(const cluster_config& config, settings_problems& problems) {
  std::map<std::string, std::string> owners;
  const node_settings* control = nullptr;
  check_origins(config, problems);
  for (auto& node : config.nodes) {
    auto path = "nodes." + node.name;
    if (node.roles.empty())
      problems.add_at(path + ".roles", "node '" + node.name
                                         + "' has no role; expected roles = [\"control\"], "
                                           "[\"worker\"], [\"service\"], [\"gateway\"] or "
                                           "several of them");
    check_address(config, node, problems);
    check_http(config, node, problems);
    check_node_queues(config, node, problems);
    // Port 0 is another port at every start.
    if (!node.host.empty() && node.port != 0)
      if (auto [owner, is_new] = owners.emplace(format_endpoint({node.host, node.port}), node.name);
          !is_new)
        problems.add_at(path + ".address", "key '" + path + ".address': " + owner->first
                                             + " is node '" + owner->second
                                             + "' already; expected another port");
    if (!node.has_role("control"))
      continue;
    if (control)
      problems.add_at(path + ".roles",
                      "node '" + control->name
                        + "' has the role control already; an sqlite database serves one control "
                          "node");
    control = &node;
  }
  if (!control)
    problems.add_at("nodes", "no node has the role control; expected one, such as [nodes.control] "
                             "with roles = [\"control\"] and address = \"127.0.0.1:7411\"");
}

/// Dead jobs must come to rest: no queue may be reached from itself.
bool runs_in_a_circle(const cluster_config& config, const queue_settings& first) {
  std::set<std::string_view> seen{first.name};
  for (auto queue = &first; queue && !queue->dead_letter.empty();
       queue = config.find_queue(queue->dead_letter))
    if (!seen.insert(queue->dead_letter).second)
      return true;
  return false;
}

/// "NAME" or "NAME=value", of what shells can name.
bool is_variable(std::string_view entry) {
  const auto name = entry.substr(0, entry.find('='));
  const auto fits = [](char x) {
    return x == '_' || (x >= '0' && x <= '9') || (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z');
  };
  return !name.empty() && (name.front() < '0' || name.front() > '9')
         && std::all_of(name.begin(), name.end(), fits)
         && entry.find('\0') == std::string_view::npos;
}

void check_handlers(const cluster_config& config, settings_problems& problems) {
  for (auto& each : config.handlers) {
    const auto path = "handlers." + each.name + ".environment";
    for (const auto& entry : each.environment)
      if (!is_variable(entry))
        problems.add_at(path, "key '" + path + "': \"" + entry
                                + "\" is no variable; expected \"NAME=value\", or \"NAME\" to "
                                  "pass the node's on");
  }
}

/// A program cannot report progress, so each of its runs would be ended.
void check_progress(const cluster_config& config, const queue_settings& queue,
                    settings_problems& problems) {
  const auto found = config.find_handler(queue.handler);
  if (queue.progress_timeout.count() == 0 || found == nullptr || found->exec.empty())
    return;
  const auto path = "queues." + queue.name + ".progress_timeout";
  problems.add_at(path, "key '" + path + "': handler '" + queue.handler
                          + "' is a program, which cannot report progress; leave the key out, or "
                            "bound its time with run_timeout");
}

void check_queues(const cluster_config& config, settings_problems& problems) {
  for (auto& queue : config.queues) {
    auto path = "queues." + queue.name;
    check_progress(config, queue, problems);
    if (!queue.handler.empty() && !config.find_handler(queue.handler))
      problems.add_at(path + ".handler", "key '" + path + ".handler': handler '" + queue.handler
                                           + "' is unknown; " + declared_names(config.handlers));
    if (queue.dead_letter.empty())
      continue;
    if (!is_name(queue.dead_letter))
      problems.add_at(path + ".dead_letter",
                      "key '" + path + ".dead_letter': \"" + queue.dead_letter
                        + "\" is no name; expected 1 to " + std::to_string(limits::name_bytes_max)
                        + " small letters, digits, '_', '.' or '-', or \"\" for none");
    else if (runs_in_a_circle(config, queue))
      problems.add_at(path + ".dead_letter", "key '" + path + ".dead_letter': '" + queue.dead_letter
                                               + "' leads back to a queue before it; expected one "
                                                 "where dead jobs rest");
  }
}

void add_dead_letter_queues(cluster_config& config) {
  std::map<std::string, queue_settings> added;
  for (auto& queue : config.queues) {
    if (queue.dead_letter.empty() || config.find_queue(queue.dead_letter))
      continue;
    auto& target = added[queue.dead_letter];
    target.name = queue.dead_letter;
    target.payload_max = std::max(target.payload_max, queue.payload_max);
    target.depth_max = std::max(target.depth_max, queue.depth_max);
  }
  for (auto& [name, queue] : added)
    config.queues.push_back(std::move(queue));
}

} // namespace

void check_config(const cluster_config& config, settings_problems& problems) {
  check_cluster(config.cluster, problems);
  check_storage(config.storage, problems);
  check_nodes(config, problems);
  check_handlers(config, problems);
  check_queues(config, problems);
  check_collections(config, problems);
}

void add_implied_settings(cluster_config& config) {
  add_dead_letter_queues(config);
  add_own_indexes(config);
}

std::string format_endpoint(const endpoint& x) {
  auto is_v6 = x.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + x.host + "]" : x.host) + ":" + std::to_string(x.port);
}

} // namespace troupe
