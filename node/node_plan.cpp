// SPDX-License-Identifier: Apache-2.0
#include "node/node_plan.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "actors/exec_handler.hpp"
#include "node/config_checks.hpp"

namespace troupe {

namespace {

error invalid(std::string text) {
  return {errc::config_invalid, std::move(text)};
}

struct found_handler {
  std::shared_ptr<const handler> run; ///< null: there is none
  std::function<std::string()> check; ///< as in `worker_queue`
};

exec_settings settings_of(const node_plan& plan, const handler_settings& x) {
  exec_settings result{.command = x.exec,
                       .directory = x.directory,
                       .output_max = x.output_max,
                       .error_max = x.error_max,
                       .kill_grace = plan.node.cancel_grace,
                       .environment = x.environment,
                       .user = std::nullopt,
                       .limits = x.limits};
  return result;
}

result<found_handler> find_handler(const node_plan& plan, const std::string& name,
                                   const handler_map& handlers) {
  if (auto i = handlers.find(name); i != handlers.end())
    return found_handler{std::make_shared<const handler>(i->second), nullptr};
  auto settings = plan.config.find_handler(name);
  if (settings == nullptr || settings->exec.empty())
    return found_handler{};
  auto exec = settings_of(plan, *settings);
  if (!settings->user.empty()) {
    auto user = find_user(settings->user);
    if (!user)
      return failure(errc::config_invalid, "handler '" + name + "': " + user.error().text);
    exec.user = std::move(*user);
  }
  return found_handler{std::make_shared<const handler>(make_exec_handler(exec)),
                       [exec] { return why_not_startable(exec); }};
}

std::vector<std::string> queues_of(const node_plan& plan) {
  if (!plan.node.queues.empty())
    return plan.node.queues;
  std::vector<std::string> result;
  for (const auto& queue : plan.config.queues)
    if (!queue.handler.empty())
      result.push_back(queue.name);
  return result;
}

result<void> add_queues(node_plan& plan, const handler_map& handlers) {
  std::string problems;
  for (const auto& name : queues_of(plan)) {
    auto queue = plan.config.find_queue(name);
    if (queue == nullptr)
      return tl::unexpected<error>{invalid("queue '" + name + "' is not declared")};
    auto found = find_handler(plan, queue->handler, handlers);
    if (!found)
      return tl::unexpected{found.error()};
    if (!found->run)
      problems += (problems.empty() ? "" : "\n") + std::string{"handler '"} + queue->handler
                  + "' of queue '" + name
                  + "' is not compiled into this program; add_handler it, start the node with the "
                    "program that "
                    "has it (`troupe up FILE --exe PROGRAM`), or give it exec";
    plan.queues[name] = {.handler = queue->handler,
                         .run = found->run,
                         .result_max = queue->result_max,
                         .check = found->check};
  }
  if (!problems.empty())
    return tl::unexpected<error>{invalid(std::move(problems))};
  return {};
}

} // namespace

result<node_plan> plan_node(cluster_config config, const std::string& name,
                            const handler_map& handlers) {
  // Again, for configurations that were not read from a file.
  settings_problems problems{config.file.empty() ? "configuration" : config.file.string()};
  check_config(config, problems);
  if (!problems.empty())
    return tl::unexpected<error>{invalid(problems.text())};
  add_implied_settings(config);
  auto node = config.find_node(name);
  if (node == nullptr)
    return tl::unexpected<error>{invalid("the configuration has no node '" + name + "'")};
  node_plan plan{.config = {}, .node = *node, .queues = {}};
  plan.config = std::move(config);
  if (plan.node.slots == 0)
    plan.node.slots = std::max(1U, std::thread::hardware_concurrency());
  if (plan.node.has_role("gateway") && !plan.config.http.site.empty()) {
    auto files = site::read(plan.config.http.site);
    if (!files)
      return tl::unexpected<error>{invalid("key 'http.site': " + files.error().text)};
    plan.site = std::make_shared<const site>(std::move(*files));
  }
  if (plan.node.has_role("worker"))
    if (auto added = add_queues(plan, handlers); !added)
      return tl::unexpected<error>{added.error()};
  return plan;
}

} // namespace troupe
