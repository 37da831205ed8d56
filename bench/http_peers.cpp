// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <fmt/format.h>
#include <fstream>

#include "bench/http_server.hpp"

namespace troupe::bench {

namespace {

// Its way to answer from memory: no look at the disk but once a minute, no log, connections that
// stay.
constexpr auto nginx_config = R"nginx(
daemon off;
user root;
worker_processes {0};
pid {1}/pid;
error_log {1}/errors warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  default_type application/json;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  open_file_cache max=20000 inactive=60s;
  open_file_cache_valid 60s;
  client_body_temp_path {1}/body;
  proxy_temp_path {1}/proxy;
  fastcgi_temp_path {1}/fastcgi;
  uwsgi_temp_path {1}/uwsgi;
  scgi_temp_path {1}/scgi;
  server {{
    listen 127.0.0.1:{2};
    root {1}/files;
  }}
}}
)nginx";

} // namespace

std::unique_ptr<http_server> start_nginx(const std::string& program, int workers,
                                         const std::vector<served_record>& records,
                                         const http_place& place) {
  const auto id = fmt::format("nginx_{}", workers);
  const auto directory = place.directory / id;
  const auto files = directory / "files";
  std::filesystem::create_directories(files);
  for (std::size_t i = 0; i < records.size(); ++i)
    std::ofstream{files / std::to_string(i + 1)} << records[i].body;
  const auto port = free_port();
  const auto config = directory / "nginx.conf";
  std::ofstream{config} << fmt::format(nginx_config, workers, directory.string(), port);
  auto server = start_server(id, port, program, {"-p", directory.string(), "-c", config.string()},
                             "/1", place);
  server->plans["get"] = {1, 0, "/", "", "", {}, {200}};
  auto& conditional = server->plans["not_modified"] = {1, 0, "/", "", "", {}, {304}};
  for (const auto& x : read_records(*server, "/", place.signals))
    conditional.etags.push_back(x.etag);
  return server;
}

std::unique_ptr<http_server> start_node_service(const std::filesystem::path& file,
                                                const http_place& place) {
  const auto port = free_port();
  auto server
    = start_server("node", port, "node",
                   {file.string(), "--store", "sqlite", "--sync", "FULL", "--cache", "20000",
                    "--rows", std::to_string(loaded_records), "--port", std::to_string(port),
                    "--file", (place.directory / "node.db").string()},
                   "/items/1", place);
  read_records(*server, "/items/", place.signals);
  server->plans["get"] = {1, 0, "/items/", "", "", {}, {200}};
  add_writes(*server, "/items/", "/items");
  return server;
}

} // namespace troupe::bench
