// SPDX-License-Identifier: Apache-2.0
#include "bench/node_program.hpp"

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <mutex>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "node/log.hpp"
#include "node/node.hpp"

namespace troupe::bench {

namespace {

class stamps {
public:
  outcome run(job_context& job) {
    auto started = monotonic_ns();
    std::int64_t sent = 0;
    const auto& text = job.payload();
    std::from_chars(text.data(), text.data() + text.size(), sent);
    std::lock_guard lock{mutex_};
    seen_.emplace_back(sent, started);
    return outcome::success();
  }

  void write(const std::filesystem::path& file) const {
    std::ofstream out{file};
    for (const auto& [sent, started] : seen_)
      out << sent << ' ' << started << '\n';
  }

private:
  std::mutex mutex_;
  std::vector<std::pair<std::int64_t, std::int64_t>> seen_;
};

outcome hold(job_context& job, const std::string& node, const std::filesystem::path& file) {
  auto line = node + ' ' + std::to_string(job.id()) + ' ' + std::to_string(monotonic_ns()) + '\n';
  // One write call: lines of several processes do not mix, and a killed one leaves all or nothing.
  auto out = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  auto written = write(out, line.data(), line.size());
  close(out);
  if (written != static_cast<ssize_t>(line.size()))
    return outcome::failure("cannot write " + file.string());
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock{mutex};
  stopped.wait(lock, job.stop_token(), [] { return false; });
  return outcome::success();
}

} // namespace

std::int64_t monotonic_ns() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

std::filesystem::path stamps_file(const std::filesystem::path& directory, const std::string& node) {
  return directory / (node + ".stamps");
}

int run_node(const std::filesystem::path& config_file, const std::string& name) {
  prctl(PR_SET_PDEATHSIG, SIGKILL); // a benchmark that is interrupted leaves nothing behind
  block_stop_signals();
  auto config = load_config(config_file);
  if (!config) {
    std::cerr << config.error().text << '\n';
    return 2;
  }
  log_to_stderr(name, config->log.level);
  auto directory = config_file.parent_path();
  stamps seen;
  node here{std::move(*config), name};
  here.add_handler("noop", [](job_context&) { return outcome::success(); });
  here.add_handler("stamp", [&seen](job_context& job) { return seen.run(job); });
  here.add_handler("hold", [name, file = directory / starts_file](job_context& job) {
    return hold(job, name, file);
  });
  if (auto started = here.start(); !started) {
    std::cerr << to_string(started.error()) << '\n';
    return 1;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  int signal = 0;
  sigwait(&ends, &signal);
  here.stop(); // on the thread that started it: CAF keeps a reference to its logger in each thread
  seen.write(stamps_file(directory, name));
  return 0;
}

} // namespace troupe::bench
