// SPDX-License-Identifier: Apache-2.0
#include "tests/support/process_cluster.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <exception>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "node/certificates.hpp"
#include "node/node_link.hpp"
#include "tests/support/value_of.hpp"

namespace troupe::test {

namespace {

// Between two looks at a condition when no file changes.
constexpr milliseconds look_interval{20};

constexpr milliseconds kill_limit{10'000};

// Of a node's log, when a test fails.
constexpr std::size_t shown_log_bytes = 4000;

void check(bool fine, const char* what) {
  if (!fine)
    throw std::system_error{errno, std::generic_category(), what};
}

constexpr std::array handlers{"noop", "hold", "stubborn", "slow", "steady", "failing", "crashing"};

} // namespace

// -- the port -------------------------------------------------------------------------------------

// A bound socket that does not listen keeps its number from all who ask for any free one, and lets
// those listen who ask for this one with SO_REUSEADDR, as nodes do.
reserved_port::reserved_port() : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  check(socket_ >= 0, "socket");
  const int yes = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  check(::bind(socket_, generic, size) == 0, "bind");
  check(::getsockname(socket_, generic, &size) == 0, "getsockname");
  number_ = ntohs(address.sin_port);
}

reserved_port::~reserved_port() {
  ::close(socket_);
}

void reserved_port::occupy() const {
  check(::listen(socket_, 1) == 0, "listen");
}

// -- processes ------------------------------------------------------------------------------------

process_cluster::process_cluster(cluster_plan plan)
    : plan_{std::move(plan)},
      exceptions_{std::uncaught_exceptions()} {
  write_config(config(), address());
  if (plan_.relays)
    for (const auto& node : service_names()) {
      const auto& network = relays_.try_emplace(node, port_.number()).first->second;
      write_config(config_of(node), "127.0.0.1:" + std::to_string(network.port()));
    }
}

process_cluster::~process_cluster() {
  client_.reset();
  if (std::uncaught_exceptions() > exceptions_)
    for (const auto& [name, running] : nodes_) {
      auto text = log(name);
      auto shown
        = text.size() > shown_log_bytes ? text.substr(text.size() - shown_log_bytes) : text;
      std::cerr << "---- log of " << name << "\n" << shown << '\n';
    }
}

std::filesystem::path process_cluster::config_of(const std::string& node) const {
  return relays_.contains(node) ? folder() / (node + ".toml") : config();
}

void process_cluster::write_config(const std::filesystem::path& path,
                                   const std::string& control) const {
  std::ofstream file{path};
  file << fmt::format("[cluster]\nname = \"test\"\nheartbeat_interval = \"{}ms\"\n"
                      "lease_timeout = \"{}ms\"\nrequest_timeout = \"{}ms\"\n"
                      "shard_lease = \"{}ms\"\n\n",
                      plan_.heartbeat_interval.count(), plan_.lease_timeout.count(),
                      plan_.request_timeout.count(), plan_.shard_lease.count());
  file << fmt::format("[storage]\npath = \"{}\"\n\n", database().string());
  if (!plan_.tls.empty())
    file << fmt::format("[tls]\nfolder = \"{}\"\n\n", plan_.tls.string());
  file << fmt::format("[nodes.control]\nroles = [\"control\"]\naddress = \"{}\"\n\n", control);
  for (const auto& name : service_names())
    file << fmt::format("[nodes.{}]\nroles = [\"service\"]\ncaches = 2\n\n", name);
  for (const auto& name : worker_names())
    file << fmt::format("[nodes.{}]\nroles = [\"worker\"]\nslots = {}\nprefetch = {}\n"
                        "drain_grace = \"{}ms\"\ncancel_grace = \"{}ms\"\n\n",
                        name, plan_.slots, plan_.prefetch, plan_.drain_grace.count(),
                        plan_.cancel_grace.count());
  for (const auto* name : handlers) {
    file << fmt::format("[handlers.{}]\ncompiled = true\n\n[queues.{}]\nhandler = \"{}\"\n", name,
                        name, name);
    if (std::string_view{name} == "failing")
      file << "max_attempts = 1\n\n";
    else if (std::string_view{name} == "crashing")
      file << "max_losses = 3\n\n";
    else
      file << "max_losses = 1000000\n\n"; // chaos kills many a worker, and no job is to blame
  }
  file << plan_.more;
}

std::filesystem::path process_cluster::database() const {
  return plan_.storage.empty() ? folder() / "troupe.db" : plan_.storage;
}

std::string process_cluster::address() const {
  return "127.0.0.1:" + std::to_string(port_.number());
}

std::vector<std::string> process_cluster::worker_names() const {
  std::vector<std::string> result;
  for (std::uint32_t i = 1; i <= plan_.workers; ++i)
    result.push_back("worker-" + std::to_string(i));
  return result;
}

std::vector<std::string> process_cluster::service_names() const {
  std::vector<std::string> result;
  for (std::uint32_t i = 1; i <= plan_.services; ++i)
    result.push_back("service-" + std::to_string(i));
  return result;
}

void process_cluster::start_all() {
  start("control");
  for (const auto& name : worker_names())
    start(name);
  for (const auto& name : service_names())
    start(name);
  auto all_registered = [this] {
    auto workers = client().workers();
    return workers && workers->size() == plan_.workers;
  };
  if (!eventually(all_registered))
    throw std::runtime_error{"the workers did not register"};
  if (plan_.services > 0 && !eventually([this] { return client().collections().has_value(); }))
    throw std::runtime_error{"no record service answers"};
}

void process_cluster::start(const std::string& node) {
  if (is_running(node))
    throw std::logic_error{node + " runs already"};
  nodes_.erase(node);
  std::vector<std::string> command{built_program("cluster_node"), "node", node, "--config",
                                   config_of(node)};
  nodes_.try_emplace(node, command, log_file(node), log_file(node));
}

void process_cluster::kill(const std::string& node) {
  nodes_.at(node).signal(SIGKILL);
  if (!wait_for_end(node, kill_limit))
    throw std::runtime_error{node + " survived SIGKILL"};
}

void process_cluster::freeze(const std::string& node) {
  nodes_.at(node).signal(SIGSTOP);
}

void process_cluster::thaw(const std::string& node) {
  nodes_.at(node).signal(SIGCONT);
}

void process_cluster::terminate(const std::string& node) {
  nodes_.at(node).signal(SIGTERM);
}

void process_cluster::hang_up(const std::string& node) {
  nodes_.at(node).signal(SIGHUP);
}

bool process_cluster::is_running(const std::string& node) {
  return nodes_.contains(node) && !wait_for_end(node, milliseconds{0});
}

std::optional<int> process_cluster::wait_for_end(const std::string& node, milliseconds limit) {
  return nodes_.at(node).wait(limit);
}

std::filesystem::path process_cluster::log_file(const std::string& node) const {
  return folder() / (node + ".log");
}

std::string process_cluster::log(const std::string& node) const {
  return read_file(log_file(node));
}

program_end process_cluster::troupe(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), built_program("troupe"));
  arguments.insert(arguments.end(), {"--connect", address()});
  if (!plan_.tls.empty())
    arguments.insert(arguments.end(), {"--tls", plan_.tls.string()});
  return run_program(arguments);
}

