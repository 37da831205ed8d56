// SPDX-License-Identifier: Apache-2.0
#include "actors/exec_handler.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "actors/child_process.hpp"
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

child_command command_for(const exec_settings& settings, const job_context& job) {
  child_command command{settings.command,
                        settings.directory,
                        {{"TROUPE_JOB_ID", std::to_string(job.id())},
                         {"TROUPE_ATTEMPT", std::to_string(job.attempt())},
                         {"TROUPE_EPOCH", std::to_string(job.epoch())},
                         {"TROUPE_QUEUE", job.queue()}}};
  if (!job.trace_parent().empty())
    command.environment.emplace_back("TROUPE_TRACEPARENT", job.trace_parent());
  return command;
}

/// One run of a program, from its start to its end, in one thread.
class program_run {
public:
  program_run(const exec_settings& settings, job_context& job, child_process child)
      : settings_{&settings},
        job_{&job},
        child_{std::move(child)},
        stop_{job.stop_token()} {}

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
    if (waits[1].revents != 0)
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
    read_from(child_.errors, limit, [this](std::string_view bytes) {
      errors_.append(bytes);
      // Cut rarely: each cut moves what is kept.
      if (errors_.size() > 2 * settings_->error_max + buffer_.size())
        errors_.erase(0, errors_.size() - settings_->error_max);
    });
  }

  outcome judge(int status) {
    if (output_total_ > settings_->output_max)
      return outcome::failure(with_errors("wrote more than " + std::to_string(settings_->output_max)
                                          + " bytes to stdout (output_max) and was ended"));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
      return outcome::success(std::move(output_));
    if (stopping_)
      return outcome::release();
    auto text = with_errors(describe_status(status));
    if (WIFEXITED(status) && WEXITSTATUS(status) == status_data_error)
      return outcome::failure_final(std::move(text));
    return outcome::failure(std::move(text));
  }

  /// What happened, and what fits in an error's text of the end of stderr: the end says most.
  std::string with_errors(const std::string& what) {
    while (!errors_.empty() && errors_.back() == '\n')
      errors_.pop_back();
    auto text = "program '" + settings_->command.front() + "' " + what;
    if (errors_.empty() || text.size() + 2 >= limits::error_bytes_max)
      return text;
    auto room
      = std::min<std::uint64_t>(settings_->error_max, limits::error_bytes_max - text.size() - 2);
    auto skipped = errors_.size() - std::min<std::uint64_t>(errors_.size(), room);
    return text + ": " + errors_.substr(skipped);
  }

  const exec_settings* settings_;
  job_context* job_;
  child_process child_;
  stop_signal stop_;
  std::array<char, 64 * 1024> buffer_;
  std::string output_;
  std::uint64_t output_total_ = 0;
  std::string errors_;
  std::size_t written_ = 0; // of the payload
  std::optional<clock::time_point> kill_at_;
  bool stopping_ = false;
  bool ended_ = false;
};

} // namespace

handler make_exec_handler(exec_settings settings) {
  return [settings = std::move(settings)](job_context& job) {
    auto child = child_process::start(command_for(settings, job));
    if (!child)
      return outcome::failure(child.error().text);
    return program_run{settings, job, std::move(*child)}.run();
  };
}

} // namespace troupe
