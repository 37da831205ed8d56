// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <iostream>
#include <limits>
#include <thread>

#include "apps/troupe/cluster_tables.hpp"
#include "apps/troupe/command.hpp"
#include "apps/troupe/interrupt.hpp"
#include "apps/troupe/progress.hpp"
#include "apps/troupe/terminal.hpp"
#include "apps/troupe/text_format.hpp"

namespace troupe {

namespace {

constexpr std::uint32_t redrive_batch_max = 500;
constexpr std::uint32_t purge_batch = 1000;

struct redrive_options {
  std::string queue;
  double rate = 0; ///< jobs a second; 0: as fast as it goes
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
};

struct redrive_state {
  std::uint64_t moved = 0;
  std::uint64_t left = 0;
  bool interrupted = false;
};

result<int> show_queues(const cli& shared, client& cluster) {
  auto queues = cluster.queues();
  if (!queues)
    return tl::unexpected{queues.error()};
  if (!shared.json) {
    print_lines(table_of(*queues).lines(output_width()));
    return exit_ok;
  }
  auto items = json::array();
  for (auto& x : *queues)
    items.push_back(json_of(x));
  print_document({{"queues", std::move(items)}});
  return exit_ok;
}

/// How many jobs wait in the queue, for the progress bar. Refuses what is no dead-letter queue.
result<std::uint64_t> count_dead_letters(client& cluster, const std::string& name) {
  auto queues = cluster.queues();
  if (!queues)
    return tl::unexpected{queues.error()};
  auto is_source
    = std::any_of(queues->begin(), queues->end(), [&](auto& x) { return x.dead_letter == name; });
  auto found
    = std::find_if(queues->begin(), queues->end(), [&](auto& x) { return x.name == name; });
  if (found == queues->end())
    return failure(errc::unknown_queue, "there is no queue '" + name + "'; see `troupe queues`");
  if (!is_source)
    return failure(
      errc::invalid_argument,
      "queue '" + name
        + "' is no dead-letter queue: no other queue sends its dead "
          "jobs there"
        + (found->dead_letter.empty() ? "" : "; did you mean '" + found->dead_letter + "'?"));
  return found->depths.ready;
}

/// Moves jobs in portions that take a quarter of a second at the wanted rate, so that the rate is
/// even and Ctrl-C is quick.
result<redrive_state> redrive_all(client& cluster, const redrive_options& options,
                                  progress_bar& bar) {
  interrupt_guard guard;
  redrive_state state;
  auto portion = static_cast<std::uint64_t>(redrive_batch_max);
  if (options.rate > 0)
    portion = static_cast<std::uint64_t>(
      std::clamp(options.rate / 4, 1.0, static_cast<double>(redrive_batch_max)));
  auto start = std::chrono::steady_clock::now();
  while (state.moved < options.limit && !guard.interrupted()) {
    auto count = static_cast<std::uint32_t>(std::min(portion, options.limit - state.moved));
    auto answer = cluster.redrive(options.queue, count);
    if (!answer)
      return tl::unexpected{answer.error()};
    state.moved += answer->moved;
    state.left = answer->left;
    bar.update(state.moved);
    if (answer->moved == 0 || state.left == 0)
      break;
    if (options.rate > 0)
      guard.wait_until(
        start
        + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::duration<double>{static_cast<double>(state.moved) / options.rate}));
  }
  state.interrupted = guard.interrupted();
  return state;
}

result<int> redrive(const cli& shared, client& cluster, const redrive_options& options,
                    std::string& outcome) {
  auto waiting = count_dead_letters(cluster, options.queue);
  if (!waiting)
    return tl::unexpected{waiting.error()};
  result<redrive_state> state = redrive_state{};
  {
    // Jobs that die again meanwhile come back to the queue: they are not moved a second time, or a
    // handler that fails at once would keep this running for ever.
    auto bounded = options;
    bounded.limit = std::min(*waiting, options.limit);
    progress_bar bar{"redriving", bounded.limit, !shared.json};
    state = redrive_all(cluster, bounded, bar);
  }
  if (!state)
    return tl::unexpected{state.error()};
  outcome = format_count(state->moved, "job") + " moved, " + std::to_string(state->left) + " left";
  if (shared.json)
    print_document({{"queue", options.queue}, {"moved", state->moved}, {"left", state->left}});
  else
    std::cout << format_count(state->moved, "job") << " moved back from " << options.queue << ", "
              << state->left << " left\n";
  return state->interrupted ? exit_interrupted : exit_ok;
}

result<int> set_paused(const cli& shared, client& cluster, const std::string& queue, bool paused) {
  auto done = cluster.pause(queue, paused);
  if (!done)
    return tl::unexpected{done.error()};
  if (shared.json)
    print_document({{"queue", queue}, {"paused", paused}});
  else
    std::cout << queue << (paused ? " hands out no more jobs\n" : " hands out its jobs again\n");
  return exit_ok;
}

/// Jobs that are enqueued meanwhile are not cancelled.
result<int> purge(const cli& shared, client& cluster, const std::string& queue,
                  std::string& outcome) {
  interrupt_guard guard;
  queue_purged sum{0, 0, 0, true};
  while (sum.more && !guard.interrupted()) {
    auto portion = cluster.purge(queue, purge_batch, sum.up_to);
    if (!portion)
      return tl::unexpected{portion.error()};
    portion->cancelled += sum.cancelled;
    sum = *portion;
    outcome
      = format_count(sum.cancelled, "job") + " cancelled, " + std::to_string(sum.left) + " wait";
  }
  if (shared.json)
    print_document({{"queue", queue}, {"cancelled", sum.cancelled}, {"left", sum.left}});
  else
    std::cout << format_count(sum.cancelled, "job") << " cancelled in " << queue << ", " << sum.left
              << " wait\n";
  return guard.interrupted() ? exit_interrupted : exit_ok;
}

/// A command that changes one queue; `run` is `result<int>(client&, const std::string& queue,
/// std::string& outcome)`.
template <class Run>
void add_queue_command(CLI::App& group, cli& shared, const char* name, const char* text, Run run) {
  auto command = group.add_subcommand(name, text);
  auto queue = std::make_shared<std::string>();
  command->add_option("QUEUE", *queue, "The queue")->required()->type_name("");
  add_client_options(*command, shared);
  command->callback([&shared, queue, run, name] {
    shared.status
      = with_change(shared, std::string{name} + " queue " + *queue,
                    [&](client& x, std::string& outcome) { return run(x, *queue, outcome); });
  });
}

} // namespace

