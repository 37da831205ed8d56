// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>

#include "bench/http_connection.hpp"
#include "bench/http_server.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t seed_batch = 500;
constexpr std::size_t jobs_batch = 100;

constexpr auto troupe_config = R"toml(
[cluster]
name = "bench"
[storage]
path = "{0}/troupe.db"
[log]
level = "warn"
[nodes.single]
roles = ["control", "worker", "service", "gateway"]
address = "127.0.0.1:{1}"
http = "127.0.0.1:{2}"
[queues.jobs]
[collections.items.schema]
type = "object"
required = ["name", "value"]
[collections.items.schema.properties]
name = {{type = "string"}}
value = {{type = "string"}}
[collections.changing.schema]
type = "object"
required = ["name", "value"]
[collections.changing.schema.properties]
name = {{type = "string"}}
value = {{type = "string"}}
)toml";

std::string records_of(const std::string& collection) {
  return "/v1/collections/" + collection + "/records";
}

void seed(const http_server& server, const std::string& collection, const signal_watch& signals) {
  http_connection connection{server.port};
  for (std::size_t next = 1; next <= loaded_records; signals.sleep(0ms)) {
    std::string changes;
    for (std::size_t i = 0; i < seed_batch && next <= loaded_records; ++i, ++next)
      changes += fmt::format(R"({}{{"op":"create","id":"{}","body":{}}})", i == 0 ? "" : ",", next,
                             measured_fields());
    auto reply = connection.call("POST", records_of(collection) + ":batch",
                                 R"({"changes":[)" + changes + "]}");
    if (reply.status != 200)
      throw std::runtime_error("troupe does not take the records: " + reply.body);
  }
}

std::string jobs_of(std::size_t count) {
  const auto job = fmt::format(R"({{"payload":"{}"}})", std::string(body_bytes, 'w'));
  if (count == 1)
    return job;
  std::string all;
  for (std::size_t i = 0; i < count; ++i)
    all += (i == 0 ? "" : ",") + job;
  return R"({"jobs":[)" + all + "]}";
}

} // namespace

std::unique_ptr<http_server> start_troupe(const std::string& program, const http_place& place) {
  const auto port = free_port();
  const auto file = place.directory / "cluster.toml";
  std::ofstream{file} << fmt::format(troupe_config, place.directory.string(), free_port(), port);
  auto server = start_server("troupe", port, program, {"up", file.string()}, "/readyz", place);
  for (const auto* collection : {"items", "changing"})
    seed(*server, collection, place.signals);
  const auto items = records_of("items") + "/";
  server->plans["get"] = {1, 0, items, "", "", {}, {200}};
  auto& conditional = server->plans["not_modified"] = {1, 0, items, "", "", {}, {304}};
  server->records = read_records(*server, items, place.signals);
  for (const auto& x : server->records)
    conditional.etags.push_back(x.etag);
  add_writes(*server, records_of("changing") + "/", records_of("changing"));
  const std::string queue = "/v1/queues/jobs/jobs";
  server->plans["enqueue"] = {0, 1, "", queue, jobs_of(1), {}, {201}};
  server->plans["enqueue_batch"] = {0, 1, "", queue, jobs_of(jobs_batch), {}, {201}, jobs_batch};
  return server;
}

} // namespace troupe::bench
