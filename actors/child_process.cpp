// SPDX-License-Identifier: Apache-2.0
#include "actors/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "actors/keeper.hpp"
#include "actors/open_files.hpp"

namespace troupe {

namespace {

struct pipe_ends {
  descriptor read;
  descriptor write;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error{errno, std::generic_category(), "cannot make a pipe"};
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

void never_block(const descriptor& x) {
  ::fcntl(x.get(), F_SETFL, O_NONBLOCK);
}

std::string text_of(int code) {
  return std::generic_category().message(code);
}

/// The program's path; empty: PATH has none.
std::string find_program(const child_command& command) {
  const auto& name = command.words.front();
  if (name.find('/') != std::string::npos)
    return name;
  auto folders = command.variable("PATH");
  if (folders.empty())
    folders = "/usr/local/bin:/usr/bin:/bin";
  for (std::size_t begin = 0; begin <= folders.size();) {
    auto end = std::min(folders.find(':', begin), folders.size());
    auto candidate = folders.substr(begin, end - begin) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0)
      return candidate;
    begin = end + 1;
  }
  return {};
}

std::string not_in_path(const child_command& command) {
  return "cannot run program '" + command.words.front() + "': it is not in PATH";
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
  const char* directory;    // null: stay
  const program_user* user; // null: stay
  const program_limits* limits;
  int input, output, errors;
  int failure; // gets the error number and the step, closes on success
  int keeper;
  pid_t parent;
};

enum class child_step : int { change_directory, change_user, limit, execute };

[[noreturn]] void fail_in_child(const child_plan& plan, child_step step) {
  std::array<int, 2> report{errno, static_cast<int>(step)};
  [[maybe_unused]] auto written = ::write(plan.failure, report.data(), sizeof report);
  ::_exit(127);
}

bool limit(decltype(RLIMIT_AS) what, std::uint64_t most) {
  rlimit bounds{most, most};
  return most == 0 || ::setrlimit(what, &bounds) == 0;
}

bool limit_all(const program_limits& x) {
  restore_open_files();
  const auto seconds = static_cast<std::uint64_t>((x.cpu_time.count() + 999) / 1000);
  return limit(RLIMIT_AS, x.memory) && limit(RLIMIT_FSIZE, x.file_size)
         && limit(RLIMIT_NOFILE, x.files) && limit(RLIMIT_CPU, seconds);
}

/// By system calls: the library's functions want to tell the other threads.
bool become_user(const program_user& x) {
  return ::syscall(SYS_setgroups, x.groups.size(), x.groups.data()) == 0
         && ::syscall(SYS_setresgid, x.group, x.group, x.group) == 0
         && ::syscall(SYS_setresuid, x.user, x.user, x.user) == 0;
}

/// Only async-signal-safe calls: other threads of the parent may have held any lock.
[[noreturn]] void become(const child_plan& plan) {
  ::setpgid(0, 0);
  keeper::watch(plan.keeper, ::getpid()); // before it can start anything
  for (int signal = 1; signal < NSIG; ++signal)
    ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::dup2(plan.input, STDIN_FILENO);
  ::dup2(plan.output, STDOUT_FILENO);
  ::dup2(plan.errors, STDERR_FILENO);
  if (!limit_all(*plan.limits))
    fail_in_child(plan, child_step::limit);
  if (plan.user != nullptr && !become_user(*plan.user))
    fail_in_child(plan, child_step::change_user);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL); // another user would not keep it
  if (::getppid() != plan.parent)     // it died before the line above
    ::_exit(127);
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  if (plan.directory != nullptr && ::chdir(plan.directory) != 0)
    fail_in_child(plan, child_step::change_directory);
  ::execve(plan.program, plan.arguments, plan.environment);
  fail_in_child(plan, child_step::execute);
}

error start_error(const child_command& command, int code, child_step step) {
  auto text = "cannot run program '" + command.words.front() + "'";
  if (step == child_step::change_directory)
    text += " in directory '" + command.directory + "'";
  else if (step == child_step::change_user)
    text += " as user '" + command.user->name + "'";
  else if (step == child_step::limit)
    text += " under its limits";
  return {errc::invalid_argument, text + ": " + text_of(code)};
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

std::string child_command::variable(std::string_view name) const {
  for (const auto& [known, value] : environment)
    if (known == name)
      return value;
  return {};
}

result<program_user> find_user(const std::string& name) {
  std::vector<char> buffer(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0
      || found == nullptr)
    return failure(errc::invalid_argument, "there is no user '" + name + "' on this host");
  if (::geteuid() != 0 && ::geteuid() != entry.pw_uid)
    return failure(errc::invalid_argument,
                   "only a node that root runs can run programs as user '" + name + "'");
  program_user result{name, entry.pw_dir, entry.pw_uid, entry.pw_gid, {}};
  int count = 0;
  ::getgrouplist(name.c_str(), entry.pw_gid, nullptr, &count);
  result.groups.resize(static_cast<std::size_t>(std::max(count, 1)));
  count = static_cast<int>(result.groups.size());
  if (::getgrouplist(name.c_str(), entry.pw_gid, result.groups.data(), &count) < 0)
    return failure(errc::invalid_argument, "cannot read the groups of user '" + name + "'");
  return result;
}

std::string why_not_startable(const child_command& command) {
  auto program = find_program(command);
  if (program.empty())
    return not_in_path(command);
  if (!command.directory.empty()) {
    if (::access(command.directory.c_str(), X_OK) != 0)
      return start_error(command, errno, child_step::change_directory).text;
    if (program.front() != '/')
      program = command.directory + "/" + program;
  }
  if (::access(program.c_str(), X_OK) != 0)
    return start_error(command, errno, child_step::execute).text;
  return {};
}

result<child_process> child_process::start(const child_command& command) {
  auto program = find_program(command);
  if (program.empty())
    return failure(errc::invalid_argument, not_in_path(command));
  auto words = command.words;
  std::vector<std::string> variables;
  for (const auto& [name, value] : command.environment)
    variables.push_back(name + "=" + value);
  auto arguments = pointers_to(words), environment = pointers_to(variables);
  auto input = make_pipe(), output = make_pipe(), errors = make_pipe(), failed = make_pipe();
  auto child_input = above_standard(std::move(input.read));
  auto child_output = above_standard(std::move(output.write));
  auto child_errors = above_standard(std::move(errors.write));
  child_process child;
  child.keeper_ = keeper::socket();
  child_plan plan{program.c_str(),
                  arguments.data(),
                  environment.data(),
                  command.directory.empty() ? nullptr : command.directory.c_str(),
                  command.user ? &*command.user : nullptr,
                  &command.limits,
                  child_input.get(),
                  child_output.get(),
                  child_errors.get(),
                  failed.write.get(),
                  child.keeper_,
                  ::getpid()};
  // Not posix_spawn: it can neither tie the child's life to ours nor report why it failed.
  auto pid = ::fork();
  if (pid == 0)
    become(plan);
  if (pid < 0)
    return failure(errc::unavailable, "cannot start a process for program '" + command.words.front()
                                        + "': " + text_of(errno));
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
    return failure(errc::unavailable,
                   "cannot watch program '" + command.words.front() + "': " + text_of(errno));
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
  keeper::forget(keeper_, pid_.number);
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
