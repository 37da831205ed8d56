// SPDX-License-Identifier: Apache-2.0
#include "node/config_collections.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>

#include "actors/record_schema.hpp"
#include "actors/schema_survey.hpp"
#include "messages/limits.hpp"
#include "node/config_checks.hpp"

namespace troupe {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t record_bytes_min = 1024;
constexpr std::uint64_t cache_bytes_max = 1024ULL * 1024 * 1024 * 1024;

// What a hook's payload has besides the record before and after its change.
constexpr std::uint64_t hook_bytes = 1024;

// -- reading --------------------------------------------------------------------------------------

result<std::string> read_schema_file(const std::filesystem::path& file) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(file, code))
    return failure(errc::config_invalid, "there is no file '" + file.string() + "'");
  std::ifstream stream{file, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{stream}, {}};
  if (!stream)
    return failure(errc::config_invalid, "'" + file.string() + "' cannot be read");
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    return failure(errc::config_invalid, "'" + file.string() + "' is empty");
  return text;
}

void read_schema(settings_reader& reader, const std::string& path,
                 const std::filesystem::path& folder, collection_settings& x,
                 settings_problems& problems) {
  std::string file;
  reader.read_json("schema", x.schema);
  reader.read("schema_file", file);
  if (!reader.has("schema_file"))
    return;
  if (reader.has("schema"))
    return problems.add_at(path + ".schema_file", "collection '" + x.name
                                                    + "' has both schema and schema_file; "
                                                      "expected one");
  auto text = read_schema_file(folder / file);
  if (!text)
    return problems.add_at(path + ".schema_file",
                           "key '" + path + ".schema_file': " + text.error().text);
  x.schema = std::move(*text);
  problems.mark_like(path + ".schema", path + ".schema_file");
}

// -- checks ---------------------------------------------------------------------------------------

bool needs_age_index(const collection_settings& x) {
  return x.ttl > 0ms
         && std::find(x.indexes.begin(), x.indexes.end(), "updated_at") == x.indexes.end();
}

/// Names of members with dots between them; what stands in quotes in SQL must not end them.
bool is_field_path(std::string_view path) {
  auto is_wrong = [](char c) {
    return c == '"' || c == '\'' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  };
  return !path.empty() && path.size() <= limits::query_bytes_max && path.front() != '.'
         && path.back() != '.' && path.find("..") == std::string_view::npos
         && std::none_of(path.begin(), path.end(), is_wrong);
}

class collection_check {
public:
  collection_check(const cluster_config& config, const collection_settings& collection,
                   settings_problems& problems)
      : config_{config},
        collection_{collection},
        path_{"collections." + collection.name},
        problems_{problems} {}

  void run() {
    check_schema();
    check_fields("indexes", collection_.indexes, {"id", "version"});
    check_fields("search", collection_.search, {"id", "version", "created_at", "updated_at"});
    check_hook("on_create", collection_.hooks.on_create);
    check_hook("on_update", collection_.hooks.on_update);
    check_hook("on_delete", collection_.hooks.on_delete);
  }

private:
  void add(const std::string& key, const std::string& text) {
    problems_.add_at(path_ + "." + key, "key '" + path_ + "." + key + "': " + text);
  }

  void check_schema() {
    if (collection_.schema.empty())
      return;
    if (auto schema = record_schema::compile(collection_.schema))
      schema_.emplace(std::move(*schema));
    else
      problems_.add_in_json(path_ + ".schema", place_of_wrong_schema(schema.error().text),
                            "key '" + path_ + ".schema': " + schema.error().text);
  }

  void check_fields(const std::string& key, const std::vector<std::string>& fields,
                    const std::set<std::string>& taken) {
    auto own = key == "indexes" && needs_age_index(collection_) ? 1U : 0U;
    if (fields.size() + own > limits::collection_fields_max)
      add(key, std::to_string(fields.size()) + " fields are too many; expected "
                 + std::to_string(limits::collection_fields_max - own) + " or less");
    std::set<std::string> seen;
    for (auto& field : fields)
      if (!is_field_path(field))
        add(key, "\"" + field
                   + "\" is no field; expected names with dots between them, such as "
                     "\"author.name\"");
      else if (!seen.insert(field).second)
        add(key, "field '" + field + "' stands there twice");
      else if (taken.contains(field))
        add(key, key == "search" ? "field '" + field + "' has no words to search for"
                                 : "field '" + field + "' is found quickly without an index");
      else if (schema_ && !is_time(field) && !schema_->knows_field(field))
        add(key, "field '" + field + "' is not allowed by the schema");
  }

  static bool is_time(const std::string& field) {
    return field == "created_at" || field == "updated_at";
  }

  void check_hook(const std::string& key, const std::string& name) {
    if (name.empty())
      return;
    auto queue = config_.find_queue(name);
    if (!queue)
      return add(key, "queue '" + name + "' is unknown; " + declared_names(config_.queues));
    const auto is_its = [&](const queue_settings& x) { return x.dead_letter == name; };
    if (queue->handler.empty() && std::any_of(config_.queues.begin(), config_.queues.end(), is_its))
      return add(key, "queue '" + name
                        + "' is a dead-letter queue, whose jobs nobody runs; expected one that is "
                          "worked on");
    auto needed = 2 * collection_.record_max + hook_bytes;
    if (queue->payload_max < needed)
      add(key, "queue '" + name + "' takes payloads of " + format_size(queue->payload_max)
                 + ", but a job of this hook may have " + format_size(needed)
                 + ", twice record_max and 1 KiB; expected a larger payload_max there, or a "
                   "smaller record_max here");
  }

  const cluster_config& config_;
  const collection_settings& collection_;
  std::string path_;
  settings_problems& problems_;
  std::optional<record_schema> schema_;
};

} // namespace

collection_settings read_collection(std::string name, settings_reader reader,
                                    const std::filesystem::path& folder,
                                    settings_problems& problems) {
  collection_settings x;
  x.name = std::move(name);
  read_schema(reader, "collections." + x.name, folder, x, problems);
  reader.read("indexes", x.indexes);
  reader.read("search", x.search);
  reader.read("on_create", x.hooks.on_create);
  reader.read("on_update", x.hooks.on_update);
  reader.read("on_delete", x.hooks.on_delete);
  reader.read("require_condition", x.require_condition);
  reader.read_size("record_max", x.record_max, record_bytes_min, limits::record_bytes_max);
  reader.read_size("cache_max", x.cache_max, 0, cache_bytes_max);
  reader.read("cache_ttl", x.cache_ttl, 0ms, 30 * day);
  reader.read("ttl", x.ttl, 0ms, 3650 * day);
  reader.read("feed_retention", x.feed_retention, 1s, 3650 * day);
  reader.refuse_the_rest();
  return x;
}

void check_collections(const cluster_config& config, settings_problems& problems) {
  if (config.collections.size() > limits::collections_max)
    problems.add_at("collections", std::to_string(config.collections.size())
                                     + " collections are too many; expected "
                                     + std::to_string(limits::collections_max) + " or less");
  auto is_service = [](auto& node) { return node.has_role("service"); };
  if (!config.collections.empty()
      && std::none_of(config.nodes.begin(), config.nodes.end(), is_service))
    problems.add_at("collections", "there are collections, but no node has the role service; "
                                   "expected one that answers for records, such as roles = "
                                   "[\"control\", \"service\"]");
  for (auto& collection : config.collections)
    collection_check{config, collection, problems}.run();
}

void add_own_indexes(cluster_config& config) {
  for (auto& collection : config.collections)
    if (needs_age_index(collection))
      collection.indexes.push_back("updated_at");
}

} // namespace troupe
