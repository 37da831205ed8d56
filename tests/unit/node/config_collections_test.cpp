// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "actors/record_schema.hpp"
#include "messages/limits.hpp"
#include "node/config.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/node/config_samples.hpp"

namespace config_collections_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// A configuration with nothing wrong: ten lines, so that what a test adds begins at line 11, in
/// the collection.
const std::string sound = "[nodes.a]\n"
                          "roles = [\"control\", \"service\"]\n"
                          "address = \"127.0.0.1:7411\"\n"
                          "[handlers.echo]\n"
                          "exec = [\"cat\"]\n"
                          "[queues.mail]\n"
                          "handler = \"echo\"\n"
                          "[queues.small]\n"
                          "payload_max = \"100 KiB\"\n"
                          "[collections.notes]\n";

std::string problems_after(const std::string& addition) {
  return config_problems(sound + addition);
}

collection_settings notes_with(const std::string& addition) {
  auto config = parse_config(sound + addition, "t.toml");
  INFO((config ? std::string{} : config.error().text));
  REQUIRE(config);
  return *config->find_collection("notes");
}

const std::vector<config_mistake> mistakes{
  {"index = [\"a\"]",
   "t.toml:11: key 'collections.notes.index' is unknown; did you mean 'indexes'? expected one of "
   "schema, schema_file, indexes, search, on_create, on_update, on_delete, require_condition, "
   "record_max, cache_max, cache_ttl, ttl, feed_retention"},
  {"indexes = [\"id\"]", "t.toml:11: key 'collections.notes.indexes': field 'id' is found quickly "
                         "without an index"},
  {"indexes = [\"a\", \"a\"]",
   "t.toml:11: key 'collections.notes.indexes': field 'a' stands there twice"},
  {"indexes = [\"a..b\"]", "t.toml:11: key 'collections.notes.indexes': \"a..b\" is no field; "
                           "expected names with dots between them, such as \"author.name\""},
  {"indexes = [\"a'b\"]", "t.toml:11: key 'collections.notes.indexes': \"a'b\" is no field; "
                          "expected names with dots between them, such as \"author.name\""},
  {"search = [\"created_at\"]", "t.toml:11: key 'collections.notes.search': field 'created_at' has "
                                "no words to search for"},
  {"on_create = \"mail.dead\"\n[queues.\"mail.dead\"]",
   "t.toml:11: key 'collections.notes.on_create': queue 'mail.dead' is a dead-letter queue, whose "
   "jobs nobody runs; expected one that is worked on"},
  {"on_create = \"post\"", "t.toml:11: key 'collections.notes.on_create': queue 'post' is unknown; "
                           "declared are mail, small"},
  {"on_update = \"small\"",
   "t.toml:11: key 'collections.notes.on_update': queue 'small' takes payloads of 100 KiB, but a "
   "job of this hook may have 129 KiB, twice record_max and 1 KiB; expected a larger payload_max "
   "there, or a smaller record_max here"},
  {"record_max = \"385 KiB\"", "t.toml:11: key 'collections.notes.record_max': 385 KiB is out of "
                               "range; expected 1 KiB to 384 KiB"},
  {"require_condition = 1", "t.toml:11: key 'collections.notes.require_condition' is a whole "
                            "number; expected true or false"},
  {"feed_retention = \"0s\"", "t.toml:11: key 'collections.notes.feed_retention': 0s is out of "
                              "range; expected 1s to 3650d"},
  {"schema = 5",
   "t.toml:11: key 'collections.notes.schema' is a whole number; expected a table, or JSON as a "
   "text"},
  {"schema = {const = 2026-01-01}",
   "t.toml:11: key 'collections.notes.schema': line 11 has a date or time, which JSON has not"},
  {"schema = {minimum = inf}", "t.toml:11: key 'collections.notes.schema': line 11 has a number "
                               "that is not finite, which JSON has not"},
  {"schema_file = \"no.json\"",
   "t.toml:11: key 'collections.notes.schema_file': there is no file 'no.json'"},
  {"schema_file = \"no.json\"\nschema = {}",
   "t.toml:11: collection 'notes' has both schema and schema_file; expected one"},
  {"indexes = [\"b\"]\nschema = {properties = {a = {}}, additionalProperties = false}",
   "t.toml:11: key 'collections.notes.indexes': field 'b' is not allowed by the schema"},
  {"[collections.Notes]", "t.toml:11: name 'collections.Notes' is not usable; expected 1 to 80 "
                          "small letters, digits, '_', '.' or '-'"},
  {"[cluster]\nshard_lease = \"1ms\"", "t.toml:12: key 'cluster.shard_lease': 1ms is out of range; "
                                       "expected 30ms to 5m"},
  {"[nodes.b]\nroles = [\"service\"]\ncaches = 17",
   "t.toml:13: key 'nodes.b.caches': 17 is out of range; expected 1 to 16"},
  {"[nodes.b]\nroles = [\"service\"]\nservices = 0",
   "t.toml:13: key 'nodes.b.services': 0 is out of range; expected 1 to 16"},
};

} // namespace

