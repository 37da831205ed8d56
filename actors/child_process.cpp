// SPDX-License-Identifier: Apache-2.0
#include "actors/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace troupe {

namespace {

struct pipe_ends {
  descriptor read;
  descriptor write;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error{errno, std::generic_category(), "cannot make a pipe"};
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

void never_block(const descriptor& x) {
  ::fcntl(x.get(), F_SETFL, O_NONBLOCK);
}

std::string error_text(int code) {
  return std::generic_category().message(code);
}

/// The program's path; empty: PATH has none.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos)
    return name;
  const char* path = std::getenv("PATH");
  std::string folders = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  for (std::size_t begin = 0; begin <= folders.size();) {
    auto end = std::min(folders.find(':', begin), folders.size());
    auto candidate = folders.substr(begin, end - begin) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0)
      return candidate;
    begin = end + 1;
  }
  return {};
}

std::vector<std::string> make_environment(const child_command& command) {
  std::vector<std::string> result;
  auto is_replaced = [&](std::string_view entry) {
    for (const auto& [name, value] : command.environment)
      if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
        return true;
    return false;
  };
  for (auto entry = ::environ; *entry != nullptr; ++entry)
    if (!is_replaced(*entry))
      result.emplace_back(*entry);
  for (const auto& [name, value] : command.environment)
    result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (auto& word : words)
    result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

/// What the child needs, made before the fork: afterwards it may not even allocate.
struct child_plan {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* directory; // null: stay
  int input, output, errors;
  int failure; // gets the error number and the step, closes on success
  pid_t parent;
};

enum class child_step : int { change_directory, execute };

[[noreturn]] void fail_in_child(const child_plan& plan, child_step step) {
  std::array<int, 2> report{errno, static_cast<int>(step)};
  [[maybe_unused]] auto written = ::write(plan.failure, report.data(), sizeof report);
  ::_exit(127);
}

/// Only async-signal-safe calls: other threads of the parent may have held any lock.
[[noreturn]] void become(const child_plan& plan) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) // it died before the line above
    ::_exit(127);
  for (int signal = 1; signal < NSIG; ++signal)
    ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::dup2(plan.input, STDIN_FILENO);
  ::dup2(plan.output, STDOUT_FILENO);
  ::dup2(plan.errors, STDERR_FILENO);
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  if (plan.directory != nullptr && ::chdir(plan.directory) != 0)
    fail_in_child(plan, child_step::change_directory);
  ::execve(plan.program, plan.arguments, plan.environment);
  fail_in_child(plan, child_step::execute);
}

error start_error(const child_command& command, int code, child_step step) {
  auto text = step == child_step::change_directory
                ? "cannot run program '" + command.words.front() + "' in directory '"
                    + command.directory + "': " + error_text(code)
                : "cannot run program '" + command.words.front() + "': " + error_text(code);
  return {errc::invalid_argument, std::move(text)};
}

/// Ends 0, 1 and 2 must not be taken by the pipes, or `dup2` would overwrite one by another.
descriptor above_standard(descriptor x) {
  if (x.get() > STDERR_FILENO)
    return x;
  return descriptor{::fcntl(x.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
}

} // namespace

descriptor& descriptor::operator=(descriptor&& other) noexcept {
  if (this != &other) {
    close();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

void descriptor::close() noexcept {
  if (number_ >= 0)
    ::close(std::exchange(number_, -1));
}

result<child_process> child_process::start(const child_command& command) {
  auto program = find_program(command.words.front());
  if (program.empty())
    return failure(errc::invalid_argument,
                   "cannot run program '" + command.words.front() + "': it is not in PATH");
  auto words = command.words;
  auto variables = make_environment(command);
  auto arguments = pointers_to(words), environment = pointers_to(variables);
  auto input = make_pipe(), output = make_pipe(), errors = make_pipe(), failed = make_pipe();
  auto child_input = above_standard(std::move(input.read));
  auto child_output = above_standard(std::move(output.write));
  auto child_errors = above_standard(std::move(errors.write));
  child_plan plan{
    program.c_str(),    arguments.data(),
    environment.data(), command.directory.empty() ? nullptr : command.directory.c_str(),
    child_input.get(),  child_output.get(),
    child_errors.get(), failed.write.get(),
    ::getpid()};
  // Not posix_spawn: it can neither tie the child's life to ours nor report why it failed.
  auto pid = ::fork();
  if (pid == 0)
    become(plan);
  if (pid < 0)
    return failure(errc::unavailable, "cannot start a process for program '" + command.words.front()
                                        + "': " + error_text(errno));
  child_process child;
  child.pid_.number = pid;
  failed.write.close();
  std::array<int, 2> report{};
  ssize_t got;
  do
    got = ::read(failed.read.get(), report.data(), sizeof report);
  while (got < 0 && errno == EINTR);
  if (got == sizeof report)
    return tl::unexpected{start_error(command, report[0], static_cast<child_step>(report[1]))};
  child.exit = descriptor{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  if (!child.exit.is_open())
    return failure(errc::unavailable, "cannot watch process: " + error_text(errno));
  child.input = std::move(input.write);
  child.output = std::move(output.read);
  child.errors = std::move(errors.read);
  for (const auto* end : {&child.input, &child.output, &child.errors})
    never_block(*end);
  return child;
}

child_process::~child_process() {
  if (pid_.number > 0) {
    signal_group(SIGKILL);
    wait();
  }
}

void child_process::signal_group(int signal) const noexcept {
  if (pid_.number > 0)
    ::kill(-pid_.number, signal);
}

int child_process::wait() {
  siginfo_t ended{};
  // Its number stays taken until it is reaped, so the group is still its own.
  while (::waitid(P_PID, static_cast<id_t>(pid_.number), &ended, WEXITED | WNOWAIT) != 0
         && errno == EINTR) {
  }
  signal_group(SIGKILL);
  int status = 0;
  while (::waitpid(pid_.number, &status, 0) < 0 && errno == EINTR) {
  }
  pid_.number = -1;
  return status;
}

std::string describe_status(int status) {
  if (WIFEXITED(status))
    return "exited with status " + std::to_string(WEXITSTATUS(status));
  auto signal = WTERMSIG(status);
  const char* signal_name = ::sigabbrev_np(signal);
  return "was ended by signal " + std::to_string(signal) + " (SIG"
         + (signal_name != nullptr ? signal_name : "?") + ")"
         + (WCOREDUMP(status) ? ", core dumped" : "");
}

} // namespace troupe
