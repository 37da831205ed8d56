// SPDX-License-Identifier: Apache-2.0
#include "bench/http.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <unistd.h>

#include "bench/http_load.hpp"
#include "bench/http_server.hpp"
#include "bench/jobs.hpp"
#include "bench/scratch_directory.hpp"
#include "bench/signal_watch.hpp"

namespace troupe::bench {

namespace {

struct http_case {
  std::string id;
  std::string title;
  std::string unit = "1/s";
  std::vector<std::string> peers; ///< that do it, too; the first is the one to compare with
  std::optional<double> goal;     ///< Troupe's rate over that of the first peer
};

const std::vector<http_case> cases{
  {"get", "cached GET", "1/s", {"nginx_1", "nginx_2", "node"}, 1},
  {"not_modified", "conditional GET (304)", "1/s", {"nginx_1", "nginx_2"}, {}},
  {"create", "create", "1/s", {"node"}, 5},
  {"update", "update", "1/s", {"node"}, 5},
  {"mix", "mix, 90 % GET", "1/s", {"node"}, 2},
  {"enqueue", "enqueue, one a request", "jobs/s", {}, {}},
  {"enqueue_batch", "enqueue, 100 a request", "jobs/s", {}, {}},
};

const std::map<std::string, std::string> titles{{"troupe", "Troupe"},
                                                {"nginx_1", "nginx, 1 worker"},
                                                {"nginx_2", "nginx, 2 workers"},
                                                {"node", "Node"}};

/// A figure of a case for each server that does it. Troupe's stands beside the first peer's, the
/// others' beside Troupe's.
void add_figures(std::vector<figure>& into, const http_case& what, const std::string& prefix,
                 const std::string& suffix, const std::string& unit, better direction,
                 std::optional<double> goal) {
  const auto id = [&](const std::string& server) { return prefix + what.id + "_" + server; };
  const auto title
    = [&](const std::string& server) { return what.title + suffix + ", " + titles.at(server); };
  into.push_back({id("troupe"), title("troupe"), unit, goal, direction,
                  what.peers.empty() ? "" : id(what.peers.front()), goal.has_value()});
  for (const auto& peer : what.peers)
    into.push_back({id(peer),
                    title(peer),
                    unit,
                    {},
                    direction,
                    peer == what.peers.front() ? "" : id("troupe"),
                    false});
}

/// Where a program is: in PATH, or where Debian keeps servers. Empty: nowhere.
std::string find_program(const std::string& name) {
  const auto* path = std::getenv("PATH");
  auto folders = std::string{path != nullptr ? path : "/usr/bin"} + ":/usr/sbin:";
  for (std::size_t begin = 0, end = 0; (end = folders.find(':', begin)) != std::string::npos;
       begin = end + 1) {
    auto file = folders.substr(begin, end - begin) + "/" + name;
    if (access(file.c_str(), X_OK) == 0)
      return file;
  }
  return {};
}

/// The Node service where its packages are installed: in its own folder, or in the copy that the
/// kit's `setup` makes. Empty: nowhere.
std::filesystem::path installed_service(const std::filesystem::path& file) {
  const auto* copies = std::getenv("PEERS_WORK");
  const std::filesystem::path copy{copies != nullptr ? copies : "/var/tmp/peers-bench"};
  for (const auto& folder : {file.parent_path(), copy / "node"})
    if (exists(folder / file.filename()) && exists(folder / "node_modules"))
      return folder / file.filename();
  return {};
}

/// What can be measured on this machine.
struct contestants {
  std::string troupe;
  std::string nginx;                  ///< empty: it is left out
  std::filesystem::path node_service; ///< empty: it is left out
};

contestants find_contestants(const http_options& options) {
  if (find_program("wrk").empty())
    throw std::runtime_error("the load comes from wrk, which is not installed");
  contestants found;
  found.troupe
    = options.program.empty() ? (own_program().parent_path() / "troupe").string() : options.program;
  if (access(found.troupe.c_str(), X_OK) != 0)
    throw std::runtime_error("there is no program " + found.troupe);
  found.nginx = find_program("nginx");
  if (found.nginx.empty())
    std::cerr << "left out: nginx, which is not installed\n";
  if (find_program("node").empty())
    std::cerr << "left out: the Node service, because node is not installed\n";
  else if (found.node_service = installed_service(options.node_service); found.node_service.empty())
    std::cerr << "left out: the Node service; " << options.node_service
              << " is not there, or without its packages: see the README of its kit\n";
  return found;
}

/// The slices of one case and server in one run.
struct case_slices {
  double requests = 0, seconds = 0, server_seconds = 0;
  std::vector<double> p50, p99;

