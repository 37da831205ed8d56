// SPDX-License-Identifier: Apache-2.0
#include "node/config.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "gateway/loopback.hpp"
#include "messages/limits.hpp"
#include "node/config_checks.hpp"
#include "node/config_collections.hpp"
#include "node/settings_reader.hpp"

namespace troupe {

namespace {

using namespace std::chrono_literals;

void read_cluster(settings_reader reader, cluster_settings& x) {
  reader.read("name", x.name);
  reader.read("heartbeat_interval", x.heartbeat_interval, 10ms, 60s);
  reader.read("lease_timeout", x.lease_timeout, 20ms, 1h);
  reader.read("reconnect_grace", x.reconnect_grace, 0ms, 1h);
  reader.read("request_timeout", x.request_timeout, 100ms, 5min);
  reader.read("shard_lease", x.shard_lease, 30ms, 5min);
  reader.refuse_the_rest();
}

void read_storage(settings_reader reader, storage_settings& x) {
  reader.read_choice("engine", x.engine, {"sqlite"});
  auto path = x.path.string();
  reader.read("path", path);
  x.path = path;
  reader.read("readers", x.readers, 1, 16);
  reader.refuse_the_rest();
}

void read_tls(settings_reader reader, tls_settings& x) {
  std::string folder;
  reader.read("folder", folder);
  x.folder = folder;
  reader.read("revoked", x.revoked);
  reader.refuse_the_rest();
}

void read_http(settings_reader reader, const std::filesystem::path& folder, http_settings& x) {
  if (reader.has("auth")) {
    auto auth = true;
    reader.read("auth", auth);
    x.auth = auth;
  }
  if (reader.has("hosts")) {
    x.hosts.emplace();
    reader.read("hosts", *x.hosts);
  }
  reader.read("origins", x.origins);
  reader.read("trust_forwarded_proto", x.trust_forwarded_proto);
  reader.read("rate", x.rate, 0, 1'000'000);
  reader.read("burst", x.burst, 0, 10'000'000);
  reader.read_size("byte_rate", x.byte_rate, 0, 64ULL * 1024 * 1024 * 1024);
  reader.read("streams_max", x.streams_max, 1, 5'000);
  reader.read("waits_max", x.waits_max, 1, 20'000);
  reader.read("connections_max", x.connections_max, 1, 100'000);
  reader.read("connections_per_address_max", x.connections_per_address_max, 0, 100'000);
  reader.read_size("bodies_max", x.bodies_max, 1024 * 1024, 64ULL * 1024 * 1024 * 1024);
  reader.read_size("body_max", x.body_max, 1024, 64 * 1024 * 1024);
  reader.read_size("url_max", x.url_max, 256, 1024 * 1024);
  reader.read_size("header_max", x.header_max, 256, 1024 * 1024);
  reader.read("headers_max", x.headers_max, 10, 1000);
  reader.read("read_timeout", x.read_timeout, 100ms, 1h);
  reader.read("write_timeout", x.write_timeout, 100ms, 1h);
  reader.read("leave_time", x.leave_time, 0ms, 5min);
  std::string site;
  reader.read("site", site);
  if (!site.empty())
    x.site = folder / site;
  reader.refuse_the_rest();
}

void read_log(settings_reader reader, log_settings& x) {
  reader.read_choice("level", x.level, {"trace", "debug", "info", "warn", "error", "off"});
  reader.read_choice("format", x.format, {"text", "json"});
  reader.read_choice("audit", x.audit, {"off", "management", "all"});
  reader.refuse_the_rest();
}

std::filesystem::path read_path(settings_reader& reader, const char* key) {
  std::string path;
  reader.read(key, path);
  return path;
}

/// The address under a key; an empty one if there is none.
endpoint read_endpoint(settings_reader& reader, const std::string& path, const char* key,
                       settings_problems& problems) {
  std::string address;
  reader.read(key, address);
  if (address.empty())
    return {};
  auto parsed = parse_endpoint(address);
  if (parsed)
    return *parsed;
  const auto name = path + "." + key;
  problems.add_at(name, "key '" + name + "': " + parsed.error().text);
  return {};
}

node_settings read_node(std::string name, settings_reader reader, settings_problems& problems) {
  node_settings x;
  x.name = std::move(name);
  const auto path = "nodes." + x.name;
  reader.read_choices("roles", x.roles, {"control", "worker", "service", "gateway"});
  const auto address = read_endpoint(reader, path, "address", problems);
  x.host = address.host;
  x.port = address.port;
  x.http = read_endpoint(reader, path, "http", problems);
  x.http_certificate = read_path(reader, "http_certificate");
  x.http_key = read_path(reader, "http_key");
  reader.read("slots", x.slots, 0, 1024);
  reader.read("prefetch", x.prefetch, 0, 10'000);
  reader.read("queues", x.queues);
  reader.read("drain_grace", x.drain_grace, 0ms, day);
  reader.read("cancel_grace", x.cancel_grace, 0ms, 1h);
  reader.read("caches", x.caches, 1, 16);
  reader.read("services", x.services, 1, 16);
  reader.refuse_the_rest();
  return x;
}

void read_limits(settings_reader reader, program_limits& x) {
  constexpr std::uint64_t terabyte = 1024ULL * 1024 * 1024 * 1024;
  reader.read_size("memory", x.memory, 0, terabyte);
  reader.read_size("file_size", x.file_size, 0, terabyte);
  reader.read("files", x.files, 0, 1'000'000);
  reader.read("cpu_time", x.cpu_time, 0ms, 30 * day);
  reader.refuse_the_rest();
}

handler_settings read_handler(std::string name, settings_reader reader,
                              settings_problems& problems) {
  handler_settings x;
  x.name = std::move(name);
  auto compiled = false;
  reader.read("exec", x.exec);
  reader.read("compiled", compiled);
  reader.read("directory", x.directory);
  reader.read_size("output_max", x.output_max, 0, limits::payload_bytes_max);
  reader.read_size("error_max", x.error_max, 0, limits::error_bytes_max);
  reader.read("environment", x.environment);
  reader.read("user", x.user);
  if (auto bounds = reader.table("limits"))
    read_limits(std::move(*bounds), x.limits);
  reader.refuse_the_rest();

  auto path = "handlers." + x.name;
  auto runs_program = !x.exec.empty() && !x.exec.front().empty();
  if (compiled && reader.has("exec"))
    problems.add_at(path + ".compiled",
                    "handler '" + x.name + "' has both exec and compiled = true; expected one");
  else if (!compiled && !runs_program)
    problems.add_at(path + ".exec",
                    "handler '" + x.name
                      + "' runs nothing; expected exec = [\"program\", \"argument\"], or "
                        "compiled = true when the program that runs the nodes brings it");
  return x;
}

void read_backoff(settings_reader reader, const std::string& path, backoff_settings& x,
                  settings_problems& problems) {
  reader.read("base", x.base, 0ms, day);
  reader.read("factor", x.factor, 1, 100);
  reader.read("max", x.max, 0ms, 30 * day);
  reader.refuse_the_rest();
  if (x.max < x.base)
    problems.add_at(path + ".max", "key '" + path + ".max': " + format_duration(x.max)
                                     + " is shorter than base; expected " + format_duration(x.base)
                                     + " or more");
}

queue_settings read_queue(std::string name, settings_reader reader, settings_problems& problems) {
  queue_settings x;
  x.name = std::move(name);
  reader.read("handler", x.handler);
  if (!x.handler.empty())
    x.dead_letter = x.name + ".dead";
  reader.read("dead_letter", x.dead_letter);
  reader.read("weight", x.weight, 1, 1000);
  reader.read("max_attempts", x.max_attempts, 1, 1'000'000);
  reader.read("max_losses", x.max_losses, 1, 1'000'000);
  reader.read("max_deliveries", x.max_deliveries, 0, 1'000'000);
  if (auto backoff = reader.table("backoff"))
    read_backoff(std::move(*backoff), "queues." + x.name + ".backoff", x.backoff, problems);
  reader.read("run_timeout", x.run_timeout, 1ms, 30 * day);
  reader.read("progress_timeout", x.progress_timeout, 0ms, 30 * day);
  reader.read("depth_max", x.depth_max, 1, 1'000'000'000);
  reader.read_size("payload_max", x.payload_max, 1, limits::payload_bytes_max);
  reader.read_size("result_max", x.result_max, 0, limits::payload_bytes_max);
  reader.read("retention", x.retention, 0ms, 3650 * day);
  reader.refuse_the_rest();
  return x;
}

void read_document(const toml_table& document, const std::filesystem::path& folder,
                   cluster_config& config, settings_problems& problems) {
  settings_reader reader{document, "", problems};
  if (auto table = reader.table("cluster"))
    read_cluster(std::move(*table), config.cluster);
  if (auto table = reader.table("storage"))
    read_storage(std::move(*table), config.storage);
  if (auto table = reader.table("tls"))
    read_tls(std::move(*table), config.tls);
  if (auto table = reader.table("http"))
    read_http(std::move(*table), folder, config.http);
  if (auto table = reader.table("log"))
    read_log(std::move(*table), config.log);
  if (auto tables = reader.table("nodes"))
    for (auto& [name, table] : tables->named_tables())
      config.nodes.push_back(read_node(name, table, problems));
  if (auto tables = reader.table("handlers"))
    for (auto& [name, table] : tables->named_tables())
      config.handlers.push_back(read_handler(name, table, problems));
  if (auto tables = reader.table("queues"))
    for (auto& [name, table] : tables->named_tables())
      config.queues.push_back(read_queue(name, table, problems));
  if (auto tables = reader.table("collections"))
    for (auto& [name, table] : tables->named_tables())
      config.collections.push_back(read_collection(name, table, folder, problems));
  reader.refuse_the_rest();
}

template <class Settings>
const Settings* find_by_name(const std::vector<Settings>& all, std::string_view name) {
  auto i = std::find_if(all.begin(), all.end(), [name](auto& x) { return x.name == name; });
  return i != all.end() ? &*i : nullptr;
}

template <class Settings>
void sort_by_name(std::vector<Settings>& all) {
  std::sort(all.begin(), all.end(), [](auto& x, auto& y) { return x.name < y.name; });
}

result<cluster_config> parse(std::string_view text, std::string_view name,
                             const std::filesystem::path& folder) {
  auto document = read_toml(text, name);
  if (!document)
    return tl::unexpected{document.error()};
  cluster_config config;
  settings_problems problems{std::string{name}};
  read_document(std::get<toml_table>(document->data), folder, config, problems);
  check_config(config, problems);
  if (!problems.empty())
    return failure(errc::config_invalid, problems.text());
  add_implied_settings(config);
  sort_by_name(config.handlers);
  sort_by_name(config.queues);
  sort_by_name(config.collections);
  return config;
}

} // namespace

bool node_settings::has_role(std::string_view role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

const node_settings* cluster_config::find_node(std::string_view name) const {
  return find_by_name(nodes, name);
}

const queue_settings* cluster_config::find_queue(std::string_view name) const {
  return find_by_name(queues, name);
}

const handler_settings* cluster_config::find_handler(std::string_view name) const {
  return find_by_name(handlers, name);
}

const collection_settings* cluster_config::find_collection(std::string_view name) const {
  return find_by_name(collections, name);
}

bool cluster_config::needs_tokens(const node_settings& node) const {
  return http.auth.value_or(!is_loopback(node.http.host));
}

std::vector<std::string> cluster_config::seeds() const {
  std::vector<std::string> result;
  for (auto& node : nodes)
    if (node.has_role("control") && !node.host.empty())
      result.push_back(format_endpoint({node.host, node.port}));
  return result;
}

result<cluster_config> load_config(const std::filesystem::path& file) {
  auto name = file.string();
  std::error_code code;
  if (!std::filesystem::exists(file, code))
    return failure(errc::config_invalid,
                   name + ": there is no such file; config/single.toml is one to begin with");
  if (std::filesystem::is_directory(file, code))
    return failure(errc::config_invalid, name + ": is a directory; expected a TOML file");
  std::ifstream stream{file, std::ios::binary};
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf() || stream.peek() == std::ifstream::traits_type::eof()))
    return failure(errc::config_invalid, name + ": cannot be read; check its permissions");
  auto config = parse(text.str(), name, file.parent_path());
  if (config)
    config->file = file;
  return config;
}

result<cluster_config> parse_config(std::string_view text, std::string_view name) {
  return parse(text, name, {});
}

result<endpoint> parse_endpoint(std::string_view text) {
  auto wrong = [text] {
    return failure(errc::invalid_argument,
                   "\"" + std::string{text}
                     + "\" is no address; expected host:port, such as \"127.0.0.1:7411\"");
  };
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return wrong();
  auto host = text.substr(0, colon);
  auto digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return wrong();
  std::uint16_t port = 0;
  auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (host.empty() || digits.empty() || code != std::errc{} || end != digits.data() + digits.size())
    return wrong();
  return endpoint{std::string{host}, port};
}

} // namespace troupe
