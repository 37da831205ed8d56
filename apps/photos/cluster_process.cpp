// SPDX-License-Identifier: Apache-2.0
#include "apps/photos/cluster_process.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <fstream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace photos {

namespace {

using clock = std::chrono::steady_clock;

/// Between fork and exec: system calls only.
[[noreturn]] void run_child(char* const* arguments, const char* directory, int log, pid_t parent) {
  // A group of its own: Ctrl-C is for the parent, which stops the cluster in order.
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  int empty = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (getppid() == parent && chdir(directory) == 0 && dup2(empty, STDIN_FILENO) >= 0
      && dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0)
    execv(arguments[0], arguments);
  _exit(127);
}

} // namespace

troupe::result<cluster_process> cluster_process::start(const std::vector<std::string>& command,
                                                       const std::filesystem::path& directory,
                                                       const std::filesystem::path& log) {
  if (access(command.front().c_str(), X_OK) != 0)
    return troupe::failure(troupe::errc::invalid_argument,
                           "'" + command.front() + "' is not a program that can be run");
  std::vector<char*> arguments;
  for (const auto& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (output < 0)
    return troupe::failure(troupe::errc::invalid_argument,
                           "'" + log.string() + "': " + std::strerror(errno));
  auto parent = getpid();
  auto pid = fork();
  if (pid == 0)
    run_child(arguments.data(), directory.c_str(), output, parent);
  auto fork_error = errno;
  close(output);
  if (pid < 0)
    return troupe::failure(troupe::errc::unavailable,
                           std::string{"cannot start a process: "} + std::strerror(fork_error));
  return cluster_process{pid};
}

cluster_process::~cluster_process() {
  stop(std::chrono::seconds{40});
}

cluster_process::cluster_process(cluster_process&& other) noexcept
    : pid_{std::exchange(other.pid_, 0)},
      status_{other.status_} {}

bool cluster_process::is_running() {
  if (pid_ != 0 && waitpid(pid_, &status_, WNOHANG) == pid_)
    pid_ = 0;
  return pid_ != 0;
}

bool cluster_process::stop(troupe::milliseconds grace) {
  if (is_running())
    kill(pid_, SIGTERM);
  for (auto deadline = clock::now() + grace; is_running() && clock::now() < deadline;)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  if (is_running()) {
    kill(pid_, SIGKILL);
    waitpid(pid_, &status_, 0);
    pid_ = 0;
  }
  return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
}

std::string last_lines(const std::filesystem::path& file, std::size_t lines_max) {
  std::ifstream input{file};
  std::deque<std::string> lines;
  for (std::string line; std::getline(input, line);) {
    lines.push_back(line);
    if (lines.size() > lines_max)
      lines.pop_front();
  }
  std::string text;
  for (const auto& line : lines)
    text += "  " + line + "\n";
  return text;
}

} // namespace photos
