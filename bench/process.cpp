// SPDX-License-Identifier: Apache-2.0
#include "bench/process.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

[[noreturn]] void fail(int code, const std::string& what) {
  throw std::system_error{code, std::generic_category(), what};
}

} // namespace

process::process(const std::string& program, std::vector<std::string> arguments,
                 const std::filesystem::path& log) {
  std::vector<char*> pointers;
  auto name = program;
  pointers.push_back(name.data());
  for (auto& x : arguments)
    pointers.push_back(x.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  // Signals that this process holds back are for it alone.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  auto code = posix_spawnp(&pid_, program.c_str(), &actions, &attributes, pointers.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0)
    fail(code, program);
}

process::~process() {
  kill();
}

process::process(process&& other) noexcept : pid_{std::exchange(other.pid_, 0)} {}

process& process::operator=(process&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

void process::signal(int number) const {
  if (pid_ > 0)
    ::kill(pid_, number);
}

void process::kill() {
  if (pid_ <= 0)
    return;
  signal(SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void process::stop(std::chrono::milliseconds limit) {
  signal(SIGTERM);
  if (!ended_within(limit))
    kill();
}

bool process::ended_within(std::chrono::milliseconds limit) {
  for (auto until = clock::now() + limit; clock::now() < until; std::this_thread::sleep_for(1ms))
    if (has_ended())
      return true;
  return false;
}

bool process::has_ended() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_)
    pid_ = 0;
  return pid_ <= 0;
}

std::uint64_t process::resident_bytes() const {
  std::ifstream status{"/proc/" + std::to_string(pid_) + "/status"};
  for (std::string word; status >> word;)
    if (word == "VmRSS:") {
      std::uint64_t kilobytes = 0;
      status >> kilobytes;
      return kilobytes * 1024;
    }
  return 0;
}

std::filesystem::path own_program() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

std::uint16_t free_port() {
  auto file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  auto bound
    = file >= 0 && bind(file, generic, size) == 0 && getsockname(file, generic, &size) == 0;
  auto code = errno;
  close(file);
  if (!bound)
    fail(code, "a free port");
  return ntohs(address.sin_port);
}

} // namespace troupe::bench
