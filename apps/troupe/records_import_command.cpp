// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <random>
#include <thread>

#include "apps/troupe/import_run.hpp"
#include "apps/troupe/interrupt.hpp"
#include "apps/troupe/progress.hpp"
#include "apps/troupe/records_command.hpp"
#include "apps/troupe/text_format.hpp"

namespace troupe {

namespace {

constexpr std::size_t batch_lines_max = 500;

struct import_options {
  std::string collection;
  std::string file; ///< "-"
  std::size_t batch = batch_lines_max;
  bool resume = false;
  bool skip_bad = false;

  bool from_file() const { return file != "-"; }
};

import_state fresh_state(const import_options& options) {
  std::random_device random;
  import_state state;
  state.collection = options.collection;
  state.run = fmt::format("{:08x}{:08x}", random(), random());
  return state;
}

/// Where to begin.
result<import_state> state_of(const import_options& options) {
  if (!options.from_file())
    return fresh_state(options);
  auto path = state_file_of(options.file);
  auto found = load_state(path);
  if (!found)
    return tl::unexpected{found.error()};
  auto& state = *found;
  if (!options.resume && state)
    return failure(errc::invalid_argument,
                   fmt::format("an import of {} stopped after line {}; go on with --resume, or "
                               "remove {} to begin again",
                               options.file, state->line, path.string()));
  if (options.resume && !state)
    return failure(
      errc::invalid_argument,
      fmt::format("there is no import of {} to go on with: no {}", options.file, path.string()));
  if (state && state->collection != options.collection)
    return failure(errc::invalid_argument, fmt::format("the import of {} that stopped is into '{}'",
                                                       options.file, state->collection));
  return state ? *state : fresh_state(options);
}

/// Opens the file where the import begins. How many lines it has; 0: unknown.
result<std::uint64_t> open(const import_options& options, const import_state& state,
                           std::ifstream& file) {
  if (!options.from_file())
    return 0;
  file.open(options.file, std::ios::binary);
  // A directory opens, and fails when it is read.
  if (!file || (file.peek(), file.bad()))
    return failure(errc::invalid_argument,
                   "cannot read " + options.file + ": " + std::strerror(errno));
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  std::string block(1 << 16, '\0');
  for (;;) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    auto count = file.gcount();
    if (count == 0)
      break;
    lines += static_cast<std::uint64_t>(std::count(block.begin(), block.begin() + count, '\n'));
    bytes += static_cast<std::uint64_t>(count);
  }
  if (state.offset > bytes)
    return failure(errc::invalid_argument,
                   options.file + " is shorter than when its import stopped");
  file.clear();
  file.seekg(static_cast<std::streamoff>(state.offset));
  return lines;
}

int print_report(const cli& shared, const import_options& options, const import_run& run,
                 const import_report& report) {
  if (shared.json) {
    auto bad = json::array();
    for (auto& x : report.bad)
      bad.push_back({{"line", x.number}, {"text", x.text}});
    json document{{"collection", options.collection},
                  {"lines", run.state().line},
                  {"created", report.created},
                  {"updated", report.updated},
                  {"skipped", report.skipped},
                  {"bad", std::move(bad)},
                  {"complete", !report.problem && !report.stopped}};
    if (report.problem)
      document.update(json_of(*report.problem));
    print_document(document);
  } else {
    for (auto& x : report.bad)
      std::cerr << "line " << x.number << " skipped: " << one_line(x.text, 500) << '\n';
    std::cout << format_count(report.records(), "record") << " imported (" << report.created
              << " new), " << format_count(report.skipped, "line") << " skipped" << std::endl;
    if (report.problem)
      std::cerr << "troupe: " << report.problem->text << '\n';
    if (report.problem || report.stopped)
      std::cerr << "troupe: stopped after line " << run.state().line
                << (options.from_file() ? "; go on with --resume\n" : "\n");
  }
  if (report.stopped)
    return exit_interrupted;
  return report.problem ? exit_code_of(report.problem->code) : exit_ok;
}

result<int> import(const cli& shared, client& cluster, const import_options& options,
                   const import_state& state, std::istream& lines, std::uint64_t total,
                   std::string& outcome) {
  interrupt_guard guard;
  auto state_file = state_file_of(options.file);
  std::optional<progress_bar> bar;
  bar.emplace("importing", total, !shared.json);
  import_ports ports{
    .send = [&](auto changes, auto key) { return cluster.change(std::move(changes), key); },
    .save = [&](const import_state& x) -> result<void> {
      return options.from_file() ? save_state(state_file, x) : result<void>{};
    },
    .pause = [](milliseconds time) { std::this_thread::sleep_for(time); },
    .progress =
      [&](std::uint64_t line) {
        bar->update(line);
        return !guard.interrupted();
      },
  };
  import_run run{state, options.skip_bad, std::move(ports)};
  import_source source{lines, state, options.batch};
  auto report = run.run(source);
  bar.reset();
  outcome = format_count(report.records(), "record") + " imported, "
            + std::to_string(report.created) + " of them new";
  if (options.from_file() && !report.problem && !report.stopped)
    std::filesystem::remove(state_file);
  else if (options.from_file() && !report.problem)
    if (auto saved = save_state(state_file, run.state()); !saved)
      return tl::unexpected{saved.error()};
  return print_report(shared, options, run, report);
}

int run(const cli& shared, const import_options& options) {
  if (options.resume && !options.from_file())
    throw CLI::ValidationError{"--resume", "needs a file: standard input cannot be read again"};
  std::ifstream file;
  auto state = state_of(options);
  auto lines = state.and_then([&](auto& x) { return open(options, x, file); });
  if (!lines) {
    fail(shared, lines.error());
    return exit_usage;
  }
  return with_change(shared, "import records into " + options.collection,
                     [&](client& x, std::string& outcome) {
                       return import(shared, x, options, *state,
                                     options.from_file() ? file : std::cin, *lines, outcome);
                     });
}

} // namespace

void add_record_import_command(CLI::App& group, cli& shared) {
  auto command = group.add_subcommand("import", "Put records from lines of JSON");
  auto options = std::make_shared<import_options>();
  add_collection_option(*command, options->collection);
  command->add_option("FILE", options->file, "A file, or - for standard input")
    ->required()
    ->type_name("");
  command->add_flag("--resume", options->resume, "Go on with the import of this file that stopped");
  command->add_flag("--skip-bad", options->skip_bad, "Leave out lines that are wrong or refused");
  command->add_option("--batch", options->batch, "Lines that are made together, up to 500 [500]")
    ->check(within(1, batch_lines_max))
    ->type_name("N");
  add_client_options(*command, shared);
  command->footer(R"(Examples:
  troupe records import notes notes.ndjson
  troupe records import notes notes.ndjson --resume --skip-bad
  zcat notes.ndjson.gz | troupe records import notes -

Records with an "id" are created or replaced, those without one are created. The lines of a batch
are made all together or not at all. How far it has come stands in FILE.troupe-import until it is
done: after Ctrl-C or a failure, --resume goes on from there, and makes nothing twice if that is
within a day.)");
  command->callback([&shared, options] { shared.status = run(shared, *options); });
}

} // namespace troupe
