// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/command.hpp"
#include "node/node.hpp"
#include "node/settings_reader.hpp"

namespace troupe {

namespace {

struct node_options {
  std::string name;
  std::string file;
};

error unknown_node(const node_options& options, const cluster_config& config) {
  std::vector<std::string> names;
  for (auto& x : config.nodes)
    names.push_back(x.name);
  return {errc::config_invalid,
          options.file + " has no node '" + options.name + "'; it has " + join(names)};
}

int run(const cli& shared, const node_options& options) {
  block_stop_signals();
  auto config = load_config(options.file);
  if (!config)
    return fail(shared, config.error());
  if (!config->find_node(options.name))
    return fail(shared, unknown_node(options, *config));
  node running{std::move(*config), options.name};
  if (auto started = running.start(); !started) {
    // Not the code of a cluster that does not answer: it is this node that cannot work.
    auto status = fail(shared, started.error());
    return status == exit_unreachable ? exit_failed : status;
  }
  auto status = run_until_signal(running);
  if (shared.json)
    print_document({{"node", options.name}, {"status", status}});
  return status;
}

} // namespace

void add_node_command(CLI::App& app, cli& shared) {
  auto command = app.add_subcommand("node", "Run one node of a cluster, in the foreground");
  auto options = std::make_shared<node_options>();
  command->add_option("NAME", options->name, "The node's name in the file")
    ->required()
    ->type_name("");
  command->add_option("--config", options->file, "The cluster file")->required()->type_name("FILE");
  add_json_option(*command, shared);
  command->footer("SIGTERM and Ctrl-C drain it: running jobs may finish for drain_grace, the rest "
                  "is handed back.");
  command->callback([&shared, options] { shared.status = run(shared, *options); });
}

} // namespace troupe
