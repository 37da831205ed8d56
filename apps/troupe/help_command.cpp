// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "actors/nearest_name.hpp"
#include "apps/troupe/command.hpp"
#include "messages/registration.hpp"
#include "node/settings_reader.hpp"

namespace troupe {

namespace {

std::string unknown_text(const std::string& word, const std::vector<const CLI::App*>& known) {
  std::vector<std::string> names;
  for (const auto* x : known)
    names.push_back(x->get_name());
  const auto near = nearest_name(word, names);
  return "\"" + word + "\" is no command"
         + (near.empty() ? names.empty() ? "" : ";" : "; did you mean \"" + near + "\"?")
         + (names.empty() ? "" : " expected one of " + join(names));
}

/// The command that the words name, such as "jobs list".
const CLI::App& command_of(const CLI::App& app, const std::vector<std::string>& words) {
  const auto* found = &app;
  for (const auto& word : words) {
    const auto known = found->get_subcommands([](auto) { return true; });
    const auto next = std::find_if(known.begin(), known.end(),
                                   [&](const CLI::App* x) { return x->get_name() == word; });
    if (next == known.end())
      throw CLI::ValidationError{"COMMAND", unknown_text(word, known)};
    found = *next;
  }
  return *found;
}

} // namespace

void add_help_command(CLI::App& app) {
  auto command = app.add_subcommand("help", "Explain a command, as COMMAND --help does");
  auto words = std::make_shared<std::vector<std::string>>();
  command->add_option("COMMAND", *words, "The command, such as `jobs list`")->type_name("");
  command->callback([&app, words] {
    const auto& found = command_of(app, *words);
    // As `COMMAND --help` has it: with the names of those above.
    std::string above;
    for (const auto* x = found.get_parent(); x != nullptr; x = x->get_parent())
      above = above.empty() ? x->get_name() : x->get_name() + " " + above;
    print_lines({found.help(above)});
  });
}

void add_version_command(CLI::App& app, cli& shared) {
  auto command = app.add_subcommand("version", "Print the version of this program");
  add_json_option(*command, shared);
  command->callback([&shared] {
    if (shared.json)
      print_document({{"version", TROUPE_VERSION}, {"wire_version", wire_version}});
    else
      print_lines({std::string{"troupe "} + TROUPE_VERSION});
  });
}

} // namespace troupe
