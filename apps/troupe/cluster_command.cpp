// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "apps/troupe/cluster_tables.hpp"
#include "apps/troupe/command.hpp"
#include "apps/troupe/terminal.hpp"

namespace troupe {

namespace {

template <class Item>
json document_of(const char* key, const std::vector<Item>& items) {
  auto list = json::array();
  for (auto& x : items)
    list.push_back(json_of(x));
  return {{key, std::move(list)}};
}

result<int> show_workers(const cli& shared, client& cluster) {
  auto workers = cluster.workers();
  if (!workers)
    return tl::unexpected{workers.error()};
  if (shared.json)
    print_document(document_of("workers", *workers));
  else
    print_lines(table_of(*workers).lines(output_width()));
  return exit_ok;
}

result<int> set_draining(const cli& shared, client& cluster, const std::string& node,
                         bool draining) {
  auto done = draining ? cluster.drain_worker_of(node) : cluster.resume_worker_of(node);
  if (!done)
    return tl::unexpected{done.error()};
  if (shared.json)
    print_document({{"node", node}, {"draining", draining}});
  else
    std::cout << node
              << (draining ? " ends what it runs and takes nothing new\n" : " takes jobs again\n");
  return exit_ok;
}

result<int> show_nodes(const cli& shared, client& cluster) {
  auto nodes = cluster.nodes();
  if (!nodes)
    return tl::unexpected{nodes.error()};
  if (shared.json)
    print_document(document_of("nodes", *nodes));
  else
    print_lines(table_of(*nodes).lines(output_width()));
  return exit_ok;
}

void add_draining(CLI::App& workers, cli& shared, const char* name, const char* text,
                  bool draining) {
  auto command = workers.add_subcommand(name, text);
  auto node = std::make_shared<std::string>();
  command->add_option("NODE", *node, "The worker's node")->required()->type_name("");
  add_client_options(*command, shared);
  command->callback([&shared, node, draining] {
    shared.status = with_change(
      shared, (draining ? "drain worker " : "resume worker ") + *node,
      [&](client& x, std::string&) { return set_draining(shared, x, *node, draining); });
  });
}

} // namespace

void add_cluster_commands(CLI::App& app, cli& shared) {
  auto workers
    = app.add_subcommand("workers", "List the workers and the jobs they hold; drain or resume one");
  workers->require_subcommand(0, 1);
  add_client_options(*workers, shared);
  workers->callback([&shared, workers] {
    if (workers->get_subcommands().empty())
      shared.status = with_client(shared, [&](client& x) { return show_workers(shared, x); });
  });

  add_draining(*workers, shared, "drain",
               "Let a worker end what it runs and take nothing new, until it is resumed or its "
               "node starts again",
               true);
  add_draining(*workers, shared, "resume", "Let a drained worker take jobs again", false);

  auto nodes = app.add_subcommand("nodes", "List the processes of the cluster");
  add_client_options(*nodes, shared);
  nodes->callback([&shared] {
    shared.status = with_client(shared, [&](client& x) { return show_nodes(shared, x); });
  });
}

} // namespace troupe