TEST_CASE("each mistake in a collection is named with its place and what was expected") {
  auto x = GENERATE(from_range(mistakes));

  CHECK(problems_after(x.addition + "\n") == x.text);
}

TEST_CASE("a collection without settings of its own has the defaults") {
  auto notes = notes_with("");

  CHECK(notes.schema.empty());
  CHECK(notes.indexes.empty());
  CHECK(notes.search.empty());
  CHECK_FALSE(notes.hooks.any());
  CHECK(notes.require_condition == collection_settings{}.require_condition);
  CHECK(notes.record_max == collection_settings{}.record_max);
  CHECK(notes.cache_max == collection_settings{}.cache_max);
  CHECK(notes.feed_retention == collection_settings{}.feed_retention);
}

TEST_CASE("reference.toml says the defaults of a collection") {
  auto config = must_load("reference.toml");

  auto& tasks = *config.find_collection("tasks");
  CHECK(tasks.require_condition == collection_settings{}.require_condition);
  CHECK(tasks.record_max == collection_settings{}.record_max);
  CHECK(tasks.cache_max == collection_settings{}.cache_max);
  CHECK(tasks.cache_ttl == collection_settings{}.cache_ttl);
  CHECK(tasks.ttl == collection_settings{}.ttl);
  CHECK(tasks.feed_retention == collection_settings{}.feed_retention);
}

TEST_CASE("single.toml has notes with a schema that holds and fields that are searched") {
  auto config = must_load("single.toml");

  auto notes = config.find_collection("notes");
  REQUIRE(notes);
  CHECK(notes->search == std::vector<std::string>{"title", "body"});
  auto schema = record_schema::compile(notes->schema);
  REQUIRE(schema);
  CHECK(schema->violations(*read_json(R"({"title": "Bread", "tags": ["kitchen"]})", 1000), "1")
          .empty());
  CHECK(schema->violations(*read_json(R"({"body": "Flour"})", 1000), "1").size() == 1);
}

TEST_CASE("settings of a collection are read with their units") {
  auto notes
    = notes_with("indexes = [\"a.b\", \"created_at\"]\nsearch = [\"a\"]\non_delete = \"mail\"\n"
                 "require_condition = true\nrecord_max = \"1 KiB\"\ncache_max = \"1 MiB\"\n"
                 "cache_ttl = \"5m\"\nfeed_retention = \"1h\"\n");

  CHECK(notes.indexes == std::vector<std::string>{"a.b", "created_at"});
  CHECK(notes.search == std::vector<std::string>{"a"});
  CHECK(notes.hooks == record_hooks{"", "", "mail"});
  CHECK(notes.require_condition);
  CHECK(notes.record_max == 1024);
  CHECK(notes.cache_max == 1024 * 1024);
  CHECK(notes.cache_ttl == 5min);
  CHECK(notes.feed_retention == 1h);
}

TEST_CASE("a schema as a table is the same JSON, in the order of the file") {
  auto notes = notes_with("[collections.notes.schema]\n"
                          "type = \"object\"\n"
                          "maxProperties = 9\n"
                          "[collections.notes.schema.properties]\n"
                          "b = {multipleOf = 0.5}\n"
                          "a = {enum = [\"x\", true, 1]}\n");

  CHECK(notes.schema
        == R"({"type":"object","maxProperties":9,"properties":{"b":{"multipleOf":0.5},)"
           R"("a":{"enum":["x",true,1]}}})");
}

TEST_CASE("a schema as a text is taken as it is") {
  CHECK(notes_with("schema = '{ \"enum\": [null] }'\n").schema == "{ \"enum\": [null] }");
}