void add_queues_command(CLI::App& app, cli& shared) {
  auto group = app.add_subcommand("queues", "List the queues, or act on one");
  group->require_subcommand(0, 1);
  add_client_options(*group, shared);
  group->callback([&shared, group] {
    if (group->get_subcommands().empty())
      shared.status = with_client(shared, [&](client& x) { return show_queues(shared, x); });
  });

  auto command = group->add_subcommand("redrive", "Move the jobs of a dead-letter queue back to "
                                                  "the queues they came from");
  auto options = std::make_shared<redrive_options>();
  command->add_option("QUEUE", options->queue, "The dead-letter queue")->required()->type_name("");
  command->add_option("--rate", options->rate, "At most so many jobs a second [no limit]")
    ->check(positive())
    ->type_name("N");
  command->add_option("--limit", options->limit, "At most so many jobs [all]")
    ->check(positive())
    ->type_name("N");
  add_client_options(*command, shared);
  command->footer("Ctrl-C stops it between two portions; what was moved is said.");
  command->callback([&shared, options] {
    shared.status = with_change(
      shared, "redrive queue " + options->queue,
      [&](client& x, std::string& outcome) { return redrive(shared, x, *options, outcome); });
  });

  add_queue_command(*group, shared, "pause", "Hand out no more jobs of a queue; what runs goes on",
                    [&shared](client& x, const std::string& queue, std::string&) {
                      return set_paused(shared, x, queue, true);
                    });
  add_queue_command(*group, shared, "resume", "Hand out the jobs of a paused queue again",
                    [&shared](client& x, const std::string& queue, std::string&) {
                      return set_paused(shared, x, queue, false);
                    });
  add_queue_command(*group, shared, "purge", "Cancel all jobs that wait in a queue",
                    [&shared](client& x, const std::string& queue, std::string& outcome) {
                      return purge(shared, x, queue, outcome);
                    });
}

} // namespace troupe
