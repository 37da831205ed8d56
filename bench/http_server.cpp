// SPDX-License-Identifier: Apache-2.0
#include "bench/http_server.hpp"

#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "bench/http_connection.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto start_limit = 60s;
constexpr auto stop_limit = 20s;
constexpr std::size_t reads_between_pauses = 500;

/// Waits until GET of a path is answered with 200; else throws with what the server said.
void await_answer(const http_server& server, const std::string& path,
                  const std::filesystem::path& log, const signal_watch& signals) {
  for (auto until = clock::now() + start_limit; clock::now() < until; signals.sleep(10ms))
    try {
      if (http_connection{server.port}.call("GET", path).status == 200)
        return;
    } catch (const std::runtime_error&) {
      // Nobody listens yet.
    }
  std::ifstream in{log};
  throw std::runtime_error(fmt::format("{} does not answer: {}", server.id,
                                       std::string{std::istreambuf_iterator<char>{in}, {}}));
}

} // namespace

http_server::http_server(std::string server_id, std::uint16_t server_port, process server)
    : id{std::move(server_id)},
      port{server_port},
      running{std::move(server)} {}

http_server::~http_server() {
  // nginx and `troupe up` have processes of their own, which they end when they are asked to.
  running.stop(stop_limit);
}

std::vector<served_record> read_records(const http_server& server, const std::string& path,
                                        const signal_watch& signals) {
  http_connection connection{server.port};
  std::vector<served_record> records;
  for (std::size_t i = 1; i <= loaded_records; ++i) {
    auto reply = connection.call("GET", path + std::to_string(i));
    if (reply.status != 200)
      throw std::runtime_error(fmt::format("{}: record {}: status {}", server.id, i, reply.status));
    records.push_back({reply.header("etag"), std::move(reply.body)});
    if (i % reads_between_pauses == 0)
      signals.sleep(0ms);
  }
  return records;
}

std::unique_ptr<http_server> start_server(const std::string& id, std::uint16_t port,
                                          const std::string& program,
                                          std::vector<std::string> arguments,
                                          const std::string& first_path, const http_place& place) {
  const auto log = place.directory / (id + ".log");
  auto server
    = std::make_unique<http_server>(id, port, process{program, std::move(arguments), log});
  await_answer(*server, first_path, log, place.signals);
  return server;
}

std::string measured_fields() {
  constexpr std::string_view begin = R"({"name":"bench","value":")", end = R"("})";
  return fmt::format("{}{}{}", begin, std::string(body_bytes - begin.size() - end.size(), 'w'),
                     end);
}

void add_writes(http_server& server, const std::string& records, const std::string& create) {
  server.plans["create"] = {0, 1, records, create, measured_fields(), {}, {201}};
  server.plans["update"] = {0, 0, records, create, measured_fields(), {}, {200}};
  server.plans["mix"] = {0.9, 0.05, records, create, measured_fields(), {}, {200, 201}};
}

} // namespace troupe::bench
