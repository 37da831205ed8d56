// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "apps/troupe/command.hpp"
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
}

} // namespace troupe