  void add(const load_slice& x) {
    requests += x.answers.requests;
    seconds += x.answers.seconds;
    server_seconds += x.server_seconds;
    p50.push_back(x.answers.p50_ms);
    p99.push_back(x.answers.p99_ms);
  }
};

/// Everything once, with fresh servers.
class http_run {
public:
  http_run(const http_options& options, const contestants& found, const signal_watch& signals,
           report& into);

  /// `first` of the servers begins in each turn.
  void measure(std::size_t first);

private:
  void measure_case(const http_case& what, std::size_t first);

  const http_options& options_;
  const signal_watch& signals_;
  report& report_;
  scratch_directory directory_;
  std::vector<std::unique_ptr<http_server>> servers_;
  std::vector<double> other_cores_;
};

http_run::http_run(const http_options& options, const contestants& found,
                   const signal_watch& signals, report& into)
    : options_{options},
      signals_{signals},
      report_{into} {
  const http_place place{directory_.path(), signals};
  servers_.push_back(start_troupe(found.troupe, place));
  if (!found.nginx.empty())
    for (int workers : {1, 2})
      servers_.push_back(start_nginx(found.nginx, workers, servers_.front()->records, place));
  if (!found.node_service.empty())
    servers_.push_back(start_node_service(found.node_service, place));
}

void http_run::measure(std::size_t first) {
  for (const auto& what : cases)
    if (options_.only.empty() || options_.only.contains(what.id))
      measure_case(what, first);
  report_.add("other_cores", percentile(other_cores_, 1));
}

void http_run::measure_case(const http_case& what, std::size_t first) {
  std::map<const http_server*, case_slices> slices;
  const auto in_turn = [&](const auto& function) {
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      const auto& server = *servers_[(first + i) % servers_.size()];
      if (auto plan = server.plans.find(what.id); plan != server.plans.end())
        function(server, plan->second);
    }
  };
  in_turn([&](const auto& server, const load_plan& plan) { // warms it up, and counts for nothing
    load(server, plan, 1, true, directory_.path(), signals_);
  });
  for (int second = 0; second < std::ceil(options_.seconds); ++second)
    in_turn([&](const auto& server, const load_plan& plan) {
      auto slice = load(server, plan, 1, false, directory_.path(), signals_);
      other_cores_.push_back(slice.other_cores);
      slices[&server].add(slice);
    });
  in_turn([&](const auto& server, const load_plan& plan) {
    const auto& x = slices[&server];
    const auto id = what.id + "_" + server.id;
    report_.add(id, x.requests * static_cast<double>(plan.things) / x.seconds);
    report_.add("p50_" + id, median(x.p50));
    report_.add("p99_" + id, median(x.p99));
    report_.add("cpu_" + id, x.server_seconds / x.requests * 1000);
  });
}

} // namespace

std::vector<figure> http_figures() {
  std::vector<figure> all{
    {"other_cores", "kept busy by others, worst slice", "cores", {}, better::less, "", false},
    {"fdatasync", "append 256 B + fdatasync", "1/s", {}, better::more, "", false},
    {"fdatasync_page", "overwrite 4 KiB + fdatasync", "1/s", {}, better::more, "", false}};
  for (const auto& x : cases)
    add_figures(all, x, "", "", x.unit, better::more, x.goal);
  for (const auto& x : cases)
    add_figures(all, x, "p50_", ", p50", "ms", better::less, {});
  for (const auto& x : cases)
    add_figures(all, x, "p99_", ", p99", "ms", better::less, {});
  for (const auto& x : cases)
    add_figures(all, x, "cpu_", ", CPU of 1,000", "s", better::less, {});
  return all;
}

void run_http_benchmark(const http_options& options, report& into) {
  const auto found = find_contestants(options);
  const signal_watch signals;
  for (std::size_t i = 1; i <= options.runs; ++i) {
    std::cerr << fmt::format("run {} of {}\n", i, options.runs);
    measure_machine({}, into);
    http_run{options, found, signals, into}.measure(i - 1);
  }
}

} // namespace troupe::bench