TEST_CASE("a schema's file is looked for beside the cluster's file") {
  temporary_folder folder;
  std::ofstream{folder.path() / "note.json"} << "{\"type\": \"object\"}\n";
  std::ofstream{folder.path() / "t.toml"} << sound << "schema_file = \"note.json\"\n";

  auto config = load_config(folder.path() / "t.toml");

  REQUIRE(config);
  CHECK(config->find_collection("notes")->schema == "{\"type\": \"object\"}\n");
}

TEST_CASE("a schema that is none is told with the place where it is named") {
  temporary_folder folder;
  std::ofstream{folder.path() / "note.json"} << "{\"type\": \"objekt\"}";
  std::ofstream{folder.path() / "t.toml"} << sound << "schema_file = \"note.json\"\n";
  auto file = (folder.path() / "t.toml").string();

  auto config = load_config(file);

  REQUIRE_FALSE(config);
  CHECK_THAT(config.error().text,
             Catch::StartsWith(file + ":11: key 'collections.notes.schema': "));
  CHECK_THAT(problems_after("schema = {type = \"objekt\"}\n"),
             Catch::StartsWith("t.toml:11: key 'collections.notes.schema': "));
  CHECK_THAT(problems_after("schema = '{\"type\": '\n"),
             Catch::StartsWith("t.toml:11: key 'collections.notes.schema': "));
}

TEST_CASE("a mistake in a schema that is a table is told with its own line") {
  CHECK(
    problems_after("[collections.notes.schema]\n"
                   "type = \"object\"\n"
                   "[collections.notes.schema.properties]\n"
                   "a = {type = \"string\"}\n"
                   "b = {maxLenght = 3}\n")
    == "t.toml:15: key 'collections.notes.schema': schema /properties/b/maxLenght: this keyword "
       "is unknown; did you mean 'maxLength'?");
  CHECK_THAT(problems_after("schema = {properties = {a = {allOf = []}}}\n"),
             Catch::StartsWith("t.toml:11: key 'collections.notes.schema': schema /properties/a"));
}

TEST_CASE("records that do not stay for ever are indexed by their age") {
  CHECK(notes_with("ttl = \"1d\"\n").indexes == std::vector<std::string>{"updated_at"});
  CHECK(notes_with("ttl = \"1d\"\nindexes = [\"updated_at\"]\n").indexes
        == std::vector<std::string>{"updated_at"});
}

TEST_CASE("fields beyond the limit are refused, the index of the node's own counted") {
  std::string fields;
  for (std::size_t i = 0; i < limits::collection_fields_max; ++i)
    fields += "\"f" + std::to_string(i) + "\", ";
  auto notes = notes_with("indexes = [" + fields + "]\nsearch = [" + fields + "]\n");
  CHECK(notes.indexes.size() == limits::collection_fields_max);

  CHECK(problems_after("search = [" + fields + "\"more\"]\n")
        == "t.toml:11: key 'collections.notes.search': 17 fields are too many; expected 16 or "
           "less");
  CHECK(problems_after("ttl = \"1d\"\nindexes = [" + fields + "]\n")
        == "t.toml:12: key 'collections.notes.indexes': 16 fields are too many; expected 15 or "
           "less");
}

TEST_CASE("collections need a node that answers for them") {
  auto config = parse_config("[nodes.a]\nroles = [\"control\", \"worker\"]\n"
                             "address = \"127.0.0.1:7411\"\n[collections.notes]\n",
                             "t.toml");

  REQUIRE_FALSE(config);
  CHECK(config.error().text
        == "t.toml:4: there are collections, but no node has the role service; expected one that "
           "answers for records, such as roles = [\"control\", \"service\"]");
}

TEST_CASE("more collections than the limit are refused") {
  std::string more;
  for (std::size_t i = 0; i < limits::collections_max; ++i)
    more += "[collections.c" + std::to_string(i) + "]\n";

  CHECK_THAT(problems_after(more), Catch::EndsWith("101 collections are too many; expected 100 or "
                                                   "less"));
}

TEST_CASE("collections are in the order of their names") {
  auto config = parse_config(sound + "[collections.a]\n", "t.toml");

  REQUIRE(config);
  CHECK(config->collections.front().name == "a");
  CHECK(config->find_collection("b") == nullptr);
}

} // namespace config_collections_test
