// SPDX-License-Identifier: Apache-2.0
/// The example program that embeds Troupe: it brings the handler `thumbnail` into a cluster.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include "apps/photos/album.hpp"
#include "apps/photos/demo.hpp"
#include "apps/photos/pictures.hpp"
#include "apps/photos/thumbnails.hpp"
#include "apps/photos/upload.hpp"
#include "node/client.hpp"
#include "node/node.hpp"

namespace photos {

namespace {

const std::vector<int> default_sizes{160, 640, 1600};

int fail(const troupe::error& error) {
  fmt::print(stderr, "photos: {}\n", error.text.empty() ? to_string(error) : error.text);
  return 1;
}

int run_node(const std::string& name, const std::string& config_file) {
  auto config = troupe::load_config(config_file);
  if (!config)
    return fail(config.error());
  troupe::node node{std::move(*config), name};
  node.add_handler("thumbnail", run_thumbnail_job);
  node.add_handler("upload", run_upload_job);
  if (auto started = node.start(); !started)
    return fail(started.error());
  return troupe::run_until_signal(node);
}

/// Becomes `troupe up`, which starts this program for each node. Returns only if it cannot.
int run_up(const std::string& config_file) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  const auto launcher = self.parent_path() / "troupe";
  execl(launcher.c_str(), launcher.c_str(), "up", config_file.c_str(), "--exe", self.c_str(),
        nullptr);
  fmt::print(stderr, "photos: cannot run '{}': {}\n", launcher.string(), std::strerror(errno));
  return 1;
}

/// A connection to the cluster of a file.
troupe::result<std::unique_ptr<troupe::client>> connect(const std::string& config_file) {
  auto config = troupe::load_config(config_file);
  if (!config)
    return tl::unexpected{config.error()};
  troupe::client_options connection;
  connection.addresses = config->seeds();
  return troupe::client::connect(connection);
}

struct submit_options {
  std::string config;
  std::string collection = "photos";
  std::string pictures;
  std::string output;
  std::vector<int> sizes = default_sizes;
};

int submit(const submit_options& options) {
  auto pictures = find_pictures(options.pictures);
  if (!pictures)
    return fail(pictures.error());
  auto client = connect(options.config);
  if (!client)
    return fail(client.error());
  std::vector<photo> photos;
  for (const auto& request : plan_thumbnails(*pictures, options.output, options.sizes, 0))
    photos.push_back(describe(request));
  auto stored = store_photos(**client, options.collection, photos);
  if (!stored)
    return fail(stored.error());
  for (const auto& x : *stored)
    fmt::print("{}\tjob {}\t{}\n", x.id, x.job, x.title);
  return 0;
}

struct search_options {
  std::string config;
  std::string collection = "photos";
  std::vector<std::string> words;
};

int search(const search_options& options) {
  auto client = connect(options.config);
  if (!client)
    return fail(client.error());
  auto found
    = search_photos(**client, options.collection, fmt::format("{}", fmt::join(options.words, " ")));
  if (!found)
    return fail(found.error());
  for (const auto& x : *found)
    fmt::print("{}\t{}\t{}\t{}\t{}\n", x.id, x.title, fmt::join(x.tags, ", "), x.state, x.file);
  return 0;
}

void add_node(CLI::App& app, int& status) {
  auto command = app.add_subcommand("node", "Run one node of a cluster, in the foreground");
  auto name = std::make_shared<std::string>();
  auto config = std::make_shared<std::string>();
  command->add_option("NAME", *name, "The node's name in the file")->required();
  command->add_option("--config", *config, "The cluster file")->required()->type_name("FILE");
  command->callback([=, &status] { status = run_node(*name, *config); });
}

void add_up(CLI::App& app, int& status) {
  auto command = app.add_subcommand("up", "Run every node of a cluster on this machine");
  auto config = std::make_shared<std::string>();
  command->add_option("FILE", *config, "The cluster file")->required()->type_name("");
  command->callback([=, &status] { status = run_up(*config); });
}

void add_submit(CLI::App& app, int& status) {
  auto command = app.add_subcommand(
    "submit", "Make a record of every picture in a folder, and with it a job for its thumbnails");
  auto options = std::make_shared<submit_options>();
  command->add_option("DIR", options->pictures, "The pictures")->required();
  command->add_option("--out", options->output, "Gets the thumbnails")
    ->required()
    ->type_name("DIR");
  command->add_option("--config", options->config, "The cluster file")
    ->required()
    ->type_name("FILE");
  command->add_option("--collection", options->collection, "Of the records [photos]")
    ->type_name("NAME");
  command->add_option("--sizes", options->sizes, "Of the longer edge [160,640,1600]")
    ->type_name("PIXELS")
    ->delimiter(',');
  command->callback([=, &status] { status = submit(*options); });
}

void add_search(CLI::App& app, int& status) {
  auto command = app.add_subcommand("search", "Find photos by words of their titles and tags");
  auto options = std::make_shared<search_options>();
  command
    ->add_option("WORDS", options->words, "All of them; the last letters may be left out: sun*")
    ->required();
  command->add_option("--config", options->config, "The cluster file")
    ->required()
    ->type_name("FILE");
  command->add_option("--collection", options->collection, "Of the records [photos]")
    ->type_name("NAME");
  command->callback([=, &status] { status = search(*options); });
}

void add_demo(CLI::App& app, int& status) {
  auto command = app.add_subcommand(
    "demo", "Start a cluster, make thumbnails on it and kill its busiest worker in the middle");
  auto options = std::make_shared<demo_options>();
  options->program = std::filesystem::read_symlink("/proc/self/exe");
  options->launcher = options->program.parent_path() / "troupe";
  options->sizes = default_sizes;
  options->jobs_min = 24;
  command->add_option("--config", options->config, "The cluster file")
    ->required()
    ->type_name("FILE");
  command->add_option("--pictures", options->pictures, "The pictures")
    ->required()
    ->type_name("DIR");
  command->add_option("--out", options->output, "Gets the thumbnails")
    ->required()
    ->type_name("DIR");
  command->add_option("--data", options->data, "Gets the cluster's database and log")
    ->required()
    ->type_name("DIR");
  command->add_option("--json", options->json, "Gets the figures")->type_name("FILE");
  command
    ->add_option("--jobs-min", options->jobs_min,
                 "If there are fewer pictures, each is taken at several sizes [24]")
    ->type_name("NUMBER");
  command->callback([=, &status] { status = run_demo(*options); });
}

int run(int argc, char** argv) {
  CLI::App app{"Makes thumbnails of photographs on a Troupe cluster.", "photos"};
  app.require_subcommand(1);
  int status = 0;
  add_up(app, status);
  add_node(app, status);
  add_submit(app, status);
  add_search(app, status);
  add_demo(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {
    return app.exit(wanted);
  } catch (const CLI::ParseError& wrong) {
    fmt::print(stderr, "photos: {}\nTry `photos --help`.\n", wrong.what());
    return 2;
  }
  return status;
}

} // namespace

} // namespace photos

int main(int argc, char** argv) {
  troupe::block_stop_signals();
  try {
    photos::start_image_library(argv[0]);
    return photos::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "photos: {}\n", error.what());
    return 1;
  }
}
