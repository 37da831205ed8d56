// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <iostream>

#include "apps/troupe/command.hpp"
#include "apps/troupe/terminal.hpp"
#include "apps/troupe/text_format.hpp"
#include "apps/troupe/text_table.hpp"
#include "gateway/text_encoding.hpp"
#include "node/certificates.hpp"

namespace troupe {

namespace {

struct cert_options {
  std::string folder = "./certs";
  std::string cluster = "troupe";
  std::vector<std::string> nodes;
};

int init(const cli& shared, const cert_options& options) {
  if (auto made = make_authority(options.folder, options.cluster); !made)
    return fail(shared, made.error());
  if (shared.json)
    print_document({{"folder", options.folder}, {"cluster", options.cluster}});
  else
    std::cout << "made a CA in " << options.folder
              << "; keep its ca.key to yourself: no node needs "
              << "it\nnext: troupe cert add NODE... --folder " << options.folder << '\n';
  return exit_ok;
}

int add(const cli& shared, const cert_options& options) {
  json files = json::array();
  for (const auto& node : options.nodes) {
    if (auto made = make_certificate(options.folder, node); !made)
      return fail(shared, made.error());
    const auto x = files_of_node(options.folder, node);
    files.push_back({{"node", node},
                     {"certificate", x.certificate.string()},
                     {"key", x.key.string()},
                     {"ca", x.authority.string()}});
    if (!shared.json)
      std::cout << node << ": " << x.certificate.string() << ", " << x.key.string() << '\n';
  }
  if (shared.json)
    print_document({{"certificates", std::move(files)}});
  else
    std::cout << "copy each node's two files, and ca.pem, to its host, and name the folder in the "
              << "cluster file: [tls] folder = \"" << options.folder << "\"\n";
  return exit_ok;
}

/// Of all who have one in the folder, if nobody is named.
std::vector<std::string> chosen_names(const cert_options& options) {
  return options.nodes.empty() ? certified_names(options.folder) : options.nodes;
}

int show_all(const cli& shared, const cert_options& options) {
  auto names = chosen_names(options);
  if (options.nodes.empty())
    names.insert(names.begin(), "ca");
  json list = json::array();
  text_table table{{{"NAME"}, {"ENDS"}, {"DAYS", true}, {"SERIAL"}}};
  const auto now = std::chrono::system_clock::now();
  for (const auto& name : names) {
    const auto file = files_of_node(options.folder, name).certificate;
    auto facts = read_certificate(file);
    if (!facts)
      return fail(shared, facts.error());
    const auto days = std::chrono::floor<std::chrono::days>(facts->ends - now).count();
    list.push_back({{"name", name},
                    {"names", facts->names},
                    {"file", file.string()},
                    {"serial", facts->serial},
                    {"begins", time_or_null(facts->begins)},
                    {"ends", time_or_null(facts->ends)},
                    {"days", days}});
    table.add({name, format_time(facts->ends), std::to_string(days), facts->serial});
  }
  if (shared.json)
    print_document({{"certificates", std::move(list)}});
  else
    print_lines(table.lines(output_width()));
  return exit_ok;
}

int renew(const cli& shared, cert_options options) {
  options.nodes = chosen_names(options);
  if (options.nodes.empty())
    return fail(shared, {errc::invalid_argument, "no certificates are in '" + options.folder
                                                   + "'; `troupe cert add NODE` makes them"});
  for (const auto& node : options.nodes)
    if (auto known = read_certificate(files_of_node(options.folder, node).certificate); !known)
      return fail(shared, known.error());
  return add(shared, options);
}

} // namespace

void add_cert_command(CLI::App& app, cli& shared) {
  auto* group = app.add_subcommand("cert", "Make the certificates of a cluster (mutual TLS)");
  group->require_subcommand(1);
  auto options = std::make_shared<cert_options>();
  const auto add_common = [&](CLI::App* command) {
    command->add_option("--folder", options->folder, "Where the files are")->capture_default_str();
    add_json_option(*command, shared);
  };

  auto* first = group->add_subcommand("init", "Make the cluster's own CA, once");
  add_common(first);
  first->add_option("--cluster", options->cluster, "Name of the cluster, for people")
    ->capture_default_str();
  first->callback([&shared, options] { shared.status = init(shared, *options); });

  auto* more = group->add_subcommand(
    "add", "Make certificates of nodes, and of clients that connect from other hosts");
  add_common(more);
  more->add_option("node", options->nodes, "Names of nodes, as in the cluster file")->required();
  more->footer(
    "Nodes that run notice new files within a minute, and use them for new connections.");
  more->callback([&shared, options] { shared.status = add(shared, *options); });

  auto* look
    = group->add_subcommand("show", "Tell whose certificates there are, and when they end");
  add_common(look);
  look->add_option("node", options->nodes, "Names of nodes; none: all, and the CA");
  look->callback([&shared, options] { shared.status = show_all(shared, *options); });

  auto* again = group->add_subcommand(
    "renew", "Make certificates anew for those who have one, before they end");
  add_common(again);
  again->add_option("node", options->nodes, "Names of nodes; none: all but the CA");
  again->footer(
    "Copy each node's two files to its host again: nodes that run notice them within a minute.");
  again->callback([&shared, options] { shared.status = renew(shared, *options); });
}

} // namespace troupe
