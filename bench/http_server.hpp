// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/load_script.hpp"
#include "bench/process.hpp"
#include "bench/signal_watch.hpp"

namespace troupe::bench {

/// A record as a server gives it.
struct served_record {
  std::string etag;
  std::string body;
};

/// A server that is measured: a process of its own on loopback, which is stopped when this goes out
/// of scope.
struct http_server {
  http_server(std::string server_id, std::uint16_t server_port, process server);
  ~http_server();

  std::string id; ///< as in the figures
  std::uint16_t port;
  process running;
  std::map<std::string, load_plan> plans; ///< what can be measured, by the case's id
  std::vector<served_record> records;     ///< those that the cases read and do not change
};

/// Where the servers keep what they keep, and what may interrupt them.
struct http_place {
  std::filesystem::path directory; ///< exists; is removed by others
  const signal_watch& signals;
};

/// Starts a program and waits until GET of `first_path` is answered with 200; else throws with what
/// the program said.
std::unique_ptr<http_server> start_server(const std::string& id, std::uint16_t port,
                                          const std::string& program,
                                          std::vector<std::string> arguments,
                                          const std::string& first_path, const http_place& place);

/// All records of a server, in their order. Its cache knows them then.
std::vector<served_record> read_records(const http_server& server, const std::string& path,
                                        const signal_watch& signals);

/// Bytes of what is written, and of a job's payload.
inline constexpr std::size_t body_bytes = 256;

/// A JSON object of so many bytes, which the Node service takes, too.
std::string measured_fields();

/// Adds the cases that write to a service: `records` is followed by a record's number.
void add_writes(http_server& server, const std::string& records, const std::string& create);

// Each of these starts one and returns when it answers and has its records. They throw when it does
// not.

/// `troupe up`, all roles in one node, without tokens; its records are made over HTTP.
std::unique_ptr<http_server> start_troupe(const std::string& program, const http_place& place);

/// nginx with a file for each record; `workers` processes.
std::unique_ptr<http_server> start_nginx(const std::string& program, int workers,
                                         const std::vector<served_record>& records,
                                         const http_place& place);

/// The Node service of the peers' kit, on SQLite with a flush at each commit.
std::unique_ptr<http_server> start_node_service(const std::filesystem::path& file,
                                                const http_place& place);

} // namespace troupe::bench
