// SPDX-License-Identifier: Apache-2.0
// One node of a cluster under test: `cluster_node NAME CONFIG FOLDER`. The folder has the journal
// of runs, and a file for each gate that is open.
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "node/node.hpp"
#include "tests/support/run_journal.hpp"

namespace {

using namespace troupe;
using namespace std::chrono_literals;

/// Writes the begin of a run down, and its end, however it ends.
class recorded_run {
public:
  recorded_run(const test::journal_writer& journal, const job_context& job)
      : journal_{journal},
        job_{job} {
    journal_.begin(job_);
  }
  ~recorded_run() { journal_.end(job_); }
  recorded_run(const recorded_run&) = delete;
  recorded_run& operator=(const recorded_run&) = delete;

private:
  const test::journal_writer& journal_;
  const job_context& job_;
};

struct surroundings {
  std::string node;
  std::filesystem::path folder;
  std::shared_ptr<const test::journal_writer> journal;

  outcome success(const job_context& job) const {
    return outcome::success(test::result_of(job.job().lease, node));
  }

  /// Waits until the gate that the payload's first word names is open, for all attempts or for this
  /// one. False if `stop` came first.
  bool wait_for_gate(const job_context& job, std::stop_token stop) const {
    std::mutex mutex;
    std::condition_variable_any never_notified;
    std::unique_lock lock{mutex};
    auto name = job.payload().substr(0, job.payload().find(' '));
    auto gate = folder / name;
    auto gate_of_attempt = folder / (name + "." + std::to_string(job.attempt()));
    auto is_open
      = [&] { return std::filesystem::exists(gate) || std::filesystem::exists(gate_of_attempt); };
    while (!is_open()) {
      if (stop.stop_requested())
        return false;
      never_notified.wait_for(lock, stop, 5ms, [] { return false; });
    }
    return true;
  }
};

/// Takes as many steps of 10 ms as the payload says, and reports each. False if `stop` came first.
bool take_steps(job_context& job, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never_notified;
  std::unique_lock lock{mutex};
  for (int step = 0, steps = std::stoi(job.payload()); step < steps; ++step) {
    if (stop.stop_requested())
      return false;
    job.progress(std::to_string(step));
    never_notified.wait_for(lock, stop, 10ms, [] { return false; });
  }
  return true;
}

void add_handlers(node& node, const surroundings& here) {
  node.add_handler("noop", [here](job_context& job) {
    recorded_run run{*here.journal, job};
    return here.success(job);
  });
  node.add_handler("hold", [here](job_context& job) {
    recorded_run run{*here.journal, job};
    return here.wait_for_gate(job, job.stop_token()) ? here.success(job) : outcome::release();
  });
  node.add_handler("stubborn", [here](job_context& job) {
    recorded_run run{*here.journal, job};
    here.wait_for_gate(job, {});
    return here.success(job);
  });
  node.add_handler("slow", [here](job_context& job) {
    recorded_run run{*here.journal, job};
    return take_steps(job, job.stop_token()) ? here.success(job) : outcome::release();
  });
  node.add_handler("steady", [here](job_context& job) {
    recorded_run run{*here.journal, job};
    take_steps(job, {});
    return here.success(job);
  });
  node.add_handler("failing", [here](job_context& job) -> outcome {
    recorded_run run{*here.journal, job};
    throw std::runtime_error{"no paper in printer " + job.payload()};
  });
  node.add_handler("crashing", [here](job_context& job) -> outcome {
    here.journal->begin(job);
    std::abort();
  });
}

} // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments{argv + 1, argv + argc};
  if (arguments.size() != 4 || arguments[0] != "node" || arguments[2] != "--config") {
    std::cerr << "usage: cluster_node node NAME --config FILE\n";
    return 2;
  }
  block_stop_signals();
  const auto& name = arguments[1];
  std::filesystem::path file = arguments[3];
  auto config = load_config(file);
  if (!config) {
    std::cerr << to_string(config.error()) << '\n';
    return 2;
  }
  auto folder = file.parent_path();
  auto journal = std::make_shared<test::journal_writer>(folder / "journal", name);
  node running{std::move(*config), name};
  add_handlers(running, {name, folder, journal});
  if (auto started = running.start(); !started) {
    std::cerr << to_string(started.error()) << '\n';
    return 1;
  }
  return run_until_signal(running);
}
