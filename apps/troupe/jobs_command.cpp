// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <set>

#include "apps/troupe/cluster_tables.hpp"
#include "apps/troupe/command.hpp"
#include "apps/troupe/interrupt.hpp"
#include "apps/troupe/job_listing.hpp"
#include "apps/troupe/job_text.hpp"
#include "apps/troupe/terminal.hpp"
#include "apps/troupe/text_format.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

struct list_options {
  std::string queue;
  std::vector<std::string> states;
  std::uint32_t limit = 50;
  std::string before;
  std::string tag;
  std::string text;
};

list_jobs request_of(const list_options& options) {
  list_jobs request;
  request.queue = options.queue;
  request.limit = options.limit;
  request.tag = options.tag;
  request.text = options.text;
  for (auto& name : options.states) {
    job_state state{};
    if (!from_string(name, state))
      throw CLI::ValidationError{"--state", "\"" + name
                                              + "\" is no state; expected one of scheduled, ready, "
                                                "running, retrying, succeeded, dead, cancelled"};
    request.states.push_back(state);
  }
  if (!options.before.empty())
    request.before = job_id_of("--before", options.before);
  return request;
}

result<int> list(const cli& shared, client& cluster, const list_jobs& request) {
  interrupt_guard guard;
  auto found = list_all([&](list_jobs x) { return cluster.list(std::move(x)); }, request,
                        [&] { return guard.interrupted(); });
  if (!found)
    return tl::unexpected{found.error()};
  if (shared.json) {
    auto items = json::array();
    for (auto& x : found->jobs)
      items.push_back(json_of(x, false));
    auto next = found->next == 0 ? json(nullptr) : json(std::to_string(found->next));
    print_document({{"jobs", std::move(items)}, {"next", std::move(next)}});
  } else {
    print_lines(table_of(found->jobs).lines(output_width()));
    if (found->next != 0)
      std::cerr << "There is more: --before " << found->next << '\n';
  }
  return guard.interrupted() ? exit_interrupted : exit_ok;
}

result<int> show(const cli& shared, client& cluster, const std::vector<job_id>& ids) {
  auto jobs = get_jobs_in_portions(cluster, ids, true);
  if (!jobs)
    return tl::unexpected{jobs.error()};
  std::set<job_id> found;
  for (auto& x : *jobs)
    found.insert(x.id);
  std::vector<job_id> unknown;
  std::copy_if(ids.begin(), ids.end(), std::back_inserter(unknown),
               [&](auto id) { return !found.contains(id); });
  if (shared.json) {
    auto items = json::array();
    for (auto& x : *jobs)
      items.push_back(json_of(x, true));
    print_document({{"jobs", std::move(items)}, {"unknown", json_of_ids(unknown)}});
  } else {
    // A script wants all of an error, a reader its beginning and its end.
    const auto bounds = output_width() == 0 ? text_bounds{} : text_bounds{40, 1000};
    for (auto& x : *jobs) {
      if (&x != &jobs->front())
        std::cout << '\n';
      print_lines(describe_job(x, bounds));
    }
    if (!unknown.empty())
      std::cerr << "troupe: no job has the id " << format_ids(unknown)
                << ", or its retention is over\n";
  }
  return unknown.empty() ? exit_ok : exit_failed;
}

using change = result<std::vector<errc>> (client::*)(std::vector<job_id>);

/// What is said of a job that was changed, and of one whose state forbids it.
struct change_texts {
  const char* done;
  const char* wrong_state;
};

std::string refusal_of(errc code, const change_texts& texts) {
  if (code == errc::wrong_state)
    return texts.wrong_state;
  if (code == errc::unknown_job)
    return "is unknown, or its retention is over";
  return "was not changed: " + to_string(code);
}

