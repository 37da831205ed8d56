// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <random>
#include <unistd.h>
#include <utility>

#include "apps/troupe/cluster_view.hpp"
#include "apps/troupe/command.hpp"
#include "apps/troupe/launcher.hpp"
#include "apps/troupe/next_steps.hpp"
#include "apps/troupe/notify_socket.hpp"
#include "apps/troupe/single_cluster.hpp"
#include "apps/troupe/text_format.hpp"
#include "apps/troupe/up_display.hpp"

namespace troupe {

namespace {

constexpr milliseconds control_stop_grace{10'000};
constexpr milliseconds stop_margin{5000};
constexpr milliseconds redraw_interval{250};
constexpr std::size_t events_kept = 100;

struct up_options {
  std::string file;
  std::string program;
  std::string watchdog_text;
  milliseconds watchdog{60'000};
};

/// This program itself, wherever it was started from.
std::string own_program() {
  std::error_code code;
  auto path = std::filesystem::read_symlink("/proc/self/exe", code);
  return code ? "troupe" : path.string();
}

/// Who needs whom: jobs write records through services, services write to the control node.
int stop_order_of(const node_settings& node) {
  if (node.has_role("control"))
    return 2;
  return node.has_role("service") ? 1 : 0;
}

/// Control nodes first, so that the others find them; stopped in the opposite order.
std::vector<process_description> describe(const cluster_config& config, const up_options& options,
                                          const std::filesystem::path& log_directory) {
  std::vector<process_description> result;
  auto program = options.program.empty() ? own_program() : options.program;
  for (auto& node : config.nodes) {
    process_description x;
    x.name = node.name;
    x.command = {program, "node", node.name, "--config", options.file};
    if (!log_directory.empty())
      x.log = log_directory / (node.name + ".log");
    x.stop_order = stop_order_of(node);
    x.stop_grace = control_stop_grace;
    if (node.has_role("worker"))
      x.stop_grace = node.drain_grace + node.cancel_grace + stop_margin;
    if (node.has_role("gateway"))
      x.stop_grace += config.http.leave_time;
    x.watchdog = options.watchdog;
    result.push_back(std::move(x));
  }
  std::stable_sort(result.begin(), result.end(),
                   [](auto& x, auto& y) { return x.stop_order > y.stop_order; });
  return result;
}

timestamp wall_now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// What a node that does not start wrote last, for whoever does not see it.
std::string last_words(const std::filesystem::path& log) {
  std::ifstream file{log};
  std::string last;
  for (std::string line; std::getline(file, line);)
    if (!line.empty())
      last = line;
  return last;
}

/// Everything `troupe up` does until all nodes have ended.
class up_session {
public:
  up_session(const cli& shared, const up_options& options, cluster_config config);

  int run();

private:
  void listen_for_signs();
  void tell(const std::string& name, const std::string& what);
  bool is_ours(const node_info& x) const;
  void tell_when_ready(const cluster_snapshot& cluster);
  void wait_for_event();
  void take_signal(int signal);
  void show();
  int report();

  const cli& shared_;
  const up_options& options_;
  cluster_config config_;
  bool live_;
  std::filesystem::path log_directory_;
  std::string title_;
  std::deque<std::string> events_;
  live_screen screen_;
  launcher launcher_;
  std::optional<notify_socket> signs_; ///< none: nobody is watched
  std::optional<cluster_view> view_;
  timestamp began_ = wall_now();
  bool ready_ = false;
  bool stopping_ = false;
};

up_session::up_session(const cli& shared, const up_options& options, cluster_config config)
    : shared_{shared},
      options_{options},
      config_{std::move(config)},
      live_{!shared.json && is_terminal(STDOUT_FILENO)},
      log_directory_{live_ ? config_.storage.path.parent_path() / "log" : std::filesystem::path{}},
      title_{"troupe up " + options.file + " - logs in " + log_directory_.string()
             + " - Ctrl-C stops, twice kills"},
      launcher_{describe(config_, options, log_directory_), std::random_device{}(),
                [this](auto& name, auto& what) { tell(name, what); }} {}

int up_session::run() {
  if (live_) {
    std::error_code code;
    if (std::filesystem::create_directories(log_directory_, code))
      std::filesystem::permissions(log_directory_, std::filesystem::perms::owner_all, code);
  }
  listen_for_signs();
  launcher_.poll(launcher::time_point::clock::now());
  // After the first forks, which are cheaper in a program with one thread.
  // Some node's certificate is here, maybe none for clients.
  view_.emplace(options_of(config_, config_.nodes.front().name));
  while (!launcher_.done()) {
    wait_for_event();
    const auto now = launcher::time_point::clock::now();
    if (signs_)
      for (const auto pid : signs_->take())
        launcher_.heard(pid, now);
    launcher_.poll(now);
    show();
  }
  view_.reset();
  return report();
}

// The nodes inherit where they are listened to. What watches over us is not for them.
void up_session::listen_for_signs() {
  for (auto* variable : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    ::unsetenv(variable);
  if (options_.watchdog == milliseconds{0})
    return;
  auto opened = notify_socket::open();
  if (!opened) {
    tell("cluster", opened.error().text + "; nodes that hang are not noticed");
    return;
  }
  signs_.emplace(std::move(*opened));
  const std::chrono::microseconds patience = options_.watchdog;
  ::setenv("NOTIFY_SOCKET", signs_->address().c_str(), 1);
  ::setenv("WATCHDOG_USEC", std::to_string(patience.count()).c_str(), 1);
}

void up_session::tell(const std::string& name, const std::string& what) {
  auto line = format_time(wall_now()) + " " + name + " " + what;
  if (live_) {
    events_.push_back(line);
    if (events_.size() > events_kept)
      events_.pop_front();
  } else {
    (shared_.json ? std::cerr : std::cout) << line << std::endl;
  }
}

// At the addresses of the file another cluster may answer: the same one, started twice.
bool up_session::is_ours(const node_info& x) const {
  const auto started = launcher_.processes();
  return x.started_at >= began_
         || std::any_of(started.begin(), started.end(), [&](const process_status& y) {
              return y.name == x.name && y.pid != 0 && std::cmp_equal(y.pid, x.pid);
            });
}

void up_session::tell_when_ready(const cluster_snapshot& cluster) {
  auto joined = [&](auto& node) {
    return std::any_of(cluster.nodes.begin(), cluster.nodes.end(),
                       [&](auto& x) { return x.name == node.name && is_ours(x); });
  };
  if (ready_ || !std::all_of(config_.nodes.begin(), config_.nodes.end(), joined))
    return;
  ready_ = true;
  auto count = config_.nodes.size();
  tell("cluster", count == 1 ? "ready: its node has joined"
                             : "ready: all " + std::to_string(count) + " nodes have joined");
  for (const auto& line : next_steps(config_, options_.file))
    tell("cluster", line);
}

/// What it waits for. Under nohup a hangup means nothing.
sigset_t awaited_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (auto x : {SIGINT, SIGTERM, SIGCHLD})
    sigaddset(&signals, x);
  struct sigaction hangup {};
  if (sigaction(SIGHUP, nullptr, &hangup) != 0 || hangup.sa_handler != SIG_IGN)
    sigaddset(&signals, SIGHUP);
  return signals;
}

void up_session::wait_for_event() {
  const auto signals = awaited_signals();
  auto now = launcher::time_point::clock::now();
  auto until
    = std::min(now + redraw_interval, launcher_.next_due().value_or(now + redraw_interval));
  auto wait = std::max<std::int64_t>(
    std::chrono::duration_cast<std::chrono::nanoseconds>(until - now).count(), 0);
  timespec limit{};
  limit.tv_nsec = wait;
  if (auto signal = sigtimedwait(&signals, nullptr, &limit); signal > 0 && signal != SIGCHLD)
    take_signal(signal);
}

void up_session::take_signal(int signal) {
  if (stopping_) {
    tell("cluster", "killing all nodes");
    launcher_.kill_all();
    return;
  }
  stopping_ = true;
  tell("cluster", std::string{"stopping after SIG"} + sigabbrev_np(signal)
                    + ", workers first; once more kills");
  launcher_.stop(launcher::time_point::clock::now());
}

void up_session::show() {
  auto cluster = view_->latest();
  tell_when_ready(cluster);
  // What stays on the screen at the end must not show workers that are alive no more.
  if (launcher_.done()) {
    cluster = {};
    cluster.answered = true;
  }
  if (live_)
    screen_.draw(draw_cluster(title_, launcher_.processes(), cluster, events_,
                              size_of_terminal(STDOUT_FILENO), launcher::time_point::clock::now()));
}

int up_session::report() {
  if (auto& problem = launcher_.problem()) {
    auto text = problem->text;
    auto nodes = launcher_.processes();
    if (live_ && std::any_of(nodes.begin(), nodes.end(), [](auto& x) { return x.starts != 0; }))
      text += ", in " + log_directory_.string();
    if (const auto& name = launcher_.given_up(); live_ && name)
      text += ":\n" + last_words(log_directory_ / (*name + ".log"));
    fail(shared_, {problem->code, text});
    return exit_failed;
  }
  if (shared_.json) {
    auto nodes = json::array();
    for (auto& x : launcher_.processes())
      nodes.push_back({{"name", x.name}, {"starts", x.starts}});
    print_document({{"file", options_.file}, {"nodes", std::move(nodes)}});
  }
  return exit_ok;
}

void block_signals() {
  const auto signals = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // Whoever reads our lines may go away; the nodes must not be killed for that.
  std::signal(SIGPIPE, SIG_IGN);
}

/// The file that is used when none is named: made where there is none yet.
result<std::string> default_file(const cli& shared) {
  const std::string name = "troupe.toml";
  std::error_code code;
  if (std::filesystem::exists(name, code))
    return name;
  // Nobody else's file is overwritten, even if it comes at this moment.
  auto* file = std::fopen(name.c_str(), "wx");
  if (file == nullptr || std::fputs(single_cluster, file) == EOF || std::fclose(file) != 0)
    return failure(errc::invalid_argument, "cannot write " + name + " here: " + std::strerror(errno)
                                             + "; name a cluster file: troupe up FILE");
  if (!shared.json)
    std::cerr << "troupe: wrote " << name << ", a cluster of one node; change it as you like\n";
  return name;
}

int run(const cli& shared, const up_options& wanted) {
  auto options = wanted;
  if (!options.watchdog_text.empty())
    options.watchdog = duration_of("--watchdog", options.watchdog_text);
  if (options.file.empty()) {
    auto file = default_file(shared);
    if (!file)
      return fail(shared, file.error());
    options.file = *file;
  }
  auto config = load_config(options.file);
  if (!config)
    return fail(shared, config.error());
  block_signals();
  up_session session{shared, options, std::move(*config)};
  return session.run();
}

} // namespace

void add_up_command(CLI::App& app, cli& shared) {
  auto command
    = app.add_subcommand("up", "Run every node of a cluster on this machine, and keep it running");
  auto options = std::make_shared<up_options>();
  command
    ->add_option("FILE", options->file,
                 "The cluster file [troupe.toml, which is made if it is not there]")
    ->type_name("");
  command
    ->add_option("--exe", options->program,
                 "Start this program for each node instead of troupe itself, as PROGRAM node NAME "
                 "--config FILE; for handlers that are compiled in")
    ->type_name("PROGRAM");
  command
    ->add_option("--watchdog", options->watchdog_text,
                 "Kill a node that hangs so long, and start it again; 0s: never [1m]")
    ->type_name("DURATION");
  add_json_option(*command, shared);
  command->footer(
    "Without FILE it uses troupe.toml in the current folder; if there is none, it writes one for "
    "a\n"
    "single node with a queue and a collection. Data lie where the file says: ./var.\n\n"
    "Shows a live table on a terminal, and a line an event elsewhere. A node that ends is started\n"
    "again. Ctrl-C, SIGTERM or the end of its terminal stops all, workers first; a second one\n"
    "kills them. Under nohup it goes on without a terminal.");
  command->callback([&shared, options] { shared.status = run(shared, *options); });
}

} // namespace troupe
