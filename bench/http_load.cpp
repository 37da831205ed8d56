// SPDX-License-Identifier: Apache-2.0
#include "bench/http_load.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "bench/processor_time.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr int connections = 32;
constexpr auto wrk_patience = 30s; // beyond the time it was told

/// Runs wrk; returns what it says.
std::string run_wrk(const std::filesystem::path& script, std::uint16_t port, int seconds,
                    const std::filesystem::path& log, const signal_watch& signals) {
  std::filesystem::remove(log);
  process wrk{"wrk",
              {"-t1", fmt::format("-c{}", connections), fmt::format("-d{}s", seconds), "-s",
               script.string(), fmt::format("http://127.0.0.1:{}", port)},
              log};
  for (auto until = clock::now() + std::chrono::seconds{seconds} + wrk_patience;
       !wrk.has_ended();) {
    if (clock::now() > until)
      throw std::runtime_error("wrk does not end");
    signals.sleep(100ms);
  }
  // A terminal's Ctrl-C ends wrk, too, and early: that is no measurement.
  signals.sleep(0ms);
  std::ifstream in{log};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

load_slice load(const http_server& server, const load_plan& plan, int seconds, bool checked,
                const std::filesystem::path& directory, const signal_watch& signals) {
  const auto script = directory / "load.lua";
  std::ofstream{script} << load_script(plan, checked);
  const auto server_before = seconds_of_tree(server.running.id());
  const auto wrk_before = seconds_of_ended_children();
  const auto machine_before = seconds_of_machine();
  const auto begin = clock::now();
  auto answers
    = parse_wrk_output(run_wrk(script, server.port, seconds, directory / "wrk.log", signals));
  if (!answers)
    throw std::runtime_error(server.id + ": " + answers.error().text);
  const std::chrono::duration<double> taken = clock::now() - begin;
  load_slice result{*answers, seconds_of_tree(server.running.id()) - server_before, 0};
  const auto others = seconds_of_machine() - machine_before - result.server_seconds
                      - (seconds_of_ended_children() - wrk_before);
  result.other_cores = std::max(others, 0.0) / taken.count();
  return result;
}

} // namespace troupe::bench
