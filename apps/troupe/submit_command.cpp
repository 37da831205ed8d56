// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "apps/troupe/command.hpp"
#include "apps/troupe/interrupt.hpp"
#include "apps/troupe/job_wait.hpp"
#include "apps/troupe/progress.hpp"
#include "apps/troupe/submission.hpp"
#include "apps/troupe/submit_output.hpp"
#include "gateway/trace_context.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

struct submit_options {
  std::string queue;
  std::string source; ///< "-"
  std::string payload;
  std::string file;
  bool has_payload = false;
  bool lines = false;
  std::uint64_t count = 1;
  std::uint32_t priority = limits::priority_default;
  std::uint32_t max_attempts = 0;
  std::string delay = "0s";
  std::vector<std::string> tags;
  bool wait = false;
  std::string timeout;
};

/// Throws what becomes `exit_usage`.
void check(const submit_options& options) {
  auto sources
    = int{options.has_payload} + int{!options.file.empty()} + int{!options.source.empty()};
  if (sources > 1)
    throw CLI::ValidationError{"submit", "--payload, --file and - exclude each other"};
  if (!options.source.empty() && options.source != "-")
    throw CLI::ValidationError{"submit",
                               "\"" + options.source
                                 + "\" is not expected here; a payload is given with "
                                   "--payload JSON, --file FILE, or - for standard input"};
  if (options.lines && (options.has_payload || sources == 0))
    throw CLI::ValidationError{"--lines", "takes its lines from --file FILE, or - for standard "
                                          "input"};
  if (!options.timeout.empty() && !options.wait)
    throw CLI::ValidationError{"--timeout", "is how long to wait, and needs --wait"};
  if (options.has_payload)
    if (auto json = check_json(options.payload); !json)
      throw CLI::ValidationError{"--payload", json.error().text};
}

job_options options_of(const submit_options& options) {
  job_options result;
  result.priority = static_cast<std::uint8_t>(options.priority);
  result.delay = duration_of("--delay", options.delay);
  result.max_attempts = options.max_attempts;
  return result;
}

/// What all jobs have in common. Whoever is traced hands its trace on.
new_job pattern_of(const submit_options& options) {
  const auto* trace_parent = std::getenv("TRACEPARENT");
  return {{},
          options_of(options),
          options.tags,
          trace_parent == nullptr ? std::string{} : checked_trace_parent(trace_parent)};
}

/// Reads as far as is needed to see that it is too large for any queue.
std::string read_payload(std::istream& in) {
  std::string result(limits::payload_bytes_max + 1, '\0');
  in.read(result.data(), static_cast<std::streamsize>(result.size()));
  result.resize(static_cast<std::size_t>(in.gcount()));
  return result;
}

result<payload_source> source_of(const submit_options& options, std::ifstream& file) {
  if (options.file.empty() && options.source.empty())
    return payload_source{options.payload, options.count};
  std::istream* in = &std::cin;
  std::string name = "standard input";
  if (!options.file.empty()) {
    name = options.file;
    file.open(options.file, std::ios::binary);
    // A directory opens, and fails when it is read.
    if (!file || (file.peek(), file.bad()))
      return failure(errc::invalid_argument, "cannot read " + name + ": " + std::strerror(errno));
    file.clear();
    in = &file;
  }
  if (options.lines)
    return payload_source{*in, options.count};
  auto payload = read_payload(*in);
  if (payload.size() > limits::payload_bytes_max)
    return failure(errc::payload_too_large, name + " is larger than any queue takes ("
                                              + std::to_string(limits::payload_bytes_max)
                                              + " bytes); store it elsewhere and send its address");
  return payload_source{std::move(payload), options.count};
}

/// Stores all jobs, or fewer when it is interrupted.
result<std::vector<job_id>> store(const cli& shared, client& cluster, const submit_options& options,
                                  payload_source& source, const interrupt_guard& guard) {
  submission stored{
    [&](auto jobs, auto done) { cluster.enqueue(options.queue, std::move(jobs), std::move(done)); },
    pattern_of(options)};
  {
    progress_bar bar{"submitting", source.total(), !shared.json};
    stored.run(source, [&](auto count) {
      bar.update(count);
      if (guard.interrupted())
        source.stop();
    });
  }
  if (!stored.problem())
    return stored.ids();
  auto problem = *stored.problem();
  if (stored.stored() != 0)
    problem.text += "; stored before that: " + describe_stored(stored.ids());
  return tl::unexpected{problem};
}

void print_stored(const cli& shared, const submit_options& options,
                  const std::vector<job_id>& ids) {
  if (shared.json)
    print_document({{"queue", options.queue}, {"count", ids.size()}, {"ids", json_of_ids(ids)}});
  else
    std::cout << describe_stored(ids) << std::endl;
}