// -- jobs -----------------------------------------------------------------------------------------

troupe::client& process_cluster::client() {
  if (!client_) {
    client_options options;
    options.addresses = {address()};
    if (!plan_.tls.empty())
      options.tls = files_of_node(plan_.tls, client_name);
    client_ = value_of(client::connect(options));
  }
  return *client_;
}

std::vector<job_id> process_cluster::submit(const std::string& queue, const std::string& payload,
                                            std::size_t count) {
  auto stored
    = value_of(client().enqueue(queue, std::vector<new_job>(count, {payload, {}, {}, {}})));
  std::vector<job_id> result;
  for (std::uint32_t i = 0; i < stored.count; ++i)
    result.push_back(stored.first + i);
  return result;
}

job process_cluster::find(job_id id) {
  return find(std::vector{id}).front();
}

std::vector<job> process_cluster::find(const std::vector<job_id>& ids) {
  auto result = value_of(client().get(ids));
  auto at = [](const job& x) { return x.id; };
  if (!std::ranges::equal(result, ids, {}, at))
    throw std::runtime_error{fmt::format("{} jobs found of {}", result.size(), ids.size())};
  return result;
}

bool process_cluster::finished(const std::vector<job_id>& ids) {
  auto found = client().get(ids, false); // no answer: the control node may be down just now
  return found && found->size() == ids.size()
         && std::ranges::all_of(*found, [](const job& x) { return is_final(x.state); });
}

std::uint64_t process_cluster::event_position() {
  return value_of(client().events({0, 1, milliseconds{0}})).next;
}

std::vector<job_event> process_cluster::events_after(std::uint64_t position) {
  std::vector<job_event> result;
  for (;;) {
    auto read = value_of(client().events({position, 1000, milliseconds{0}}));
    if (read.missed)
      throw std::runtime_error{"events were forgotten"};
    if (read.events.empty())
      return result;
    result.insert(result.end(), read.events.begin(), read.events.end());
    position = read.next;
  }
}

void process_cluster::open_gate(const std::string& name) const {
  std::ofstream{folder() / name};
}

std::vector<journal_run> process_cluster::runs_of(job_id id) const {
  auto result = runs();
  std::erase_if(result, [id](const journal_run& x) { return x.lease.job != id; });
  return result;
}

bool process_cluster::eventually(const std::function<bool()>& condition, milliseconds limit) const {
  auto until = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    folder_.wait_for_change(look_interval);
  }
  return true;
}

} // namespace troupe::test
