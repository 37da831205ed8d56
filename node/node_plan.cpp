// SPDX-License-Identifier: Apache-2.0
#include "node/node_plan.hpp"

#include <algorithm>
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

// A program that ignores TERM must be dead before its worker gives the handler up.
milliseconds kill_grace(const node_settings& node) {
  return std::min(exec_settings{}.kill_grace, node.cancel_grace / 2);
}

std::shared_ptr<const handler> find_handler(const node_plan& plan, const std::string& name,
                                            const handler_map& handlers) {
  if (auto i = handlers.find(name); i != handlers.end())
    return std::make_shared<const handler>(i->second);
  auto settings = plan.config.find_handler(name);
  if (settings == nullptr || settings->exec.empty())
    return nullptr;
  return std::make_shared<const handler>(make_exec_handler({.command = settings->exec,
                                                            .directory = settings->directory,
                                                            .output_max = settings->output_max,
                                                            .error_max = settings->error_max,
                                                            .kill_grace = kill_grace(plan.node)}));
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
    auto run = find_handler(plan, queue->handler, handlers);
    if (!run)
      problems += (problems.empty() ? "" : "\n") + std::string{"handler '"} + queue->handler
                  + "' of queue '" + name
                  + "' is not compiled into this program; add_handler it, start the node with the "
                    "program that "
                    "has it (`troupe up FILE --exe PROGRAM`), or give it exec";
    plan.queues[name] = {.handler = queue->handler, .run = run, .result_max = queue->result_max};
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
