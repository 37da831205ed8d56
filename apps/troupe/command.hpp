// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/troupe/exit_codes.hpp"
#include "apps/troupe/json_output.hpp"
#include "messages/errors.hpp"
#include "messages/job.hpp"
#include "node/client.hpp"

/// What all commands share. Each command group has a file of its own that adds it to the program;
/// its callbacks set `cli::status`.
namespace troupe {

struct cli {
  int status = exit_ok;
  bool json = false;
  std::vector<std::string> connect; ///< --connect
  std::string config;               ///< --config, for its addresses and certificates
  std::string tls;                  ///< --tls, the folder of the certificates
  std::string connect_timeout;      // empty: not said
};

void add_up_command(CLI::App& app, cli& shared);
void add_node_command(CLI::App& app, cli& shared);
void add_submit_command(CLI::App& app, cli& shared);
void add_jobs_command(CLI::App& app, cli& shared);
void add_records_command(CLI::App& app, cli& shared);
void add_queues_command(CLI::App& app, cli& shared);
void add_cluster_commands(CLI::App& app, cli& shared);
void add_config_command(CLI::App& app, cli& shared);
void add_cert_command(CLI::App& app, cli& shared);
void add_token_command(CLI::App& app, cli& shared);
void add_help_command(CLI::App& app);
void add_version_command(CLI::App& app, cli& shared);

/// Runs the program: parses, runs the command, and says what went wrong.
int run_cli(int argc, char** argv);

/// --json.
void add_json_option(CLI::App& command, cli& shared);

/// --json, --connect, --config, --tls, --connect-timeout.
void add_client_options(CLI::App& command, cli& shared);

/// Says what went wrong, on standard error or as the JSON document. The exit code for it.
int fail(const cli& shared, const error& problem);

void print_document(const json& document);

/// Lines on standard output.
void print_lines(const std::vector<std::string>& lines);

/// Where the options say that the cluster is, in this order: --connect, --config, the environment's
/// TROUPE_CONNECT, 127.0.0.1:7411.
result<std::vector<std::string>> cluster_addresses(const cli& shared);

/// How to connect to the cluster of a file, with the certificate of this name if it has TLS.
client_options options_of(const cluster_config& config, const std::string& certificate);

result<std::unique_ptr<client>> connect_client(const cli& shared);

/// Runs `use(client&) -> result<void>` or `-> result<int>` with a connection; the exit code.
template <class Use>
int with_client(const cli& shared, Use use) {
  auto connection = connect_client(shared);
  if (!connection)
    return fail(shared, connection.error());
  result<int> status = use(**connection);
  return status ? *status : fail(shared, status.error());
}

/// Leaves a line in the cluster's log for what a command has changed: who, what, and what became of
/// it. `outcome`: how many, for example; empty: it is said by `status`.
void note_change(client& cluster, const std::string& what, const result<int>& status,
                 const std::string& outcome);

/// Like `with_client`, for what changes something: `use(client&, std::string& outcome)`.
template <class Use>
int with_change(const cli& shared, const std::string& what, Use use) {
  return with_client(shared, [&](client& cluster) {
    std::string outcome;
    result<int> status = use(cluster, outcome);
    note_change(cluster, what, status, outcome);
    return status;
  });
}

/// For numbers above 0. CLI11's own one names the largest number there is, and help shows it.
CLI::Validator positive();

/// For numbers from `least` to `most`; the option's own text says so in its help.
CLI::Validator within(std::uint64_t least, std::uint64_t most);

/// Reads option texts; throws what becomes `exit_usage`.
milliseconds duration_of(const std::string& option, const std::string& text);
std::vector<job_id> ids_of(const std::vector<std::string>& texts);
job_id job_id_of(const std::string& option, const std::string& text);

/// Calls `get` for ids in portions that fit into a message.
result<std::vector<job>> get_jobs_in_portions(client& cluster, const std::vector<job_id>& ids,
                                              bool details);

} // namespace troupe
