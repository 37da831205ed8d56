// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/records_command.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "apps/troupe/payload_source.hpp"
#include "apps/troupe/text_format.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

struct change_options {
  std::string collection;
  std::vector<std::string> ids;
  std::string id;
  std::string body;
  std::uint64_t if_version = 0;
  bool if_absent = false;
  bool if_present = false;
  bool json_patch = false;
  std::string idempotency_key;
};

write_condition condition_of(const change_options& options) {
  if (options.if_version != 0)
    return {condition_kind::version, options.if_version};
  if (options.if_absent)
    return {condition_kind::absent, 0};
  return {options.if_present ? condition_kind::present : condition_kind::none, 0};
}

change_record request_of(const change_options& options, record_verb verb) {
  change_record request;
  request.collection = options.collection;
  request.id = options.id;
  request.verb = verb;
  request.body = body_of("BODY", options.body);
  if (auto checked = check_json(request.body); !checked)
    throw CLI::ValidationError{
      "BODY", "is " + checked.error().text.substr(std::string_view{"the payload is "}.size())};
  request.condition = condition_of(options);
  request.idempotency_key = options.idempotency_key;
  return request;
}

int change(const cli& shared, const change_record& request) {
  const auto what = to_string(request.verb) + " record " + request.collection + "/" + request.id;
  return with_change(shared, what, [&](client& cluster, std::string& outcome) -> result<int> {
    auto changed = cluster.change(request);
    if (!changed)
      return tl::unexpected{changed.error()};
    outcome = "version " + std::to_string(changed->value.version) + " of " + changed->value.id;
    if (shared.json)
      print_document(json_of(*changed));
    else
      print_record(changed->value);
    return exit_ok;
  });
}

result<int> get(const cli& shared, client& cluster, const change_options& options) {
  auto items = json::array();
  auto unknown = json::array();
  auto portion = static_cast<std::ptrdiff_t>(limits::batch_records_max);
  for (auto i = options.ids.begin(); i != options.ids.end();) {
    auto end = i + std::min(portion, options.ids.end() - i);
    auto found = cluster.records(options.collection).get(std::vector<std::string>{i, end});
    if (!found)
      return tl::unexpected{found.error()};
    for (auto& x : *found) {
      auto& id = *i++;
      if (x.value.version == 0)
        unknown.push_back(id);
      else if (shared.json)
        items.push_back(json_of(x.value));
      else
        print_record(x.value);
    }
    i = end;
  }
  if (shared.json)
    print_document({{"records", std::move(items)}, {"unknown", unknown}});
  else
    for (auto& id : unknown)
      std::cerr << "troupe: " << options.collection << " has no record \""
                << one_line(id.get<std::string>(), limits::record_id_bytes_max) << "\"\n";
  return unknown.empty() ? exit_ok : exit_failed;
}

/// One after another: a record that is refused does not keep the others.
result<int> remove(const cli& shared, client& cluster, const change_options& options,
                   std::string& outcome) {
  auto items = json::array();
  auto all = true;
  std::size_t gone = 0;
  for (auto& id : options.ids) {
    auto removed = cluster.records(options.collection).remove(id, {condition_of(options), {}});
    if (!removed && exit_code_of(removed.error().code) != exit_failed)
      return failure(removed.error().code, id + ": " + removed.error().text);
    all = all && removed;
    gone += removed ? 1 : 0;
    outcome
      = std::to_string(gone) + " of " + format_count(options.ids.size(), "record") + " deleted";
    if (shared.json)
      items.push_back({{"id", id}, {"code", removed ? "none" : name_of(removed.error().code)}});
    else if (removed)
      std::cout << "deleted " << id << std::endl;
    else
      std::cerr << "troupe: " << to_string(removed.error()) << '\n';
  }
  if (shared.json)
    print_document({{"records", std::move(items)}});
  return all ? exit_ok : exit_failed;
}

void add_conditions(CLI::App& command, change_options& options, bool with_absent) {
  auto version
    = command.add_option("--if-version", options.if_version, "Only if the record has this version")
        ->check(positive())
        ->type_name("N");
  auto present
    = command.add_flag("--if-present", options.if_present, "Only if there is such a record");
  version->excludes(present);
  if (!with_absent)
    return;
  command.add_flag("--if-absent", options.if_absent, "Only if there is no such record")
    ->excludes(version)
    ->excludes(present);
}

void add_body(CLI::App& command, change_options& options, const char* what) {
  command.add_option("BODY", options.body, what)->required()->type_name("JSON|@FILE|-");
  command
    .add_option("--idempotency-key", options.idempotency_key,
                "Change nothing more if this key was used before, and print what was printed then")
    ->type_name("KEY");
}

void add_get(CLI::App& group, cli& shared) {
  auto command = group.add_subcommand("get", "Print records by id, a line of JSON each");
  auto options = std::make_shared<change_options>();
  add_collection_option(*command, options->collection);
  command->add_option("ID", options->ids, "Ids of records")->required()->type_name("");
  add_client_options(*command, shared);
  command->callback([&shared, options] {
    shared.status = with_client(shared, [&](client& x) { return get(shared, x, *options); });
  });
}

