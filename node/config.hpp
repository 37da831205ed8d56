// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/collection_settings.hpp"
#include "actors/program_limits.hpp"
#include "actors/queue_settings.hpp"
#include "messages/errors.hpp"

/// One TOML file describes a whole cluster; every node of it reads the same file.
/// config/reference.toml has every key with its default, unit and limits.
namespace troupe {

/// "host:port" or "[v6]:port" taken apart.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;
};

/// `[cluster]`
struct cluster_settings {
  std::string name = "troupe";
  milliseconds heartbeat_interval{2000};
  milliseconds lease_timeout{8000}; ///< silence after which a worker's leases end
  milliseconds reconnect_grace{0};  ///< a worker whose connection breaks keeps its leases so long
  milliseconds request_timeout{5000};
  milliseconds shard_lease{3000}; ///< what a cache that falls silent owns is free after so long
};

/// `[storage]`
struct storage_settings {
  std::string engine = "sqlite";
  std::filesystem::path path = "./var/troupe.db"; ///< relative to the working directory
  std::uint32_t readers = 2;                      ///< reading connections, 1..16
};

/// `[tls]`
struct tls_settings {
  /// Holds the certificates of `troupe cert`; relative to the working directory. Empty: no TLS, and
  /// nothing listens beyond loopback.
  std::filesystem::path folder;
  /// Certificates that are believed no more: names in them, or serial numbers.
  std::vector<std::string> revoked;
};

/// `[http]`, for all nodes with the role gateway
struct http_settings {
  /// Whether callers need tokens. Not set: they do, unless the node serves on loopback only.
  std::optional<bool> auth;
  /// Names that callers may call a gateway by, besides those of loopback and its `http`. Not set:
  /// where no tokens are needed there are no others, elsewhere any name will do.
  std::optional<std::vector<std::string>> hosts;
  /// Origins of other sites whose pages may ask here, as browsers name them.
  std::vector<std::string> origins;
  /// A proxy before the gateways sets `X-Forwarded-Proto`, and nobody reaches them without it.
  bool trust_forwarded_proto = false;
  std::uint32_t rate = 2000; ///< requests a second of one token; 0: any number
  std::uint32_t burst = 0;   ///< requests of one token at once; 0: those of two seconds
  std::uint64_t byte_rate = 32 * 1024 * 1024; ///< of bodies, a second of one token; 0: any number
  /// Of one token, where none is needed of one address: streams, and calls that wait for jobs or
  /// results.
  std::uint32_t streams_max = 100;
  std::uint32_t waits_max = 1000;
  std::uint32_t connections_max = 10'000;
  std::uint32_t connections_per_address_max = 0; ///< 0: four fifths of connections_max
  std::uint64_t bodies_max = 256 * 1024 * 1024;  ///< bytes; of all bodies that are held at once
  std::uint64_t body_max = 8 * 1024 * 1024;      ///< bytes; these three are of one request
  std::uint64_t url_max = 16 * 1024;
  std::uint64_t header_max = 16 * 1024; ///< bytes of one header
  std::uint32_t headers_max = 100;
  milliseconds read_timeout{15'000};  ///< for a head, for a body, and how long a connection idles
  milliseconds write_timeout{15'000}; ///< for each piece of an answer
  milliseconds leave_time{0};         ///< how long a node that stops answers on, with /readyz 503
  std::filesystem::path site;         ///< folder that is served below /site/; empty: none
};

/// `[log]`
struct log_settings {
  std::string level = "info";  ///< trace, debug, info, warn, error, off
  std::string format = "text"; ///< text, json: an object a line
  /// Which changes leave a line: off, management (what people do), all (each job and record, too).
  std::string audit = "management";
};

/// `[nodes.NAME]`
struct node_settings {
  std::string name;
  std::vector<std::string> roles; ///< control, worker, service, gateway
  std::string host;               ///< of `address`, where others reach it; empty: it only connects
  std::uint16_t port = 0;
  std::uint32_t slots = 0;                ///< handlers at once; 0: one a core
  std::uint32_t prefetch = 0;             ///< leases held beyond the slots, so that none waits
  std::vector<std::string> queues;        ///< whose jobs it runs; empty: all that have a handler
  milliseconds drain_grace{30'000};       ///< how long running handlers may go on when it stops
  milliseconds cancel_grace{5000};        ///< from asking a handler to stop until it is given up
  std::uint32_t caches = 1;               ///< owners of keys, 1..16; with the role service
  std::uint32_t services = 1;             ///< record services, 1..16; with the role service
  endpoint http;                          ///< where it serves HTTP; with the role gateway
  std::filesystem::path http_certificate; ///< PEM; empty: HTTP without TLS. Relative to the
  std::filesystem::path http_key;         ///< working directory

  bool has_role(std::string_view role) const;
};

/// `[handlers.NAME]`
struct handler_settings {
  std::string name;
  std::vector<std::string> exec; ///< program and arguments; empty: compiled into the program
  std::string directory;         ///< the program's working directory; empty: the node's
  std::uint64_t output_max = 256 * 1024; ///< bytes of stdout (the result) that are taken
  std::uint64_t error_max = 8 * 1024;    ///< bytes of stderr that are kept
  std::vector<std::string> environment;  ///< "NAME=value", or "NAME" to pass the node's on
  std::string user;                      ///< whom the program runs as; empty: as the node
  program_limits limits;
};

struct cluster_config {
  std::filesystem::path file; ///< where it was read from; empty: not from a file
  cluster_settings cluster;
  storage_settings storage;
  tls_settings tls;
  http_settings http;
  log_settings log;
  std::vector<node_settings> nodes;             ///< in the order of the file
  std::vector<handler_settings> handlers;       ///< by name
  std::vector<queue_settings> queues;           ///< by name, dead-letter queues included
  std::vector<collection_settings> collections; ///< by name

  const node_settings* find_node(std::string_view name) const;
  const queue_settings* find_queue(std::string_view name) const;
  const handler_settings* find_handler(std::string_view name) const;
  const collection_settings* find_collection(std::string_view name) const;

  /// Whether those who call a node with the role gateway need tokens.
  bool needs_tokens(const node_settings& node) const;

  /// "host:port" of every node with the role "control": where others join.
  std::vector<std::string> seeds() const;
};

/// Reads and checks a configuration. Unknown keys, wrong types and values out of range are refused
/// as `config_invalid`; the text has a line for each problem: "file:line: what is wrong, what was
/// expected".
result<cluster_config> load_config(const std::filesystem::path& file);

/// The same for text that is not in a file; `name` stands for it in the problems' texts. Files that
/// it names are relative to the working directory.
result<cluster_config> parse_config(std::string_view text, std::string_view name);

/// Reads "host:port" or "[v6]:port".
result<endpoint> parse_endpoint(std::string_view text);

} // namespace troupe
