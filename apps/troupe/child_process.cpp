// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace troupe {

namespace {

tl::unexpected<error> system_failure(const std::string& what, int code) {
  return failure(errc::unavailable, what + ": " + std::strerror(code));
}

/// Runs between fork and exec: only calls that are safe in a copy of a program with threads.
[[noreturn]] void become(char* const* arguments, int output, int report, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have ended before the line above.
  if (getppid() != parent)
    _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  auto nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execvp(arguments[0], arguments);
  auto code = errno;
  auto written = write(report, &code, sizeof code);
  _exit(written == sizeof code ? 127 : 126);
}

} // namespace

result<pid_t> start_process(const std::vector<std::string>& command,
                            const std::filesystem::path& log) {
  std::vector<char*> arguments;
  for (auto& x : command)
    arguments.push_back(const_cast<char*>(x.c_str()));
  arguments.push_back(nullptr);

  auto output = log.empty() ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
                            : open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0)
    return system_failure("cannot write " + (log.empty() ? "to standard error" : log.string()),
                          errno);
  // Closed by a successful exec, so that a failed one can be told from a program that ends.
  std::array<int, 2> report{};
  if (pipe2(report.data(), O_CLOEXEC) != 0) {
    auto code = errno;
    close(output);
    return system_failure("cannot make a pipe", code);
  }
  auto parent = getpid();
  auto pid = fork();
  if (pid == 0)
    become(arguments.data(), output, report[1], parent);
  auto code = errno;
  close(output);
  close(report[1]);
  if (pid > 0) {
    code = 0;
    ssize_t size;
    do
      size = read(report[0], &code, sizeof code);
    while (size < 0 && errno == EINTR);
  }
  close(report[0]);
  if (pid < 0)
    return system_failure("cannot start a process", code);
  if (code != 0) {
    waitpid(pid, nullptr, 0);
    return system_failure("cannot run " + command.front(), code);
  }
  return pid;
}

} // namespace troupe
