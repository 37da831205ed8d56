// SPDX-License-Identifier: Apache-2.0
#include "actors/keeper.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <linux/close_range.h>
#include <mutex>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace troupe::keeper {

namespace {

// A shell, not a copy of this process: a copy would keep all of its memory, and its name.
constexpr const char* script
  = "trap '' TERM INT HUP QUIT PIPE; groups=' '\n"
    "while read -r verb group; do\n"
    "  case $verb in\n"
    "  +) groups=\"$groups$group \" ;;\n"
    "  -) case $groups in *\" $group \"*)\n"
    "    groups=\"${groups%% \"$group\" *} ${groups#* \"$group\" }\" ;;\n"
    "  esac ;;\n"
    "  esac\n"
    "done\n"
    "for group in $groups; do kill -s KILL -- \"-$group\" 2>/dev/null; done\n";

struct running_keeper {
  std::mutex mutex;
  int socket = -1;
  pid_t pid = -1;
  pid_t owner = -1; ///< a copy of the process that started it needs one of its own
};

running_keeper& instance() {
  static running_keeper only;
  return only;
}

/// Only async-signal-safe calls: other threads of the parent may have held any lock.
[[noreturn]] void become_keeper(int socket, int nothing) {
  ::setsid();
  for (int signal = 1; signal < NSIG; ++signal)
    ::signal(signal, SIG_DFL);
  for (auto signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE})
    ::signal(signal, SIG_IGN); // at once, not only when the shell has read its first line
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::dup2(socket, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(nothing, STDERR_FILENO);
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  if (::chdir("/") != 0)
    ::_exit(126);
  std::array<char*, 5> arguments{const_cast<char*>("sh"), const_cast<char*>("-c"),
                                 const_cast<char*>(script), const_cast<char*>("troupe-keeper"),
                                 nullptr};
  std::array<char*, 1> environment{nullptr};
  ::execve("/bin/sh", arguments.data(), environment.data());
  ::_exit(127);
}

/// The keeper's end closes when it ends.
bool is_alive(int socket) {
  pollfd wait{socket, 0, 0};
  return ::poll(&wait, 1, 0) == 0;
}

void start(running_keeper& x) {
  std::array<int, 2> ends{};
  // All three above the standard ones, which the keeper's own take.
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return;
  const auto theirs = ::fcntl(ends[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const auto opened = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const auto nothing = ::fcntl(opened, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const auto pid = theirs >= 0 && nothing >= 0 ? ::fork() : -1;
  if (pid == 0)
    become_keeper(theirs, nothing);
  for (auto end : {ends[1], theirs, opened, nothing})
    if (end >= 0)
      ::close(end);
  if (pid < 0) {
    ::close(ends[0]);
    return;
  }
  x.socket = ends[0];
  x.pid = pid;
  x.owner = ::getpid();
}

/// The bytes of "+ 4711\n", without the library: a child may not allocate.
void say(int socket, char verb, pid_t group) noexcept {
  std::array<char, 32> text{};
  auto at = text.size();
  text[--at] = '\n';
  for (auto left = group; left > 0; left /= 10)
    text[--at] = static_cast<char>('0' + left % 10);
  text[--at] = ' ';
  text[--at] = verb;
  while (::send(socket, text.data() + at, text.size() - at, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

} // namespace

int socket() noexcept {
  auto& x = instance();
  std::lock_guard lock{x.mutex};
  if (x.socket >= 0 && x.owner != ::getpid()) {
    ::close(x.socket);
    x.socket = -1;
  }
  if (x.socket >= 0 && is_alive(x.socket))
    return x.socket;
  if (x.socket >= 0) {
    spdlog::warn("the keeper of programs (pid {}) is gone; starting another one", x.pid);
    ::close(x.socket);
    x.socket = -1;
    ::waitpid(x.pid, nullptr, WNOHANG);
  }
  start(x);
  if (x.socket < 0)
    spdlog::warn("cannot start a keeper of programs: what they start may outlive this process, if "
                 "it is killed");
  return x.socket;
}

void watch(int socket, pid_t group) noexcept {
  if (socket >= 0)
    say(socket, '+', group);
}

void forget(int socket, pid_t group) noexcept {
  if (socket >= 0)
    say(socket, '-', group);
}

} // namespace troupe::keeper
