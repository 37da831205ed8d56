// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <string_view>

#include "actors/nearest_name.hpp"
#include "apps/troupe/command.hpp"
#include "apps/troupe/standard_streams.hpp"
#include "node/settings_reader.hpp"

namespace troupe {

namespace {

constexpr auto description
  = "Troupe: durable job queues, a pool of workers, and records with a coherent cache.";

constexpr auto footer = R"(Examples:
  troupe up                                        a cluster of one node, in this folder
  troupe submit default --payload '{"n": 1}' --wait    a job, and its result
  troupe queues                                    what waits where
  troupe jobs list --state dead                    what went wrong
  troupe jobs retry 42                             try again
  troupe records list notes --limit 5              what is stored

Exit codes:
  0    done
  1    refused, or failed
  2    wrong command line or configuration
  3    no cluster answers
  4    some of the jobs waited for did not succeed
  5    no answer in time: it may have taken effect all the same
  130  stopped by Ctrl-C

`troupe COMMAND --help` explains a command; every command takes --json.)";

int refuse_usage(const cli& shared, const std::string& text, const std::string& hint) {
  if (shared.json)
    print_document(json_of(error{errc::invalid_argument, text}));
  else
    std::cerr << "troupe: " << text << '\n' << hint;
  return exit_usage;
}

/// The innermost command that was named, to point to its help.
const CLI::App& named_command(const CLI::App& app) {
  auto commands = app.get_subcommands();
  return commands.empty() ? app : named_command(*commands.front());
}

std::string full_name(const CLI::App& command) {
  auto parent = command.get_parent();
  return parent ? full_name(*parent) + " " + command.get_name() : command.get_name();
}

/// CLI11 says that a command is missing, but not which ones there are, and says the same of one
/// that it does not know.
std::string text_of(const CLI::ParseError& problem, const CLI::App& command) {
  std::vector<std::string> names;
  for (auto x : command.get_subcommands([](auto) { return true; }))
    names.push_back(x->get_name());
  if (problem.get_name() != "RequiredError" || names.empty())
    return problem.what();
  auto unknown = command.remaining();
  if (unknown.empty() || unknown.front().starts_with('-'))
    return "a command is missing; expected one of " + join(names);
  auto near = nearest_name(unknown.front(), names);
  return "\"" + unknown.front() + "\" is no command; "
         + (near.empty() ? "" : "did you mean \"" + near + "\"? ") + "expected one of "
         + join(names);
}

/// The status of a command that ended with `status`: not 0 if its answer was lost. Whoever stops
/// reading has enough.
int after_printing(int status) {
  if (printed_all() || status != exit_ok || reader_has_gone())
    return status;
  std::cerr << "troupe: what this printed could not be written to standard output; what it did is "
               "done\n";
  return exit_failed;
}

} // namespace

int run_cli(int argc, char** argv) {
  cli shared;
  CLI::App app{description, "troupe"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string{"troupe "} + TROUPE_VERSION);
  add_up_command(app, shared);
  add_node_command(app, shared);
  add_submit_command(app, shared);
  add_jobs_command(app, shared);
  add_queues_command(app, shared);
  add_records_command(app, shared);
  add_cluster_commands(app, shared);
  add_config_command(app, shared);
  add_cert_command(app, shared);
  add_token_command(app, shared);
  add_version_command(app, shared);
  add_help_command(app);
  // Only now: commands inherit it, and the examples are none of theirs.
  app.footer(footer);
  // A mistake must be told as JSON even when it comes before the option.
  shared.json
    = std::any_of(argv + 1, argv + argc, [](auto x) { return std::string_view{x} == "--json"; });
  try {
    app.parse(argc, argv);
    return after_printing(shared.status);
  } catch (const CLI::Success& wanted) {
    return after_printing(app.exit(wanted));
  } catch (const CLI::ParseError& problem) {
    auto& command = named_command(app);
    auto hint = "Try `" + full_name(command) + " --help`.\n";
    return refuse_usage(shared, text_of(problem, command), hint);
  }
}

} // namespace troupe
