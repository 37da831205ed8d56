// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "actors/exec_handler.hpp"
#include "apps/troupe/command.hpp"
#include "apps/troupe/config_text.hpp"
#include "apps/troupe/text_format.hpp"

namespace troupe {

namespace {

/// What is no mistake of the file, but would keep jobs from running on a host like this one.
std::vector<std::string> warnings_of(const cluster_config& config) {
  std::vector<std::string> result;
  for (const auto& each : config.handlers) {
    if (each.exec.empty())
      continue;
    exec_settings program{.command = each.exec, .directory = each.directory};
    if (const auto why = why_not_startable(program); !why.empty())
      result.push_back("handler '" + each.name + "': " + why
                       + "; a worker on this host would not take its jobs");
  }
  return result;
}

int check(const cli& shared, const std::string& file) {
  auto config = load_config(file);
  if (!config)
    return fail(shared, config.error());
  const auto warnings = warnings_of(*config);
  if (!shared.json)
    for (const auto& x : warnings)
      std::cerr << "warning: " << x << '\n';
  if (shared.json)
    print_document({{"file", file},
                    {"warnings", warnings},
                    {"valid", true},
                    {"nodes", config->nodes.size()},
                    {"queues", config->queues.size()},
                    {"handlers", config->handlers.size()},
                    {"collections", config->collections.size()}});
  else
    std::cout << file << " is fine: " << format_count(config->nodes.size(), "node") << ", "
              << format_count(config->queues.size(), "queue") << ", "
              << format_count(config->handlers.size(), "handler") << ", "
              << format_count(config->collections.size(), "collection") << '\n';
  return exit_ok;
}

int show(const cli& shared, const std::string& file) {
  auto config = load_config(file);
  if (!config)
    return fail(shared, config.error());
  if (shared.json)
    print_document(json_of(*config));
  else
    std::cout << toml_of(*config);
  return exit_ok;
}

} // namespace

void add_config_command(CLI::App& app, cli& shared) {
  auto group = app.add_subcommand("config", "Check and show cluster files");
  group->require_subcommand(1);
  auto file = std::make_shared<std::string>();

  auto checking = group->add_subcommand("check", "Say all that is wrong with a cluster file");
  checking->add_option("FILE", *file, "The cluster file")->required()->type_name("");
  add_json_option(*checking, shared);
  checking->callback([&shared, file] { shared.status = check(shared, *file); });

  auto showing
    = group->add_subcommand("show", "Print a cluster file with all defaults filled in, as TOML");
  showing->add_option("FILE", *file, "The cluster file")->required()->type_name("");
  add_json_option(*showing, shared);
  showing->callback([&shared, file] { shared.status = show(shared, *file); });
}

} // namespace troupe