/// Cancels or retries: both answer a code an id.
result<int> apply(const cli& shared, client& cluster, const std::vector<job_id>& ids,
                  change function, const change_texts& texts, std::string& outcome) {
  auto items = json::array();
  std::vector<job_id> changed;
  auto portion = static_cast<std::ptrdiff_t>(limits::batch_jobs_max);
  for (auto i = ids.begin(); i != ids.end();) {
    std::vector<job_id> some{i, i + std::min(portion, ids.end() - i)};
    auto codes = (cluster.*function)(some);
    if (!codes)
      return failure(codes.error().code,
                     codes.error().text
                       + (changed.empty() ? "; no job was changed before that"
                                          : std::string{"; before that these were "} + texts.done
                                              + ": " + format_ids(changed)));
    for (std::size_t j = 0; j < codes->size(); ++j) {
      auto code = (*codes)[j];
      items.push_back({{"id", std::to_string(some[j])}, {"code", name_of(code)}});
      if (code == errc::none)
        changed.push_back(some[j]);
      else if (!shared.json)
        std::cerr << "troupe: job " << some[j] << " " << refusal_of(code, texts) << '\n';
    }
    i += static_cast<std::ptrdiff_t>(some.size());
    outcome = std::to_string(changed.size()) + " of " + format_count(ids.size(), "job");
  }
  if (shared.json)
    print_document({{"jobs", std::move(items)}});
  else if (!changed.empty())
    std::cout << texts.done << ' ' << format_ids(changed) << '\n';
  return changed.size() == ids.size() ? exit_ok : exit_failed;
}

void add_list(CLI::App& group, cli& shared) {
  auto command = group.add_subcommand("list", "List jobs, newest first");
  auto options = std::make_shared<list_options>();
  command->add_option("--queue", options->queue, "Only of this queue")->type_name("QUEUE");
  command
    ->add_option("--state", options->states,
                 "Only in these states, with commas between: scheduled, ready, running, retrying, "
                 "succeeded, dead, "
                 "cancelled")
    ->type_name("STATE")
    ->delimiter(',');
  command->add_option("--tag", options->tag, "Only with this tag")->type_name("TAG");
  command->add_option("--text", options->text, "Only with this in their payload or error")
    ->type_name("TEXT");
  command->add_option("--limit", options->limit, "How many, up to 10000 [50]")
    ->check(within(1, limits::batch_jobs_max))
    ->type_name("N");
  command->add_option("--before", options->before, "Only older ones: with an id below this")
    ->type_name("ID");
  add_client_options(*command, shared);
  command->callback([&shared, options] {
    auto request = request_of(*options);
    shared.status = with_client(shared, [&](client& x) { return list(shared, x, request); });
  });
}

/// A command about jobs; `run` is `void(const std::vector<job_id>&)`.
template <class Run>
void add_with_ids(CLI::App& group, cli& shared, const char* name, const char* help, Run run) {
  auto command = group.add_subcommand(name, help);
  auto texts = std::make_shared<std::vector<std::string>>();
  command->add_option("ID", *texts, "Job ids, or ranges such as 42-57")->required()->type_name("");
  add_client_options(*command, shared);
  command->callback([texts, run = std::move(run)] { run(ids_of(*texts)); });
}

void add_change(CLI::App& group, cli& shared, const char* name, const char* help, change function,
                const change_texts& texts) {
  add_with_ids(group, shared, name, help, [=, &shared](const std::vector<job_id>& ids) {
    shared.status
      = with_change(shared, name + (" " + format_ids(ids)), [&](client& x, std::string& outcome) {
          return apply(shared, x, ids, function, texts, outcome);
        });
  });
}

} // namespace

void add_jobs_command(CLI::App& app, cli& shared) {
  auto group = app.add_subcommand("jobs", "List, show, cancel and retry jobs");
  group->require_subcommand(1);
  add_list(*group, shared);
  add_with_ids(
    *group, shared, "show", "Show all that is known of jobs", [&shared](const auto& ids) {
      shared.status = with_client(shared, [&](client& x) { return show(shared, x, ids); });
    });
  add_change(*group, shared, "cancel", "Cancel jobs; running ones are asked to stop",
             &client::cancel, {"cancelled", "has finished already"});
  add_change(*group, shared, "retry", "Make dead and cancelled jobs ready again", &client::retry,
             {"ready again", "is neither dead nor cancelled; only such jobs can be tried again"});
}

} // namespace troupe
