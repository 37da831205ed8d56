// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <optional>
#include <thread>

#include "apps/troupe/interrupt.hpp"
#include "apps/troupe/records_command.hpp"
#include "apps/troupe/standard_streams.hpp"

namespace troupe {

namespace {

// Until Ctrl-C is heard at the latest.
constexpr milliseconds wait{1000};
constexpr std::uint32_t portion = 500;

struct watch_options {
  std::string collection;
  std::optional<std::uint64_t> after;
  std::uint64_t limit = 0; ///< 0: no end
};

result<std::uint64_t> sequence_now(client& cluster, const std::string& collection) {
  auto all = cluster.collections();
  if (!all)
    return tl::unexpected{all.error()};
  auto found
    = std::ranges::find_if(*all, [&](auto& x) { return x.declaration.name == collection; });
  if (found == all->end())
    return failure(errc::unknown_collection,
                   "there is no collection '" + collection + "'; see `troupe records collections`");
  return found->sequence;
}

/// The cluster may be back in a moment, and nothing is missed meanwhile.
bool is_passing(errc code) {
  return code == errc::unavailable || code == errc::timed_out || code == errc::overloaded
         || code == errc::shutting_down;
}

error too_old(const watch_options& options, std::uint64_t after) {
  return {errc::invalid_argument,
          "the changes after " + std::to_string(after)
            + " are no longer kept; take all records with `troupe records export "
            + options.collection + "`, then watch after the number that it ends with"};
}

result<int> watch(const cli& shared, client& cluster, const watch_options& options) {
  interrupt_guard guard;
  auto begin = options.after ? result<std::uint64_t>{*options.after}
                             : sequence_now(cluster, options.collection);
  if (!begin)
    return tl::unexpected{begin.error()};
  auto after = *begin;
  auto left = options.limit;
  auto troubled = false;
  while (!guard.interrupted()) {
    auto some
      = left == 0 ? portion : static_cast<std::uint32_t>(std::min<std::uint64_t>(portion, left));
    auto read = cluster.records(options.collection).changes(after, some, wait);
    if (!read && !is_passing(read.error().code))
      return tl::unexpected{read.error()};
    if (!read) {
      if (!std::exchange(troubled, true) && !shared.json)
        std::cerr << "troupe: " << to_string(read.error()) << "; trying again\n";
      std::this_thread::sleep_for(milliseconds{200});
      continue;
    }
    troubled = false;
    if (read->too_old)
      return tl::unexpected{too_old(options, after)};
    for (auto& x : read->changes)
      std::cout << to_line(json_of(x)) << '\n';
    std::cout << std::flush;
    if (!std::cout || reader_has_gone())
      return exit_failed; // whoever reads has enough
    after = read->next;
    if (left != 0 && (left -= std::min<std::uint64_t>(left, read->changes.size())) == 0)
      return exit_ok;
  }
  std::cerr << "troupe: stopped by a signal; go on with --after " << after << '\n';
  return exit_interrupted;
}

} // namespace

void add_record_watch_command(CLI::App& group, cli& shared) {
  auto command = group.add_subcommand("watch", "Print changes as they happen, a line of JSON each");
  auto options = std::make_shared<watch_options>();
  add_collection_option(*command, options->collection);
  command
    ->add_option("--after", options->after,
                 "Changes after this sequence; 0: from the beginning [those to come]")
    ->check(within(0, latest_change - 1))
    ->type_name("N");
  command->add_option("--limit", options->limit, "End after so many changes [never]")
    ->check(positive())
    ->type_name("N");
  add_client_options(*command, shared);
  command->footer(R"(Examples:
  troupe records watch notes
  troupe records watch notes --after 4711 | while read -r change; do ...; done

Each line has the change's "sequence": whoever keeps it can go on after it, and misses nothing. It
goes on by itself when the cluster was away. With --json too it is a line for each change.)");
  command->callback([&shared, options] {
    shared.status = with_client(shared, [&](client& x) { return watch(shared, x, *options); });
  });
}

} // namespace troupe
