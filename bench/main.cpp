// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>

#include "bench/cache.hpp"
#include "bench/http.hpp"
#include "bench/jobs.hpp"
#include "bench/node_program.hpp"
#include "bench/records.hpp"
#include "bench/store_bench.hpp"

namespace {

using namespace troupe::bench;

/// The status to exit with.
int show(const report& results, const std::string& json_file) {
  results.print(std::cout);
  if (!json_file.empty()) {
    std::ofstream out{json_file};
    results.write_json(out);
    if (!out.flush()) {
      std::cerr << "cannot write " << json_file << '\n';
      return 2;
    }
  }
  return results.all_reached() ? 0 : 1;
}

/// What all commands that measure again and again have in common.
template <class Options>
struct series {
  Options options;
  std::vector<std::string> only;
  std::string json_file;

  void add_to(CLI::App& command, const std::vector<std::string>& parts) {
    command.add_option("--seconds", options.seconds, "Length of each timed case")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
    command.add_option("--runs", options.runs, "How often everything is measured")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
    command.add_option("--only", only, "Parts to measure, with commas between them")
      ->delimiter(',')
      ->check(CLI::IsMember(parts));
    command.add_option("--json", json_file, "Write the figures to this file, too");
  }

  int run(std::vector<figure> figures, void (*measure)(const Options&, report&)) {
    options.only = {only.begin(), only.end()};
    report results{std::move(figures)};
    measure(options, results);
    return show(results, json_file);
  }
};

// Each of these adds one command, and sets `run` when that one is called.
using action = std::function<int()>;

void add_jobs(CLI::App& app, action& run) {
  auto* command = app.add_subcommand("jobs", "The job pool");
  auto jobs = std::make_shared<series<jobs_options>>();
  auto peer = std::make_shared<std::string>();
  jobs->add_to(*command, jobs_parts);
  command->add_option("--peer", *peer, "Measure this one beside it; it must be installed")
    ->check(CLI::IsMember({"redis"}));
  command->callback([=, &run] {
    run = [=] {
      jobs->options.redis = *peer == "redis";
      return jobs->run(jobs_figures(), run_jobs_benchmark);
    };
  });
}

void add_records(CLI::App& app, action& run) {
  auto* command = app.add_subcommand("records", "Records: reads, writes, lists, memory");
  auto records = std::make_shared<series<records_options>>();
  records->add_to(*command, records_parts);
  command->add_option("--records", records->options.records, "Records that are listed and searched")
    ->check(CLI::Range(1000, 100'000'000))
    ->capture_default_str();
  command->callback(
    [=, &run] { run = [=] { return records->run(records_figures(), run_records_benchmark); }; });
}

void add_http(CLI::App& app, action& run) {
  auto* command = app.add_subcommand("http", "HTTP, beside nginx and a Node service");
  auto http = std::make_shared<series<http_options>>();
  http->add_to(*command, http_parts);
  auto& options = http->options;
  command->add_option("--program", options.program, "The program `troupe`, if not that beside this")
    ->check(CLI::ExistingFile);
  command
    ->add_option("--node-peer", options.node_service,
                 "The Node service; left out if it is not there")
    ->capture_default_str();
  command->callback(
    [=, &run] { run = [=] { return http->run(http_figures(), run_http_benchmark); }; });
}

void add_cache(CLI::App& app, action& run) {
  auto* command = app.add_subcommand("cache", "Hit ratios of the record cache beside plain LRU, "
                                              "and what an entry costs");
  auto options = std::make_shared<cache_bench_options>();
  auto* trace = command->add_option("--trace", options->trace, "Replay this trace, too; unpacked")
                  ->check(CLI::ExistingFile);
  command->add_option("--format", options->format, "Of the trace")
    ->check(CLI::IsMember(trace_formats))
    ->needs(trace);
  command->add_option("--sizes", options->sizes, "Entries, with commas between them")
    ->delimiter(',')
    ->check(CLI::Range(1, 100'000'000))
    ->needs(trace);
  command->callback([=, &run] { run = [=] { return run_cache_benchmark(*options) ? 0 : 1; }; });
}

void add_store(CLI::App& app, action& run) {
  auto* command
    = app.add_subcommand("store", "The storage engine alone, in a folder on a real disk");
  auto folder = std::make_shared<std::string>();
  auto jobs = std::make_shared<std::size_t>(500'000);
  command->add_option("folder", *folder)->required();
  command->add_option("jobs", *jobs)->check(CLI::Range(500'000, 10'000'000))->capture_default_str();
  command->callback([=, &run] {
    run = [=] {
      run_store_benchmark(*folder, *jobs);
      return 0;
    };
  });
}

void add_node(CLI::App& app, action& run) {
  auto* command = app.add_subcommand("node", "One node of a measured cluster")->group("");
  auto name = std::make_shared<std::string>();
  auto config_file = std::make_shared<std::string>();
  command->add_option("name", *name)->required();
  command->add_option("--config", *config_file)->required();
  command->callback([=, &run] { run = [=] { return run_node(*config_file, *name); }; });
}

int run(int argc, char** argv) {
  CLI::App app{"Measures Troupe with real processes on this machine; docs/benchmarks.md says what "
               "the figures mean. Exits with 1 when a goal is missed, with 2 when a measurement "
               "failed."};
  app.require_subcommand(1);
  action chosen;
  for (const auto add : {add_jobs, add_records, add_http, add_cache, add_store, add_node})
    add(app, chosen);
  CLI11_PARSE(app, argc, argv);
  return chosen();
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "troupe_bench: " << e.what() << '\n';
    return 2;
  }
}
