// SPDX-License-Identifier: Apache-2.0
#include "tests/support/placed_cluster.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "tests/support/http_client.hpp"

namespace troupe::test {

namespace {

constexpr std::array placed_roles{"control", "service", "gateway", "worker"};
constexpr milliseconds between_looks{50};
constexpr milliseconds start_limit{20'000};
constexpr milliseconds end_limit{20'000};

// One request of a look: far longer than any that works takes.
constexpr milliseconds look_patience{6000};

const std::vector<std::string> as_json{"Content-Type: application/json"};

std::string name_of_process(const std::vector<std::string>& roles) {
  return fmt::format("{}", fmt::join(roles, "-"));
}

/// Of the one job that was stored.
std::string id_in(const std::string& answer) {
  return nlohmann::json::parse(answer).at("ids").at(0);
}

std::string text_of_answer(const std::optional<http_answer>& answer) {
  return answer ? fmt::format("{} {}", answer->status, answer->body) : std::string{"no answer"};
}

} // namespace

placing placing_of(const std::string& text) {
  placing result;
  std::istringstream processes{text};
  for (std::string process; std::getline(processes, process, '/');) {
    std::istringstream roles{process};
    auto& made = result.emplace_back();
    for (std::string role; roles >> role;)
      made.push_back(role);
  }
  return result;
}

std::string text_of(const placing& x) {
  std::vector<std::string> processes;
  for (const auto& roles : x)
    processes.push_back(fmt::format("{}", fmt::join(roles, " ")));
  return fmt::format("{}", fmt::join(processes, "/"));
}

std::vector<placing> all_placings() {
  std::vector<placing> result{{}};
  for (const auto* role : placed_roles) {
    std::vector<placing> longer;
    for (const auto& x : result)
      for (std::size_t i = 0; i <= x.size(); ++i) {
        auto& made = longer.emplace_back(x);
        if (i == x.size())
          made.emplace_back();
        made[i].emplace_back(role);
      }
    result = std::move(longer);
  }
  return result;
}

// -- processes ------------------------------------------------------------------------------------

placed_cluster::placed_cluster(placing roles)
    : roles_{std::move(roles)},
      exceptions_{std::uncaught_exceptions()} {
  for (const auto& process : processes()) {
    auto port = port_.number();
    if (!has_control(process))
      port = networks_.try_emplace(process, port).first->second.port();
    write_config(folder_.path() / (process + ".toml"), "127.0.0.1:" + std::to_string(port));
  }
}

placed_cluster::~placed_cluster() {
  if (std::uncaught_exceptions() > exceptions_)
    for (const auto& process : processes())
      std::cerr << "---- log of " << process << "\n" << log(process) << '\n';
}

void placed_cluster::write_config(const std::filesystem::path& path,
                                  const std::string& control) const {
  std::ofstream file{path};
  file << fmt::format("[cluster]\nheartbeat_interval = \"200ms\"\nlease_timeout = \"{0}ms\"\n"
                      "request_timeout = \"2s\"\nshard_lease = \"{0}ms\"\n"
                      "[storage]\npath = \"{1}\"\n"
                      "[queues.noop]\nhandler = \"noop\"\nmax_losses = 1000000\n"
                      "[handlers.noop]\ncompiled = true\n[collections.notes]\n",
                      lease.count(), (folder_.path() / "troupe.db").string());
  for (const auto& roles : roles_) {
    const auto process = name_of_process(roles);
    file << fmt::format("[nodes.{}]\nroles = [\"{}\"]\n", process, fmt::join(roles, "\", \""));
    if (has_control(process))
      file << fmt::format("address = \"{}\"\n", control);
    if (std::ranges::count(roles, "gateway") > 0)
      file << fmt::format("http = \"127.0.0.1:{}\"\n", http_.number());
  }
}

std::vector<std::string> placed_cluster::processes() const {
  std::vector<std::string> result;
  for (const auto& roles : roles_)
    result.push_back(name_of_process(roles));
  return result;
}

bool placed_cluster::has_control(const std::string& process) const {
  return process.starts_with("control");
}

void placed_cluster::start_all() {
  for (const auto& process : processes())
    start(process);
  if (!recovers_within(start_limit))
    throw std::runtime_error{"the cluster did not start: " + trouble()};
}

void placed_cluster::start(const std::string& process) {
  const auto log_file = folder_.path() / (process + ".log");
  programs_.erase(process);
  programs_.try_emplace(process,
                        std::vector<std::string>{built_program("cluster_node"), "node", process,
                                                 "--config", folder_.path() / (process + ".toml")},
                        log_file, log_file);
}

void placed_cluster::kill(const std::string& process) {
  programs_.at(process).signal(SIGKILL);
  if (!programs_.at(process).wait(end_limit))
    throw std::runtime_error{process + " survived SIGKILL"};
}

std::optional<int> placed_cluster::stop(const std::string& process) {
  programs_.at(process).signal(SIGTERM);
  return programs_.at(process).wait(end_limit);
}

void placed_cluster::cut_off(const std::string& process) {
  for (auto& [name, network] : networks_)
    if (name == process || has_control(process))
      network.cut();
}

void placed_cluster::join_again(const std::string& process) {
  for (auto& [name, network] : networks_)
    if (name == process || has_control(process))
      network.heal();
}

std::string placed_cluster::log(const std::string& process) const {
  return read_file(folder_.path() / (process + ".log"));
}

// -- looking at it --------------------------------------------------------------------------------

std::string placed_cluster::trouble() const {
  http_client client{http_.number(), look_patience};
  auto answer = client.send("PUT", "/v1/collections/notes/records/x", R"({"n":1})", as_json);
  if (!answer || answer->status / 100 != 2)
    return "a record is not written: " + text_of_answer(answer);
  answer = client.send("GET", "/v1/collections/notes/records/x");
  if (!answer || answer->status != 200)
    return "a record is not read: " + text_of_answer(answer);
  answer = client.send("POST", "/v1/queues/noop/jobs", R"({"payload":"x"})", as_json);
  if (!answer || answer->status != 201)
    return "a job is not taken: " + text_of_answer(answer);
  answer = client.send("GET", "/v1/jobs/" + id_in(answer->body) + "/result?wait=4");
  if (!answer || answer->status != 200)
    return "a job does not end: " + text_of_answer(answer);
  answer = client.send("GET", "/readyz");
  if (!answer || answer->status != 200)
    return "the gateway is not ready: " + text_of_answer(answer);
  return {};
}

bool placed_cluster::eventually(const std::function<bool()>& condition, milliseconds limit) const {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    folder_.wait_for_change(between_looks);
  }
  return true;
}

std::optional<milliseconds> placed_cluster::recovers_within(milliseconds limit) const {
  const auto begun = std::chrono::steady_clock::now();
  if (!eventually([this] { return trouble().empty(); }, limit))
    return std::nullopt;
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
}

void placed_cluster::idle(milliseconds time) const {
  const auto until = std::chrono::steady_clock::now() + time;
  for (auto now = std::chrono::steady_clock::now(); now < until;
       now = std::chrono::steady_clock::now())
    folder_.wait_for_change(std::chrono::ceil<milliseconds>(until - now));
}

} // namespace troupe::test
