// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <pwd.h>
#include <sstream>
#include <unistd.h>

#include "messages/limits.hpp"
#include "node/certificates.hpp"
#include "node/config_checks.hpp"
#include "node/node_link.hpp"
#include "node/settings_reader.hpp"

namespace troupe {

namespace {

constexpr auto default_address = "127.0.0.1:7411";

/// Ids in one request; with details, payload and result come along and the answer must stay small.
constexpr std::size_t plain_portion = limits::batch_jobs_max;
constexpr std::size_t detailed_portion = 16;

constexpr std::size_t ids_max = 1'000'000;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> result;
  std::istringstream stream{std::string{text}};
  for (std::string part; std::getline(stream, part, separator);)
    if (!part.empty())
      result.push_back(part);
  return result;
}

/// "ann@desk", for logs.
std::string caller_name() {
  std::string user = "user " + std::to_string(geteuid());
  std::array<char, 4096> room{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    user = found->pw_name;
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0)
    return user;
  return user + "@" + host.data();
}

/// 0: it is none.
job_id parse_id(std::string_view text) {
  job_id id = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), id);
  return code == std::errc{} && end == text.data() + text.size() ? id : 0;
}

job_id id_of(std::string_view text, std::string_view whole) {
  auto id = parse_id(text);
  if (id == 0)
    throw CLI::ValidationError{"ID", "\"" + std::string{whole}
                                       + "\" is no job; expected an id or a range, such as 42 or "
                                         "42-57"};
  return id;
}

} // namespace

void add_json_option(CLI::App& command, cli& shared) {
  command.add_flag("--json", shared.json, "One JSON document on standard output, nothing else");
}

void add_client_options(CLI::App& command, cli& shared) {
  add_json_option(command, shared);
  command
    .add_option("--connect", shared.connect,
                "Address of a control node; may be repeated [127.0.0.1:7411, or TROUPE_CONNECT]")
    ->type_name("HOST:PORT")
    ->allow_extra_args(false);
  command
    .add_option("--config", shared.config,
                "Take the addresses, and the folder of certificates, from this cluster file")
    ->type_name("FILE");
  command
    .add_option("--tls", shared.tls,
                "Folder with client.pem, client.key and ca.pem of a cluster with TLS")
    ->type_name("FOLDER");
  command
    .add_option("--connect-timeout", shared.connect_timeout,
                "How long to go on trying to connect; without it, until each address has refused, "
                "5s at most")
    ->type_name("DURATION");
}

int fail(const cli& shared, const error& problem) {
  if (shared.json)
    print_document(json_of(problem));
  else
    std::cerr << "troupe: " << (problem.text.empty() ? describe(problem.code) : problem.text)
              << '\n';
  return exit_code_of(problem.code);
}

void print_document(const json& document) {
  std::cout << to_line(document) << std::endl;
}

void print_lines(const std::vector<std::string>& lines) {
  for (auto& line : lines)
    std::cout << line << '\n';
  std::cout << std::flush;
}

result<std::vector<std::string>> cluster_addresses(const cli& shared) {
  auto addresses = shared.connect;
  if (addresses.empty() && !shared.config.empty()) {
    auto config = load_config(shared.config);
    if (!config)
      return tl::unexpected{config.error()};
    addresses = config->seeds();
  }
  if (addresses.empty())
    if (auto text = std::getenv("TROUPE_CONNECT"))
      addresses = split(text, ',');
  if (addresses.empty())
    addresses.push_back(default_address);
  for (auto& address : addresses)
    if (auto parsed = parse_endpoint(address); !parsed)
      return failure(errc::config_invalid, parsed.error().text);
  return addresses;
}

client_options options_of(const cluster_config& config, const std::string& certificate) {
  client_options options;
  options.addresses = config.seeds();
  if (!config.tls.folder.empty())
    options.tls = files_of_node(config.tls.folder, certificate);
  for (const auto& node : config.nodes)
    options.node_names[format_endpoint({node.host, node.port})] = node.name;
  return options;
}

