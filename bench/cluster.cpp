// SPDX-License-Identifier: Apache-2.0
#include "bench/cluster.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <thread>

#include "bench/request_loop.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto patience = 120s;
constexpr auto database = "troupe.db";
constexpr auto config_file = "cluster.toml";

constexpr std::size_t preload_batch = 1000;
constexpr std::size_t preload_in_flight = 4;

void await(const std::string& what, const std::function<bool()>& happened) {
  for (auto until = clock::now() + patience; !happened(); std::this_thread::sleep_for(2ms))
    if (clock::now() > until)
      throw std::runtime_error("waited in vain: " + what);
}

std::string config_text(const std::filesystem::path& directory, std::uint16_t port,
                        const cluster_options& options) {
  auto text = fmt::format("[cluster]\nname = \"bench\"\n"
                          "[storage]\npath = \"{}\"\n"
                          "[log]\nlevel = \"warn\"\n"
                          "[nodes.control]\nroles = [{}]\naddress = \"127.0.0.1:{}\"\n",
                          (directory / database).string(),
                          options.records ? "\"control\", \"service\"" : "\"control\"", port);
  if (options.records)
    text += "[collections.notes]\n"
            "[collections.articles]\nindexes = [\"category\", \"score\"]\n"
            "search = [\"title\"]\ncache_max = \"512 MiB\"\n";
  for (std::uint32_t i = 1; i <= options.workers; ++i)
    text += fmt::format("[nodes.{}]\nroles = [\"worker\"]\nslots = {}\nprefetch = {}\n",
                        cluster::worker_name(i), options.slots, options.prefetch);
  for (auto name : {"noop", "stamp", "hold"})
    text += fmt::format("[queues.{0}]\nhandler = \"{0}\"\nmax_losses = 1000000\n"
                        "[handlers.{0}]\ncompiled = true\n",
                        name);
  return text;
}

} // namespace

cluster::cluster(const cluster_options& options) {
  auto port = free_port();
  std::ofstream{directory() / config_file} << config_text(directory(), port, options);
  control_ = std::make_unique<process>(start("control"));
  client_ = must(client::connect({{fmt::format("127.0.0.1:{}", port)}}));
  await("the control node takes requests", [this] { return client_->queues().has_value(); });
}

process cluster::start(const std::string& node) {
  return process{own_program().string(),
                 {"node", node, "--config", (directory() / config_file).string()},
                 directory() / (node + ".log")};
}

std::string cluster::worker_name(std::uint32_t number) {
  return fmt::format("worker-{}", number);
}

void cluster::start_worker(std::uint32_t number) {
  workers_.insert_or_assign(number, start(worker_name(number)));
}

void cluster::await_workers(std::size_t count) {
  await("workers register", [&] {
    auto workers = must(client_->workers());
    return std::count_if(workers.begin(), workers.end(),
                         [](const worker_info& x) { return x.state == worker_state::alive; })
           == static_cast<std::ptrdiff_t>(count);
  });
}

void cluster::preload(const std::string& queue, std::size_t count) {
  make_producer(*client_, queue, preload_batch, preload_in_flight).run_count(count);
}

queue_info cluster::queue(const std::string& name) {
  for (auto& x : must(client_->queues()))
    if (x.name == name)
      return x;
  throw std::runtime_error("no queue " + name);
}

void cluster::await_succeeded(const std::string& name, std::size_t count) {
  await("all jobs succeed", [&] { return queue(name).depths.succeeded >= count; });
}

std::uint64_t cluster::database_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator{directory()})
    if (entry.path().filename().string().starts_with(database))
      bytes += entry.file_size();
  return bytes;
}

} // namespace troupe::bench
