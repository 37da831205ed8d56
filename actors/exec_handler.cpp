// SPDX-License-Identifier: Apache-2.0
#include "actors/exec_handler.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <map>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "actors/kept_text.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

using clock = std::chrono::steady_clock;

// sysexits.h: the input was wrong, so that the same input will be wrong again.
constexpr int status_data_error = 65;

// What is read from a program after its end: more than a pipe holds, unless somebody who left its
// group goes on writing.
constexpr std::size_t left_over_max = 4 * 1024 * 1024;

/// A program may close its stdin early: that is its right, and must not end this process.
class sigpipe_blocker {
public:
  sigpipe_blocker() {
    ::sigemptyset(&only_pipe_);
    ::sigaddset(&only_pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &only_pipe_, &before_);
  }

  ~sigpipe_blocker() {
    if (::sigismember(&before_, SIGPIPE) == 1)
      return;
    timespec at_once{};
    while (::sigtimedwait(&only_pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  sigpipe_blocker(const sigpipe_blocker&) = delete;
  sigpipe_blocker& operator=(const sigpipe_blocker&) = delete;

private:
  sigset_t only_pipe_{};
  sigset_t before_{};
};

/// Becomes readable when a stop is requested.
class stop_signal {
public:
  explicit stop_signal(std::stop_token token)
      : event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
        callback_{std::move(token), wake{event_.get()}} {}

  int get() const noexcept { return event_.get(); }

private:
  struct wake {
    int event;
    void operator()() const noexcept { ::eventfd_write(event, 1); }
  };

  descriptor event_;
  std::stop_callback<wake> callback_; // ends before the event does
};

/// What every program may know of the node's environment. The rest is the node's own business, and
/// may hold secrets.
bool is_passed_on(std::string_view name) {
  constexpr std::array<std::string_view, 4> harmless{"PATH", "HOME", "LANG", "TZ"};
  return name.starts_with("TROUPE_")
         || std::find(harmless.begin(), harmless.end(), name) != harmless.end();
}

child_command command_of(const exec_settings& settings) {
  std::map<std::string, std::string> variables;
  for (auto entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view whole{*entry};
    const auto name = whole.substr(0, whole.find('='));
    if (is_passed_on(name) && name.size() < whole.size())
      variables[std::string{name}] = whole.substr(name.size() + 1);
  }
  if (settings.user) {
    variables["HOME"] = settings.user->home;
    variables["USER"] = variables["LOGNAME"] = settings.user->name;
  }
  for (const auto& entry : settings.environment) {
    const auto name = entry.substr(0, entry.find('='));
    if (name.size() < entry.size())
      variables[name] = entry.substr(name.size() + 1);
    else if (const char* value = std::getenv(name.c_str()))
      variables[name] = value;
  }
  return {settings.command,
          settings.directory,
          {variables.begin(), variables.end()},
          settings.user,
          settings.limits};
}

child_command command_for(child_command command, const job_context& job) {
  auto& variables = command.environment;
  std::erase_if(variables, [](const auto& x) { return x.first == "TROUPE_TRACEPARENT"; });
  auto set = [&](std::string name, std::string value) {
    std::erase_if(variables, [&](const auto& x) { return x.first == name; });
    variables.emplace_back(std::move(name), std::move(value));
  };
  set("TROUPE_JOB_ID", std::to_string(job.id()));
  set("TROUPE_ATTEMPT", std::to_string(job.attempt()));
  set("TROUPE_EPOCH", std::to_string(job.epoch()));
  set("TROUPE_QUEUE", job.queue());
  if (!job.trace_parent().empty())
    set("TROUPE_TRACEPARENT", job.trace_parent());
  return command;
}

/// Signals that end services, and what a shell whose command they ended says.
bool is_stop_status(int status) {
  constexpr int shell_base = 128;
  for (auto signal : {SIGTERM, SIGINT, SIGHUP})
    if ((WIFSIGNALED(status) && WTERMSIG(status) == signal)
        || (WIFEXITED(status) && WEXITSTATUS(status) == shell_base + signal))
      return true;
  return false;
}

/// One run of a program, from its start to its end, in one thread.
class program_run {
public:
  program_run(const exec_settings& settings, job_context& job, child_process child)
      : settings_{&settings},
        job_{&job},
        child_{std::move(child)},
        stop_{job.stop_token()},
        errors_{settings.error_max} {}

  outcome run() {
    sigpipe_blocker no_sigpipe;
    if (job_->payload().empty())
      child_.input.close();
    while (!ended_)
      step();
    // Who inherited the pipes and lives on is not waited for.
    read_output(left_over_max);
    read_errors(left_over_max);
    return judge(child_.wait());
  }

private:
  void step() {
    std::array<pollfd, 5> waits{{
      {child_.exit.get(), POLLIN, 0},
      {stopping_ ? -1 : stop_.get(), POLLIN, 0},
      {child_.input.get(), POLLOUT, 0},
      {child_.output.get(), POLLIN, 0},
      {child_.errors.get(), POLLIN, 0},
    }};
    if (::poll(waits.data(), waits.size(), wait_ms()) < 0 && errno != EINTR)
      throw std::system_error{errno, std::generic_category(), "poll"};
    if (kill_at_ && clock::now() >= *kill_at_)
      kill();
    // A program that has just ended by itself is not to be told.
    if (waits[1].revents != 0 && waits[0].revents == 0)
      terminate();
    if (waits[2].revents != 0)
      write_input();
    if (waits[3].revents != 0)
      read_output(sizeof buffer_);
    if (waits[4].revents != 0)
      read_errors(sizeof buffer_);
    ended_ = waits[0].revents != 0;
  }

  int wait_ms() const {
    if (!kill_at_)
      return -1;
    auto left = std::chrono::ceil<milliseconds>(*kill_at_ - clock::now());
    return static_cast<int>(std::clamp<milliseconds::rep>(left.count(), 0, 60'000));
  }

  void terminate() {
    stopping_ = true;
    child_.signal_group(SIGTERM);
    kill_at_ = clock::now() + settings_->kill_grace;
  }

  void kill() {
    child_.signal_group(SIGKILL);
    kill_at_.reset();
  }

  void write_input() {
    const auto& payload = job_->payload();
    auto wrote = ::write(child_.input.get(), payload.data() + written_, payload.size() - written_);
    if (wrote > 0)
      written_ += static_cast<std::size_t>(wrote);
    auto refused = wrote < 0 && errno != EAGAIN && errno != EINTR;
    if (refused || written_ == payload.size())
      child_.input.close();
  }

  /// Reads what is there, about `limit` bytes at most; closes at the end.
  template <class Consume>
  void read_from(descriptor& from, std::size_t limit, Consume consume) {
    for (std::size_t total = 0; from.is_open() && total < limit;) {
      auto got = ::read(from.get(), buffer_.data(), buffer_.size());
      if (got > 0) {
        total += static_cast<std::size_t>(got);
        consume(std::string_view{buffer_.data(), static_cast<std::size_t>(got)});
      } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        from.close();
      } else if (errno == EAGAIN) {
        return;
      }
    }
  }

  void read_output(std::size_t limit) {
    read_from(child_.output, limit, [this](std::string_view bytes) {
      output_.append(bytes.substr(0, settings_->output_max - output_.size()));
      if (std::exchange(output_total_, output_total_ + bytes.size()) <= settings_->output_max
          && output_total_ > settings_->output_max) {
        child_.output.close();
        kill();
      }
    });
  }

  void read_errors(std::size_t limit) {
    read_from(child_.errors, limit, [this](std::string_view bytes) { errors_.append(bytes); });
  }

  outcome judge(int status) {
    if (stopping_) // its work is not done, whatever it says
      return outcome::release();
    if (output_total_ > settings_->output_max)
      return outcome::failure(with_errors("wrote more than " + std::to_string(settings_->output_max)
                                          + " bytes to stdout (output_max) and was ended"));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
      return outcome::success(std::move(output_));
    auto text = with_errors(describe_status(status));
    if (WIFEXITED(status) && WEXITSTATUS(status) == status_data_error)
      return outcome::failure_final(std::move(text));
    return is_stop_status(status) ? outcome::ended_by_signal(std::move(text))
                                  : outcome::failure(std::move(text));
  }

  /// What happened, and what fits in an error's text of stderr.
  std::string with_errors(const std::string& what) const {
    auto text = "program '" + settings_->command.front() + "' " + what;
    if (text.size() + 2 >= limits::error_bytes_max)
      return text;
    const auto said = errors_.text(limits::error_bytes_max - text.size() - 2);
    return said.empty() ? text : text + ": " + said;
  }

  const exec_settings* settings_;
  job_context* job_;
  child_process child_;
  stop_signal stop_;
  std::array<char, 64 * 1024> buffer_;
  std::string output_;
  std::uint64_t output_total_ = 0;
  kept_text errors_;
  std::size_t written_ = 0; // of the payload
  std::optional<clock::time_point> kill_at_;
  bool stopping_ = false;
  bool ended_ = false;
};

result<child_process> start(const child_command& command) {
  try {
    return child_process::start(command);
  } catch (const std::system_error& e) { // no descriptor is free
    return failure(errc::unavailable,
                   "cannot run program '" + command.words.front() + "': " + e.what());
  }
}

} // namespace

handler make_exec_handler(exec_settings settings) {
  auto command = command_of(settings);
  return [settings = std::move(settings), command = std::move(command)](job_context& job) {
    auto child = start(command_for(command, job));
    if (!child)
      return outcome::not_started(child.error().text);
    return program_run{settings, job, std::move(*child)}.run();
  };
}

std::string why_not_startable(const exec_settings& settings) {
  return why_not_startable(command_of(settings));
}

} // namespace troupe