result<std::unique_ptr<client>> connect_client(const cli& shared) {
  const bool patient = !shared.connect_timeout.empty();
  auto timeout = duration_of("--connect-timeout", patient ? shared.connect_timeout : "5s");
  auto addresses = cluster_addresses(shared);
  if (!addresses)
    return tl::unexpected{addresses.error()};
  client_options options;
  if (!shared.config.empty()) {
    auto config = load_config(shared.config);
    if (!config)
      return tl::unexpected{config.error()};
    options = options_of(*config, client_name);
  }
  options.addresses = *addresses;
  options.connect_timeout = timeout;
  options.try_once = !patient;
  if (!shared.tls.empty())
    options.tls = files_of_node(shared.tls, client_name);
  auto connection = client::connect(options);
  if (!connection && connection.error().code == errc::unavailable)
    return failure(errc::unavailable, "no cluster answers at " + join(*addresses) + ": "
                                        + connection.error().text
                                        + "; start one with `troupe up`, or "
                                          "say where it is with --connect HOST:PORT");
  return connection;
}

void note_change(client& cluster, const std::string& what, const result<int>& status,
                 const std::string& outcome) {
  auto line = what + ": ";
  if (!status)
    line += (outcome.empty() ? "" : outcome + "; ") + std::string{name_of(status.error().code)};
  else if (!outcome.empty())
    line += outcome;
  else
    line += *status == exit_ok ? "done" : "not done, or in part";
  // What came to no cluster has changed nothing there.
  if (!status && status.error().code == errc::unavailable)
    return;
  if (auto noted = cluster.note_change(caller_name() + " by command line", line); !noted)
    std::cerr << "troupe: the cluster's log does not say this: " << to_string(noted.error())
              << '\n';
}

milliseconds duration_of(const std::string& option, const std::string& text) {
  if (auto x = parse_duration(text))
    return *x;
  throw CLI::ValidationError{option, "\"" + text
                                       + "\" is no duration; expected a number and a unit, such "
                                         "as 250ms, 8s, 30m, 24h or 7d"};
}

CLI::Validator positive() {
  auto check = [](std::string& text) -> std::string {
    double number = 0;
    if (CLI::detail::lexical_cast(text, number) && number > 0)
      return {};
    return "\"" + text + "\" is no number above 0";
  };
  return CLI::Validator{check, ""};
}

CLI::Validator within(std::uint64_t least, std::uint64_t most) {
  auto check = [least, most](std::string& text) -> std::string {
    std::uint64_t number = 0;
    // A negative one would be read as a large one.
    if (!text.starts_with('-') && CLI::detail::lexical_cast(text, number) && number >= least
        && number <= most)
      return {};
    return "\"" + text + "\" is out of range; expected " + std::to_string(least) + " to "
           + std::to_string(most);
  };
  return CLI::Validator{check, ""};
}

job_id job_id_of(const std::string& option, const std::string& text) {
  if (auto id = parse_id(text))
    return id;
  throw CLI::ValidationError{option, "\"" + text + "\" is no job; expected an id, such as 42"};
}

std::vector<job_id> ids_of(const std::vector<std::string>& texts) {
  std::vector<job_id> result;
  for (auto& text : texts) {
    std::string_view view{text};
    auto dash = view.find('-');
    auto first = id_of(view.substr(0, dash), view);
    auto last = dash == std::string_view::npos ? first : id_of(view.substr(dash + 1), view);
    if (last < first || last - first >= ids_max || result.size() + (last - first) >= ids_max)
      throw CLI::ValidationError{"ID", "\"" + text + "\" is no range of 1 to "
                                         + std::to_string(ids_max) + " ids"};
    // Counted, for no id is behind the largest one.
    for (job_id i = 0; i <= last - first; ++i)
      result.push_back(first + i);
  }
  return result;
}

result<std::vector<job>> get_jobs_in_portions(client& cluster, const std::vector<job_id>& ids,
                                              bool details) {
  std::vector<job> result;
  auto portion = static_cast<std::ptrdiff_t>(details ? detailed_portion : plain_portion);
  for (auto i = ids.begin(); i != ids.end();) {
    auto end = i + std::min(portion, ids.end() - i);
    auto found = cluster.get({i, end}, details);
    if (!found)
      return tl::unexpected{found.error()};
    std::move(found->begin(), found->end(), std::back_inserter(result));
    i = end;
  }
  return result;
}

} // namespace troupe
