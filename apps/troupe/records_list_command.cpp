// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <optional>
#include <utility>

#include "apps/troupe/interrupt.hpp"
#include "apps/troupe/records_command.hpp"
#include "apps/troupe/terminal.hpp"
#include "apps/troupe/text_table.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

struct list_options {
  list_records request;
  std::vector<std::string> words;
  bool all = false;
};

/// `count`: how many match, if that was asked for.
json page_document(json items, const records_page& page, std::optional<std::uint64_t> count) {
  json document{{"records", std::move(items)},
                {"next", page.next.empty() ? json(nullptr) : json(page.next)}};
  if (count)
    document["count"] = *count;
  document["sequence"] = page.sequence;
  return document;
}

result<int> list(const cli& shared, client& cluster, list_options options) {
  interrupt_guard guard;
  auto items = json::array();
  records_page page;
  std::optional<std::uint64_t> count;
  do {
    auto next = cluster.page(options.request);
    if (!next)
      return tl::unexpected{next.error()};
    page = std::move(*next);
    for (auto& x : page.records)
      if (shared.json)
        items.push_back(json_of(x));
      else
        std::cout << record_json(x) << '\n';
    std::cout << std::flush;
    options.request.cursor = page.next;
    // Counted once.
    if (std::exchange(options.request.count, false)) {
      count = page.count;
      if (!shared.json)
        std::cerr << page.count << " match\n";
    }
  } while (options.all && !page.next.empty() && !guard.interrupted());
  if (shared.json)
    print_document(page_document(std::move(items), page, count));
  else if (!page.next.empty())
    std::cerr << "There is more: --cursor " << page.next << '\n';
  return guard.interrupted() ? exit_interrupted : exit_ok;
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (auto& x : words)
    result += (result.empty() ? "" : " ") + x;
  return result;
}

void add_list_options(CLI::App& command, list_options& options) {
  auto& request = options.request;
  command
    .add_option("--filter", request.filter, "Only those that match, e.g. 'done = false and n > 3'")
    ->type_name("EXPRESSION");
  command
    .add_option("--sort", request.sort, "Fields to sort by, - in front for descending: -n,title")
    ->type_name("FIELDS");
  command
    .add_option("--fields", request.fields, "Only these fields, and the id: title,author.name")
    ->type_name("FIELDS");
  command.add_option("--limit", request.limit, "How many, up to 1000 [100]")
    ->check(within(1, limits::page_records_max))
    ->type_name("N");
  command.add_option("--cursor", request.cursor, "Go on where the last page ended")
    ->type_name("CURSOR");
  command.add_flag("--count", request.count, "Say how many match, on all pages together");
  command.add_flag("--all", options.all, "All pages, one after another");
}

void add_list(CLI::App& group, cli& shared) {
  auto command = group.add_subcommand("list", "Print records that match, a line of JSON each");
  auto options = std::make_shared<list_options>();
  add_collection_option(*command, options->request.collection);
  add_list_options(*command, *options);
  add_client_options(*command, shared);
  command->footer(R"(Examples:
  troupe records list notes --filter 'done = false' --sort -created_at --limit 20
  troupe records list notes --fields title --all | jq .title)");
  command->callback([&shared, options] {
    shared.status = with_client(shared, [&](client& x) { return list(shared, x, *options); });
  });
}

void add_search(CLI::App& group, cli& shared) {
  auto command = group.add_subcommand("search", "Print records that have these words, best first");
  auto options = std::make_shared<list_options>();
  add_collection_option(*command, options->request.collection);
  command->add_option("WORDS", options->words, "Words, \"a phrase\", or a beginning such as wat*")
    ->required()
    ->type_name("");
  add_list_options(*command, *options);
  add_client_options(*command, shared);
  command->footer(R"(Examples:
  troupe records search notes milk bread
  troupe records search notes '"fresh milk"' --filter 'done = false')");
  command->callback([&shared, options] {
    options->request.search = joined(options->words);
    shared.status = with_client(shared, [&](client& x) { return list(shared, x, *options); });
  });
}

result<int> show_collections(const cli& shared, client& cluster) {
  auto collections = cluster.collections();
  if (!collections)
    return tl::unexpected{collections.error()};
  if (shared.json) {
    auto items = json::array();
    for (auto& x : *collections)
      items.push_back(json_of(x));
    print_document({{"collections", std::move(items)}});
    return exit_ok;
  }
  text_table table{
    {{"COLLECTION"}, {"RECORDS", true}, {"SEQUENCE", true}, {"INDEXES"}, {"SEARCH"}}};
  for (auto& x : *collections)
    table.add({x.declaration.name, std::to_string(x.records), std::to_string(x.sequence),
               joined(x.declaration.indexes), joined(x.declaration.search)});
  print_lines(table.lines(output_width()));
  return exit_ok;
}

result<int> show_caches(const cli& shared, client& cluster) {
  auto caches = cluster.caches();
  if (!caches)
    return tl::unexpected{caches.error()};
  auto items = json::array();
  text_table table{{{"NODE"},
                    {"CACHE", true},
                    {"SHARDS", true},
                    {"COLLECTION"},
                    {"ENTRIES", true},
                    {"BYTES", true},
                    {"HITS", true},
                    {"MISSES", true},
                    {"EVICTIONS", true}}};
  for (auto& cache : *caches) {
    items.push_back(json_of(cache));
    for (auto& x : cache.collections)
      table.add({cache.owner.node, std::to_string(cache.owner.number),
                 std::to_string(cache.held.size()), x.collection, std::to_string(x.entries),
                 std::to_string(x.bytes), std::to_string(x.hits),
                 std::to_string(x.misses + x.coalesced), std::to_string(x.evictions)});
  }
  if (shared.json)
    print_document({{"caches", std::move(items)}});
  else
    print_lines(table.lines(output_width()));
  return exit_ok;
}

void add_plain(CLI::App& group, cli& shared, const char* name, const char* help,
               result<int> (*show)(const cli&, client&)) {
  auto command = group.add_subcommand(name, help);
  add_client_options(*command, shared);
  command->callback([&shared, show] {
    shared.status = with_client(shared, [&](client& x) { return show(shared, x); });
  });
}

} // namespace

void add_record_list_commands(CLI::App& group, cli& shared) {
  add_list(group, shared);
  add_search(group, shared);
  add_plain(group, shared, "collections", "List the collections with their sizes",
            show_collections);
  add_plain(group, shared, "caches", "List what the caches hold, and how often it was asked for",
            show_caches);
}

} // namespace troupe
