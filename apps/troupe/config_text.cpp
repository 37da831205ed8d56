// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/config_text.hpp"

#include <cstdio>
#include <string_view>

#include "node/config_checks.hpp"
#include "node/settings_reader.hpp"

namespace troupe {

namespace {

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (auto c : text) {
    char buffer[8];
    if (c == '"' || c == '\\')
      result.append(1, '\\').append(1, c);
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c));
      result += buffer;
    } else
      result += c;
  }
  return result + "\"";
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string result;
  for (auto& text : texts)
    result.append(result.empty() ? "" : ", ").append(in_quotes(text));
  return "[" + result + "]";
}

/// Lines of "key = value".
class toml_writer {
public:
  void table(std::string_view path) {
    text_.append(text_.empty() ? "[" : "\n[").append(path).append("]\n");
  }
  void table(std::string_view kind, const std::string& name) {
    auto bare = name.find('.') == std::string::npos;
    table(std::string{kind} + "." + (bare ? name : in_quotes(name)));
  }
  void line(std::string_view key, std::string_view value) {
    text_.append(key).append(" = ").append(value).append("\n");
  }
  void text(std::string_view key, std::string_view value) { line(key, in_quotes(value)); }
  void number(std::string_view key, std::uint64_t value) { line(key, std::to_string(value)); }
  void duration(std::string_view key, milliseconds value) { text(key, format_duration(value)); }
  void size(std::string_view key, std::uint64_t value) { text(key, format_size(value)); }

  std::string take() { return std::move(text_); }

private:
  std::string text_;
};

void write(toml_writer& out, const cluster_settings& x) {
  out.table("cluster");
  out.text("name", x.name);
  out.duration("heartbeat_interval", x.heartbeat_interval);
  out.duration("lease_timeout", x.lease_timeout);
  out.duration("reconnect_grace", x.reconnect_grace);
  out.duration("request_timeout", x.request_timeout);
  out.duration("shard_lease", x.shard_lease);
}

void write(toml_writer& out, const storage_settings& x) {
  out.table("storage");
  out.text("engine", x.engine);
  out.text("path", x.path.string());
  out.number("readers", x.readers);
}

void write(toml_writer& out, const tls_settings& x) {
  out.table("tls");
  out.text("folder", x.folder.string());
  out.line("revoked", list_of(x.revoked));
}

void write(toml_writer& out, const http_settings& x) {
  out.table("http");
  if (x.auth)
    out.line("auth", *x.auth ? "true" : "false");
  if (x.hosts)
    out.line("hosts", list_of(*x.hosts));
  out.line("origins", list_of(x.origins));
  out.line("trust_forwarded_proto", x.trust_forwarded_proto ? "true" : "false");
  out.number("rate", x.rate);
  out.number("burst", x.burst);
  out.size("byte_rate", x.byte_rate);
  out.number("streams_max", x.streams_max);
  out.number("waits_max", x.waits_max);
  out.number("connections_max", x.connections_max);
  out.number("connections_per_address_max", x.connections_per_address_max);
  out.size("bodies_max", x.bodies_max);
  out.size("body_max", x.body_max);
  out.size("url_max", x.url_max);
  out.size("header_max", x.header_max);
  out.number("headers_max", x.headers_max);
  out.duration("read_timeout", x.read_timeout);
  out.duration("write_timeout", x.write_timeout);
  out.duration("leave_time", x.leave_time);
  out.text("site", x.site.string());
}

void write(toml_writer& out, const node_settings& x) {
  out.table("nodes", x.name);
  out.line("roles", list_of(x.roles));
  out.text("address", x.host.empty() ? "" : format_endpoint({x.host, x.port}));
  out.text("http", x.http.host.empty() ? "" : format_endpoint(x.http));
  out.text("http_certificate", x.http_certificate.string());
  out.text("http_key", x.http_key.string());
  out.number("slots", x.slots);
  out.number("prefetch", x.prefetch);
  out.line("queues", list_of(x.queues));
  out.duration("drain_grace", x.drain_grace);
  out.duration("cancel_grace", x.cancel_grace);
  out.number("caches", x.caches);
  out.number("services", x.services);
}

void write(toml_writer& out, const handler_settings& x) {
  out.table("handlers", x.name);
  if (x.exec.empty())
    out.line("compiled", "true");
  else
    out.line("exec", list_of(x.exec));
  out.text("directory", x.directory);
  out.size("output_max", x.output_max);
  out.size("error_max", x.error_max);
  out.line("environment", list_of(x.environment));
  out.text("user", x.user);
  out.line("limits", "{memory = " + in_quotes(format_size(x.limits.memory))
                       + ", file_size = " + in_quotes(format_size(x.limits.file_size))
                       + ", files = " + std::to_string(x.limits.files)
                       + ", cpu_time = " + in_quotes(format_duration(x.limits.cpu_time)) + "}");
}

void write(toml_writer& out, const queue_settings& x) {
  char factor[40];
  std::snprintf(factor, sizeof factor, "%.17g", x.backoff.factor);
  out.table("queues", x.name);
  out.text("handler", x.handler);
  out.text("dead_letter", x.dead_letter);
  out.number("weight", x.weight);
  out.number("max_attempts", x.max_attempts);
  out.number("max_losses", x.max_losses);
  out.number("max_deliveries", x.max_deliveries);
  out.line("backoff", "{base = " + in_quotes(format_duration(x.backoff.base)) + ", factor = "
                        + factor + ", max = " + in_quotes(format_duration(x.backoff.max)) + "}");
  out.duration("run_timeout", x.run_timeout);
  out.duration("progress_timeout", x.progress_timeout);
  out.number("depth_max", x.depth_max);
  out.size("payload_max", x.payload_max);
  out.size("result_max", x.result_max);
  out.duration("retention", x.retention);
}

void write(toml_writer& out, const collection_settings& x) {
  out.table("collections", x.name);
  if (!x.schema.empty())
    out.text("schema", x.schema);
  out.line("indexes", list_of(x.indexes));
  out.line("search", list_of(x.search));
  out.text("on_create", x.hooks.on_create);
  out.text("on_update", x.hooks.on_update);
  out.text("on_delete", x.hooks.on_delete);
  out.line("require_condition", x.require_condition ? "true" : "false");
  out.size("record_max", x.record_max);
  out.size("cache_max", x.cache_max);
  out.duration("cache_ttl", x.cache_ttl);
  out.duration("ttl", x.ttl);
  out.duration("feed_retention", x.feed_retention);
}

} // namespace

std::string toml_of(const cluster_config& config) {
  toml_writer out;
  write(out, config.cluster);
  write(out, config.storage);
  write(out, config.tls);
  write(out, config.http);
  out.table("log");
  out.text("level", config.log.level);
  out.text("format", config.log.format);
  out.text("audit", config.log.audit);
  for (auto& node : config.nodes)
    write(out, node);
  for (auto& queue : config.queues)
    write(out, queue);
  for (auto& handler : config.handlers)
    write(out, handler);
  for (auto& collection : config.collections)
    write(out, collection);
  return out.take();
}

} // namespace troupe