void add_delete(CLI::App& group, cli& shared) {
  auto command = group.add_subcommand("delete", "Delete records by id");
  auto options = std::make_shared<change_options>();
  add_collection_option(*command, options->collection);
  command->add_option("ID", options->ids, "Ids of records")->required()->type_name("");
  add_conditions(*command, *options, false);
  add_client_options(*command, shared);
  command->callback([&shared, options] {
    if (options->if_version != 0 && options->ids.size() > 1)
      throw CLI::ValidationError{"--if-version", "is about one record, and several are named"};
    shared.status = with_change(
      shared, "delete records of " + options->collection + " from " + options->ids.front() + " on",
      [&](client& x, std::string& outcome) { return remove(shared, x, *options, outcome); });
  });
}

void add_create(CLI::App& group, cli& shared) {
  auto command = group.add_subcommand("create", "Create a record, and print it");
  auto options = std::make_shared<change_options>();
  add_collection_option(*command, options->collection);
  command->add_option("--id", options->id, "Its id [a new UUID]")->type_name("ID");
  add_body(*command, *options, "The record, a JSON object");
  add_client_options(*command, shared);
  command->footer(R"(Examples:
  troupe records create notes '{"title": "milk"}'
  troupe records create notes --id today @note.json)");
  command->callback([&shared, options] {
    shared.status = change(shared, request_of(*options, record_verb::create));
  });
}

void add_put(CLI::App& group, cli& shared) {
  auto command = group.add_subcommand("put", "Create a record or replace it, and print it");
  auto options = std::make_shared<change_options>();
  add_collection_option(*command, options->collection);
  command->add_option("ID", options->id, "Id of the record")->required()->type_name("");
  add_body(*command, *options, "The whole record, a JSON object");
  add_conditions(*command, *options, true);
  add_client_options(*command, shared);
  command->footer(R"(Examples:
  troupe records put notes today '{"title": "milk"}'
  troupe records get notes today | jq '.done = true' |
    troupe records put notes today - --if-version 7)");
  command->callback(
    [&shared, options] { shared.status = change(shared, request_of(*options, record_verb::put)); });
}

void add_patch(CLI::App& group, cli& shared) {
  auto command = group.add_subcommand("patch", "Change some fields of a record, and print it");
  auto options = std::make_shared<change_options>();
  add_collection_option(*command, options->collection);
  command->add_option("ID", options->id, "Id of the record")->required()->type_name("");
  add_body(*command, *options, "The patch: fields to set, those that are null are taken out");
  command->add_flag("--json-patch", options->json_patch,
                    "The patch is a list of operations (RFC 6902)");
  add_conditions(*command, *options, false);
  add_client_options(*command, shared);
  command->footer(R"(Examples:
  troupe records patch notes today '{"done": true, "due": null}'
  troupe records patch notes today --json-patch \
    '[{"op": "add", "path": "/tags/-", "value": "new"}]')");
  command->callback([&shared, options] {
    auto verb = options->json_patch ? record_verb::json_patch : record_verb::merge_patch;
    shared.status = change(shared, request_of(*options, verb));
  });
}

std::string read_all(std::istream& in) {
  return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

constexpr auto examples = R"(Examples:
  troupe records put notes today '{"title": "milk"}'
  troupe records list notes --filter 'done = false' --sort -created_at
  troupe records export notes --output notes.ndjson
  troupe records import notes notes.ndjson

`troupe records COMMAND --help` explains each.)";

} // namespace

void add_collection_option(CLI::App& command, std::string& collection) {
  command.add_option("COLLECTION", collection, "The collection")->required()->type_name("");
}

std::string body_of(const std::string& option, const std::string& text) {
  if (text == "-")
    return read_all(std::cin);
  if (!text.starts_with('@'))
    return text;
  std::ifstream file{text.substr(1), std::ios::binary};
  // A directory opens, and fails when it is read.
  if (!file || (file.peek(), file.bad()))
    throw CLI::ValidationError{option,
                               "cannot read " + text.substr(1) + ": " + std::strerror(errno)};
  return read_all(file);
}

void print_record(const record& x) {
  std::cout << record_json(x) << std::endl;
}

json json_of(const record& x) {
  return json::parse(record_json(x));
}

json json_of(const record_changed& x) {
  return {{"change", to_string(x.kind)},
          {"record", json_of(x.value)},
          {"sequence", x.sequence},
          {"replayed", x.replayed},
          {"job", x.job == 0 ? json(nullptr) : json(std::to_string(x.job))}};
}

json json_of(const record_change& x) {
  return {{"sequence", x.sequence}, {"change", to_string(x.kind)}, {"record", json_of(x.value)}};
}

void add_records_command(CLI::App& app, cli& shared) {
  auto group = app.add_subcommand("records", "Read and change records of collections");
  group->require_subcommand(1);
  add_record_commands(*group, shared);
  add_record_list_commands(*group, shared);
  add_record_watch_command(*group, shared);
  add_record_export_command(*group, shared);
  add_record_import_command(*group, shared);
  group->footer(examples);
}

void add_record_commands(CLI::App& group, cli& shared) {
  add_get(group, shared);
  add_create(group, shared);
  add_put(group, shared);
  add_patch(group, shared);
  add_delete(group, shared);
}

} // namespace troupe