/// The jobs are stored and go on: whoever stops waiting must be able to find them.
int report_interrupted(const cli& shared, const submit_options& options,
                       const std::vector<job_id>& ids) {
  if (!shared.json)
    std::cerr << "troupe: stopped by a signal; "
              << (ids.empty() ? "nothing was stored\n" : "these jobs are stored and go on:\n");
  if (shared.json || !ids.empty())
    print_stored(shared, options, ids);
  return exit_interrupted;
}

result<int> wait_for_outcomes(const cli& shared, client& cluster, const submit_options& options,
                              const std::vector<job_id>& ids, const interrupt_guard& guard) {
  job_tracker tracker{ids};
  std::optional<milliseconds> timeout;
  if (!options.timeout.empty())
    timeout = duration_of("--timeout", options.timeout);
  result<void> waited;
  {
    progress_bar bar{"waiting", tracker.total(), !shared.json};
    waited = wait_for_jobs(cluster, tracker, timeout, [&](auto count) {
      bar.update(count);
      return !guard.interrupted();
    });
  }
  if (!tracker.done() && guard.interrupted())
    return report_interrupted(shared, options, ids);
  if (!waited)
    return failure(waited.error().code,
                   waited.error().text + "; the jobs are stored: " + describe_stored(ids));
  auto printed = shared.json ? print_outcomes_as_json(cluster, options.queue, ids, tracker)
                             : print_outcomes(cluster, ids, tracker);
  if (!printed)
    return tl::unexpected{printed.error()};
  return tracker.all_succeeded() ? exit_ok : exit_not_succeeded;
}

result<int> submit(const cli& shared, client& cluster, const submit_options& options,
                   payload_source& source) {
  interrupt_guard guard;
  auto ids = store(shared, cluster, options, source, guard);
  if (!ids)
    return tl::unexpected{ids.error()};
  if (guard.interrupted())
    return report_interrupted(shared, options, *ids);
  if (options.wait)
    return wait_for_outcomes(shared, cluster, options, *ids, guard);
  print_stored(shared, options, *ids);
  return exit_ok;
}

int run(const cli& shared, const submit_options& options) {
  check(options);
  // The texts are read before anything is done.
  options_of(options);
  if (!options.timeout.empty())
    duration_of("--timeout", options.timeout);
  std::ifstream file;
  auto source = source_of(options, file);
  if (!source) {
    fail(shared, source.error());
    return exit_usage;
  }
  return with_client(shared, [&](client& x) { return submit(shared, x, options, *source); });
}

constexpr auto examples = R"(Examples:
  troupe submit default --payload '{"n": 1}' --wait      prints the result
  troupe submit default --file picture.json --count 100
  find . -name '*.jpg' | troupe submit thumbnails - --lines --wait
  troupe submit default --payload 7 --tag nightly --tag report

Prints the ids of the stored jobs. With --wait it prints the result of a single job as it is, and
a line for each of several: id, state, result or error. Of more than 1000 jobs only those that did
not succeed are printed.

The environment's TRACEPARENT (W3C Trace Context) goes with the jobs.)";

void add_payload_options(CLI::App& command, submit_options& options) {
  command.add_option("QUEUE", options.queue, "The queue")->required()->type_name("");
  command.add_option("SOURCE", options.source, "- takes the payload from standard input")
    ->type_name("-");
  command
    .add_option_function<std::string>(
      "--payload",
      [&options](const std::string& text) {
        options.payload = text;
        options.has_payload = true;
      },
      "The payload, well-formed JSON [empty]")
    ->type_name("JSON");
  command.add_option("--file", options.file, "Take the payload, any bytes, from this file")
    ->type_name("FILE");
  command.add_flag("--lines", options.lines, "A job for each line that is not blank");
  command.add_option("--count", options.count, "So many copies of each job [1]")
    ->check(within(1, 1'000'000'000))
    ->type_name("N");
}

} // namespace

void add_submit_command(CLI::App& app, cli& shared) {
  auto command = app.add_subcommand("submit", "Store jobs, and wait for them if wanted");
  auto options = std::make_shared<submit_options>();
  add_payload_options(*command, *options);
  command->add_option("--priority", options->priority, "0 to 9, 9 first [5]")
    ->check(within(0, limits::priority_max))
    ->type_name("N");
  command->add_option("--delay", options->delay, "Not before this much later")
    ->type_name("DURATION");
  command
    ->add_option("--max-attempts", options->max_attempts, "Failures until it is dead [queue's]")
    ->check(positive())
    ->type_name("N");
  command->add_option("--tag", options->tags, "To find the jobs by; may be repeated")
    ->type_name("TAG")
    ->allow_extra_args(false);
  command->add_flag("--wait", options->wait, "Wait until the jobs have finished");
  command->add_option("--timeout", options->timeout, "How long to wait [for ever]")
    ->type_name("DURATION");
  add_client_options(*command, shared);
  command->footer(examples);
  command->callback([&shared, options] { shared.status = run(shared, *options); });
}

} // namespace troupe
