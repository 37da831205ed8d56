#include <CLI/CLI.hpp>
#include <exception>
#include <fstream>
#include <iostream>

#include "bench/cache.hpp"
#include "bench/jobs.hpp"
#include "bench/node_program.hpp"
#include "bench/store_bench.hpp"

namespace {

using namespace troupe::bench;

int run_jobs(const jobs_options& options, const std::string& json_file) {
  report results{jobs_figures()};
  run_jobs_benchmark(options, results);
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

CLI::App* add_cache_command(CLI::App& app, cache_bench_options& options) {
  auto* cache = app.add_subcommand("cache", "Hit ratios of the record cache beside plain LRU, and "
                                            "what an entry costs");
  auto* trace = cache->add_option("--trace", options.trace, "Replay this trace, too; unpacked")
                  ->check(CLI::ExistingFile);
  cache->add_option("--format", options.format, "Of the trace")
    ->check(CLI::IsMember(trace_formats))
    ->needs(trace);
  cache->add_option("--sizes", options.sizes, "Entries, with commas between them")
    ->delimiter(',')
    ->check(CLI::Range(1, 100'000'000))
    ->needs(trace);
  return cache;
}

int run(int argc, char** argv) {
  CLI::App app{"Measures Troupe with real processes on this machine; docs/benchmarks.md says what "
               "the figures mean. Exits with 1 when a goal is missed, with 2 when a measurement "
               "failed."};
  app.require_subcommand(1);

  jobs_options options;
  std::vector<std::string> only;
  std::string json_file, peer;
  auto* jobs = app.add_subcommand("jobs", "The job pool");
  jobs->add_option("--seconds", options.seconds, "Length of each timed case")
    ->check(CLI::Range(0.1, 600.0))
    ->capture_default_str();
  jobs->add_option("--runs", options.runs, "How often everything is measured")
    ->check(CLI::Range(1, 100))
    ->capture_default_str();
  jobs->add_option("--only", only, "Parts to measure, with commas between them")
    ->delimiter(',')
    ->check(CLI::IsMember(jobs_parts));
  jobs->add_option("--peer", peer, "Measure this one beside it; it must be installed")
    ->check(CLI::IsMember({"redis"}));
  jobs->add_option("--json", json_file, "Write the figures to this file, too");

  std::string name, config_file;
  auto* node = app.add_subcommand("node", "One node of a measured cluster")->group("");
  node->add_option("name", name)->required();
  node->add_option("--config", config_file)->required();

  std::string folder;
  std::size_t store_jobs = 500'000;
  auto* store = app.add_subcommand("store", "The storage engine alone, in a folder on a real disk");
  store->add_option("folder", folder)->required();
  store->add_option("jobs", store_jobs)
    ->check(CLI::Range(500'000, 10'000'000))
    ->capture_default_str();

  cache_bench_options cache_options;
  auto* cache = add_cache_command(app, cache_options);

  CLI11_PARSE(app, argc, argv);
  if (cache->parsed())
    return run_cache_benchmark(cache_options) ? 0 : 1;
  if (store->parsed()) {
    run_store_benchmark(folder, store_jobs);
    return 0;
  }
  if (node->parsed())
    return run_node(config_file, name);
  options.only = {only.begin(), only.end()};
  options.redis = peer == "redis";
  return run_jobs(options, json_file);
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
