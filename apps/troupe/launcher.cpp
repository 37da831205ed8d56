// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/launcher.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <sys/wait.h>

#include "apps/troupe/child_process.hpp"
#include "apps/troupe/text_format.hpp"

namespace troupe {

namespace {

/// Who lived for so long is shown as running.
constexpr milliseconds starting_time{500};

std::string describe_end(int wait_status) {
  if (WIFSIGNALED(wait_status))
    return std::string{"ended by signal "} + std::to_string(WTERMSIG(wait_status)) + " ("
           + strsignal(WTERMSIG(wait_status)) + ")";
  return "ended with status " + std::to_string(WEXITSTATUS(wait_status));
}

milliseconds between(launcher::time_point from, launcher::time_point to) {
  return std::chrono::duration_cast<milliseconds>(to - from);
}

} // namespace

std::string to_string(process_state x) {
  switch (x) {
  case process_state::starting:
    return "starting";
  case process_state::running:
    return "running";
  case process_state::waiting:
    return "waiting";
  case process_state::stopping:
    return "stopping";
  case process_state::ended:
    break;
  }
  return "ended";
}

launcher::launcher(std::vector<process_description> processes, std::uint64_t seed, listener tell)
    : tell_{std::move(tell)} {
  for (auto& x : processes) {
    process_status status;
    status.name = x.name;
    children_.push_back({std::move(x), status, restart_policy{seed++}, time_point{}, {}});
  }
}

launcher::~launcher() {
  kill_all();
  for (auto& x : children_)
    if (x.status.pid != 0)
      waitpid(x.status.pid, nullptr, 0);
}

void launcher::poll(time_point now) {
  reap(now);
  for (auto& x : children_) {
    if (x.status.state == process_state::starting && x.status.pid != 0
        && between(x.status.started_at, now) >= starting_time)
      x.status.state = process_state::running;
    kill_if_it_hangs(x, now);
    if (!x.due || *x.due > now)
      continue;
    x.due.reset();
    if (x.status.state == process_state::stopping) {
      tell_(x.status.name, "does not stop in time; killing it");
      kill(x.status.pid, SIGKILL);
    } else if (!stopping_) {
      start(x, now);
    }
  }
  if (stopping_)
    stop_next(now);
}

std::optional<launcher::time_point> launcher::next_due() const {
  std::optional<time_point> result;
  for (auto& x : children_)
    for (auto& time : {x.due, x.silence})
      if (time && (!result || *time < *result))
        result = time;
  return result;
}

void launcher::heard(pid_t pid, time_point now) {
  for (auto& x : children_)
    if (x.status.pid == pid && x.status.state != process_state::stopping
        && x.description.watchdog > milliseconds{0})
      x.silence = now + x.description.watchdog;
}

void launcher::stop(time_point now) {
  stopping_ = true;
  for (auto& x : children_) {
    if (x.status.pid != 0)
      continue;
    x.status.state = process_state::ended;
    x.due.reset();
  }
  stop_next(now);
}

void launcher::kill_all() {
  for (auto& x : children_)
    if (x.status.pid != 0)
      kill(x.status.pid, SIGKILL);
}

bool launcher::done() const {
  return stopping_ && std::all_of(children_.begin(), children_.end(), [](auto& x) {
           return x.status.state == process_state::ended;
         });
}

std::vector<process_status> launcher::processes() const {
  std::vector<process_status> result;
  for (auto& x : children_)
    result.push_back(x.status);
  return result;
}

void launcher::start(child& x, time_point now) {
  auto pid = start_process(x.description.command, x.description.log);
  if (!pid) {
    tell_(x.status.name, pid.error().text);
    if (!problem_)
      problem_ = error{pid.error().code, x.status.name + ": " + pid.error().text};
    stop(now);
    return;
  }
  ++x.status.starts;
  x.status.pid = *pid;
  x.status.state = process_state::starting;
  x.status.started_at = now;
  tell_(x.status.name,
        (x.status.starts == 1 ? "started, pid " : "restarted, pid ") + std::to_string(*pid));
}

void launcher::reap(time_point now) {
  for (auto& x : children_) {
    int wait_status = 0;
    // By pid: a program that embeds this may have children of its own.
    if (x.status.pid != 0 && waitpid(x.status.pid, &wait_status, WNOHANG) == x.status.pid)
      end(x, wait_status, now);
  }
}

void launcher::kill_if_it_hangs(child& x, time_point now) {
  if (!x.silence || *x.silence > now)
    return;
  x.silence.reset();
  tell_(x.status.name,
        "hangs: no sign of life for " + format_age(x.description.watchdog) + "; killing it");
  kill(x.status.pid, SIGKILL);
}

void launcher::end(child& x, int wait_status, time_point now) {
  x.status.pid = 0;
  x.due.reset();
  x.silence.reset();
  auto what = describe_end(wait_status);
  if (stopping_) {
    x.status.state = process_state::ended;
    tell_(x.status.name, what);
    return;
  }
  auto lived = between(x.status.started_at, now);
  auto status = WIFSIGNALED(wait_status) ? -WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
  auto delay = x.policy.ended(lived, status);
  if (delay) {
    x.status.state = process_state::waiting;
    x.due = now + *delay;
    tell_(x.status.name, what + "; restarting in " + format_age(*delay));
    return;
  }
  tell_(x.status.name, what + "; giving up, because it has never worked");
  if (!given_up_)
    given_up_ = x.status.name;
  if (!problem_)
    problem_ = error{errc::unavailable, "node '" + x.status.name + "' does not start ("
                                          + format_count(x.status.starts, "attempt")
                                          + "); its last words say why"};
  stop(now);
}

void launcher::stop_next(time_point now) {
  // The first group that has not ended holds back the ones behind it.
  std::optional<std::uint32_t> order;
  for (auto& x : children_)
    if (x.status.pid != 0 && (!order || x.description.stop_order < *order))
      order = x.description.stop_order;
  for (auto& x : children_) {
    if (x.status.pid == 0 || x.description.stop_order != order
        || x.status.state == process_state::stopping)
      continue;
    x.status.state = process_state::stopping;
    x.silence.reset();
    x.due = now + x.description.stop_grace;
    tell_(x.status.name, "stopping");
    kill(x.status.pid, SIGTERM);
  }
}

} // namespace troupe
