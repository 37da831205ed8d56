// SPDX-License-Identifier: Apache-2.0
#include "actors/record_service.hpp"
#include "tests/support/service_stage.hpp"

namespace record_service_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr write_condition at(std::uint64_t version) {
  return {condition_kind::version, version};
}

} // namespace

TEST_CASE_METHOD(service_stage, "a record is created, read, replaced, patched and removed") {
  auto made = change(make(record_verb::create, "", R"({"title":"x"})"));
  CHECK(made.kind == change_kind::created);
  CHECK(made.value.fields == R"({"title":"x"})");
  CHECK(made.value.version == made.sequence);
  const auto id = made.value.id;
  CHECK(id.size() == 36);
  CHECK(fields_of(id) == R"({"title":"x"})");
  CHECK(put(id, R"({"title":"y","n":1})").kind == change_kind::updated);
  CHECK(change(make(record_verb::merge_patch, id, R"({"n":2})")).value.fields
        == R"({"title":"y","n":2})");
  CHECK(
    change(make(record_verb::json_patch, id, R"([{"op":"remove","path":"/title"}])")).value.fields
    == R"({"n":2})");
  auto removed = change(make(record_verb::remove, id, ""));
  CHECK(removed.kind == change_kind::deleted);
  CHECK(removed.value.id == id);
  CHECK(removed.value.version == 0);
  CHECK(removed.sequence == 5);
  CHECK(refused(make(record_verb::remove, id, "")).code == errc::unknown_record);
  CHECK(refused(make(record_verb::merge_patch, id, "{}")).code == errc::unknown_record);
}

TEST_CASE_METHOD(service_stage, "conditions decide, and a refusal says what is there") {
  CHECK(put("a", R"({"n":1})").value.version == 1);
  CHECK(refused(make(record_verb::create, "a", "{}"))
        == error{errc::precondition_failed, "'notes/a' exists, with version 1"});
  CHECK(refused(make(record_verb::put, "a", "{}", at(7)))
        == error{errc::precondition_failed, "'notes/a' has version 1, not 7"});
  CHECK(refused(make(record_verb::put, "b", "{}", {condition_kind::present, 0}))
        == error{errc::precondition_failed, "there is no record 'notes/b'"});
  CHECK(refused(make(record_verb::merge_patch, "a", "{}", at(7))).code
        == errc::precondition_failed);
  CHECK(change(make(record_verb::merge_patch, "a", R"({"n":2})", at(1))).value.version == 2);
}

TEST_CASE_METHOD(service_stage,
                 "S2: what is wrong with a request is told before anybody is asked") {
  CHECK(refused({"nots", "a", record_verb::put, "{}", {}, {}, {}}).code
        == errc::unknown_collection);
  CHECK(refused(make(record_verb::put, "a", R"({"titel":"x"})")).text
        == "/titel: there is no such member");
  CHECK(refused(make(record_verb::put, "a/b", "{}")).code == errc::invalid_argument);
  CHECK(refused(make(record_verb::put, "a", "{\"title\":\"\xff\"}")).code
        == errc::invalid_argument);
  CHECK(refused(make(record_verb::put, "a", "{}", {}, std::string(201, 'k'))).code
        == errc::invalid_argument);
  const auto get = [this](get_records x) { return ask<records_found>(service, x).error().code; };
  CHECK(get({"nots", {"a"}, 0ms}) == errc::unknown_collection);
  CHECK(get({"notes", {"a/b"}, 0ms}) == errc::invalid_argument);
  CHECK(get({"notes", std::vector<std::string>(1001, "a"), 0ms}) == errc::batch_too_large);
  CHECK(scripts[0]->gets.empty());
  CHECK(scripts[0]->writes.empty());
}

TEST_CASE_METHOD(service_stage, "records of several owners come in the order of the request") {
  for (const auto* id : {"a", "b", "c", "d"})
    put(id, std::string{"{\"title\":\""} + id + "\"}");
  for (std::uint32_t i = 0; i < key_shards; i += 2)
    map->places[i].owner = 2;
  ++map->revision;
  publish();
  auto found = ask<records_found>(service, get_records{"notes", {"d", "x", "a", "c", "b"}, 0ms});
  REQUIRE(found);
  std::string order;
  for (const auto& x : found->records)
    order += x.value.fields.empty() ? "-" : x.value.fields.substr(10, 1);
  CHECK(order == "d-acb");
  CHECK(scripts[0]->gets.size() + scripts[1]->gets.size() >= 2);
}

TEST_CASE_METHOD(service_stage, "a request whose key is on the move waits for the new owner") {
  put("a", R"({"n":1})");
  scripts[0]->refusal = {errc::not_owner, "moved"};
  give_all_to(1);
  auto read = request<records_found>(service, get_records{"notes", {"a"}, 0ms});
  auto written = request<record_changed>(service, make(record_verb::put, "a", R"({"n":2})"));
  settle();
  CHECK_FALSE(read->has_value());
  CHECK_FALSE(written->has_value());
  publish();
  REQUIRE(read->has_value());
  CHECK((*read)->value().records.at(0).value.version >= 1);
  REQUIRE(written->has_value());
  CHECK((*written)->value().value.fields == R"({"n":2})");
}

TEST_CASE_METHOD(service_stage, "a lost map is asked for again by those who wait") {
  put("a", R"({"n":1})");
  scripts[0]->refusal = {errc::not_owner, "moved"};
  give_all_to(1);
  auto read = request<records_found>(service, get_records{"notes", {"a"}, 0ms});
  advance(2s);
  REQUIRE(read->has_value());
  CHECK((*read)->has_value());
}

TEST_CASE_METHOD(service_stage, "a request is given up when no owner comes in time") {
  map->places.assign(key_shards, {0, 1});
  ++map->revision;
  publish();
  auto read = request<records_found>(service, get_records{"notes", {"a"}, 0ms});
  auto written = request<record_changed>(service, make(record_verb::put, "a", "{}"));
  advance(4900ms);
  CHECK_FALSE(read->has_value());
  advance(300ms);
  REQUIRE(read->has_value());
  CHECK((*read)->error().code == errc::unavailable);
  REQUIRE(written->has_value());
  CHECK((*written)->error().code == errc::unavailable);
}

TEST_CASE_METHOD(service_stage, "a read that an owner does not answer goes to the next owner") {
  put("a", R"({"n":1})");
  scripts[0]->silent = true;
  auto read = request<records_found>(service, get_records{"notes", {"a"}, 0ms});
  settle();
  give_all_to(1);
  publish();
  advance(3s);
  REQUIRE(read->has_value());
  CHECK((*read)->value().records.at(0).value.fields == R"({"n":1})");
}

TEST_CASE_METHOD(service_stage, "a write that an owner does not answer has an unknown outcome") {
  scripts[0]->silent = true;
  auto written = request<record_changed>(service, make(record_verb::put, "a", "{}"));
  advance(4900ms);
  CHECK_FALSE(written->has_value());
  advance(200ms);
  REQUIRE(written->has_value());
  CHECK((*written)->error().code == errc::timed_out);
  CHECK(scripts[0]->writes.size() == 1);
}

TEST_CASE_METHOD(service_stage, "an owner that died is not asked again, and its successor is") {
  put("a", R"({"n":1})");
  caf::anon_send_exit(owners[0], caf::exit_reason::kill);
  settle();
  auto written = request<record_changed>(service, make(record_verb::put, "a", R"({"n":2})"));
  advance(100ms);
  CHECK_FALSE(written->has_value());
  give_all_to(1);
  publish();
  REQUIRE(written->has_value());
  CHECK((*written)->has_value());
}

TEST_CASE_METHOD(service_stage, "R3: a patch that loses a race is applied to the newer record") {
  put("a", R"({"n":1})");
  scripts[0]->before_write = [this] {
    write_records rival;
    rival.writes.push_back({"notes", "a", false, R"({"n":1,"title":"rival"})", {}, 1, 0});
    caf::anon_send(storage, rival);
  };
  auto patched = change(make(record_verb::merge_patch, "a", R"({"n":2})"));
  CHECK(patched.value.fields == R"({"n":2,"title":"rival"})");
  CHECK(scripts[0]->gets.size() == 2);
}

TEST_CASE_METHOD(service_stage, "a patch that loses every race is refused, and the client's own "
                                "version is never replaced by a newer one") {
  put("a", R"({"n":1})");
  std::function<void()> rival = [&] {
    write_records other;
    other.writes.push_back({"notes", "a", false, R"({"title":"rival"})", {}, 1, 0});
    caf::anon_send(storage, other);
    scripts[0]->before_write = rival;
  };
  scripts[0]->before_write = rival;
  CHECK(refused(make(record_verb::merge_patch, "a", R"({"n":2})")).code == errc::overloaded);
  CHECK(scripts[0]->writes.size() == 17);
  const auto version
    = ask<records_found>(service, get_records{"notes", {"a"}, 0ms})->records.at(0).value.version;
  CHECK(refused(make(record_verb::merge_patch, "a", R"({"n":2})", at(version))).code
        == errc::precondition_failed);
  CHECK(scripts[0]->writes.size() == 18);
}

TEST_CASE_METHOD(service_stage,
                 "an idempotency key gets the first answer again, and changes nothing") {
  auto create = make(record_verb::create, "", R"({"n":1})", {}, "key-1");
  const auto first = change(create);
  auto again = change(create);
  CHECK(again.replayed);
  CHECK(again.value == first.value);
  CHECK(again.sequence == first.sequence);
  create.body = R"({"n":2})";
  CHECK(refused(create).code == errc::idempotency_mismatch);
}

TEST_CASE_METHOD(service_stage, "a patch is replayed even when it does not fit any more") {
  put("a", R"({"n":1})");
  auto test_and_set = make(record_verb::json_patch, "a",
                           R"([{"op":"test","path":"/n","value":1},
                               {"op":"replace","path":"/n","value":2}])",
                           {}, "key-2");
  const auto first = change(test_and_set);
  CHECK(first.value.fields == R"({"n":2})");
  CHECK(change(test_and_set).value == first.value);
  change(make(record_verb::remove, "a", ""));
  CHECK(change(test_and_set).replayed);
  test_and_set.idempotency_key = "key-3";
  CHECK(refused(test_and_set).code == errc::unknown_record);
  put("a", R"({"n":3})");
  CHECK(refused(test_and_set).code == errc::patch_failed);
}

TEST_CASE_METHOD(service_stage, "it answers under its name, and says what there is") {
  auto found = ask<named_actor>(options.receptionist, find_name{options.name});
  REQUIRE(found);
  CHECK(found->actor == caf::actor_cast<caf::strong_actor_ptr>(service));
  put("a", "{}");
  auto listed = ask<collections_listed>(service, list_collections{});
  REQUIRE(listed);
  REQUIRE(listed->collections.size() == 2);
  CHECK(listed->collections[0].records == 1);
  auto caches = ask<caches_listed>(service, list_caches{});
  REQUIRE(caches);
  CHECK(caches->caches.size() == 2);
}

TEST_CASE_METHOD(service_stage, "reads of single records travel together to their owner") {
  put("a", R"({"n":1})");
  put("b", R"({"n":2})");
  std::vector<answer<records_found>> reads;
  for (const auto* id : {"a", "b", "c"})
    reads.push_back(request<records_found>(service, get_records{"notes", {id}, 0ms}));
  settle();
  REQUIRE(scripts[0]->gets.size() == 1);
  CHECK(scripts[0]->gets[0].ids == std::vector<std::string>{"a", "b", "c"});
  CHECK((*reads[0])->value().records.at(0).value.fields == R"({"n":1})");
  CHECK((*reads[1])->value().records.at(0).value.fields == R"({"n":2})");
  CHECK((*reads[2])->value().records.at(0).value.version == 0);
}

TEST_CASE_METHOD(service_stage, "a read whose key is on the move holds nobody up") {
  put("a", R"({"n":1})");
  put("b", R"({"n":2})");
  scripts[0]->refused = "b";
  auto here = request<records_found>(service, get_records{"notes", {"a"}, 0ms});
  auto moved = request<records_found>(service, get_records{"notes", {"b"}, 0ms});
  settle();
  REQUIRE(here->has_value());
  CHECK((*here)->value().records.at(0).value.fields == R"({"n":1})");
  CHECK_FALSE(moved->has_value());
  give_all_to(1);
  publish();
  REQUIRE(moved->has_value());
  CHECK((*moved)->value().records.at(0).value.fields == R"({"n":2})");
}

TEST_CASE_METHOD(service_stage, "a record in memory is read although its owner loads no more") {
  put("a", R"({"n":1})");
  scripts[0]->refused = "b";
  scripts[0]->why_refused = errc::overloaded;
  auto known = request<records_found>(service, get_records{"notes", {"a"}, 0ms});
  auto unknown = request<records_found>(service, get_records{"notes", {"b"}, 0ms});
  settle();
  REQUIRE(known->has_value());
  REQUIRE(known->value());
  CHECK((*known)->value().records.at(0).value.fields == R"({"n":1})");
  REQUIRE(unknown->has_value());
  CHECK(unknown->value().error().code == errc::overloaded);
}

TEST_CASE_METHOD(service_stage, "R2: reads that travel together find their owner's successor") {
  put("a", R"({"n":1})");
  put("b", R"({"n":2})");
  const auto dies = GENERATE(true, false);
  scripts[0]->silent = true;
  std::vector<answer<records_found>> reads;
  for (const auto* id : {"a", "b"})
    reads.push_back(request<records_found>(service, get_records{"notes", {id}, 0ms}));
  settle();
  if (dies)
    caf::anon_send_exit(owners[0], caf::exit_reason::kill);
  settle();
  give_all_to(1);
  publish();
  advance(3s);
  for (const auto& read : reads) {
    REQUIRE(read->has_value());
    CHECK((*read)->value().records.at(0).value.version > 0);
  }
}

TEST_CASE_METHOD(service_stage,
                 "a record whose time is over is not served and is in nobody's way") {
  options.collections[0].ttl = 1h; // what is written here is of 1970
  options.name = "record_service/n1/2";
  const auto short_lived = system.spawn(record_service, options);
  settle();
  put("a", R"({"n":1})");

  const auto found = ask<records_found>(short_lived, get_records{"notes", {"a"}, 0ms});
  REQUIRE(found);
  CHECK(found->records.at(0).value.version == 0);
  list_records every;
  every.collection = "notes";
  every.count = true;
  const auto page = ask<records_page>(short_lived, every);
  REQUIRE(page);
  CHECK(page->records.empty());
  CHECK(page->count == 0);
  const auto patched
    = ask<record_changed>(short_lived, make(record_verb::merge_patch, "a", R"({"n":2})"));
  REQUIRE_FALSE(patched);
  CHECK(patched.error().code == errc::unknown_record);

  const auto made = ask<record_changed>(short_lived, make(record_verb::create, "a", R"({"n":3})"));
  REQUIRE(made);
  CHECK(made->kind == change_kind::created);
  CHECK(made->value.version == 3); // the old one was removed first
  CHECK(fields_of("a") == R"({"n":3})");
}

TEST_CASE_METHOD(service_stage, "what a page may hold is what is left of its records") {
  for (int i = 0; i < 20; ++i)
    put("r" + std::to_string(i), R"({"n":1,"title":")" + std::string(50'000, 't') + "\"}");
  list_records every;
  every.collection = "notes";
  auto page = ask<records_page>(service, every);
  REQUIRE(page);
  CHECK(page->records.size() == 10);
  CHECK_FALSE(page->next.empty());
  every.fields = "n";
  page = ask<records_page>(service, every);
  REQUIRE(page);
  CHECK(page->records.size() == 20);
  CHECK(page->next.empty());
  every.limit = 15;
  page = ask<records_page>(service, every);
  REQUIRE(page);
  CHECK(page->records.size() == 15);
  every.cursor = page->next;
  page = ask<records_page>(service, every);
  REQUIRE(page);
  CHECK(page->records.size() == 5);
  CHECK(page->next.empty());
}

TEST_CASE_METHOD(service_stage, "the same idempotency key of two callers is two keys") {
  auto request = make(record_verb::put, "a", R"({"n":1})", {}, "key");
  request.caller = "ann";
  CHECK_FALSE(change(request).replayed);
  CHECK(change(request).replayed);
  auto other = make(record_verb::put, "b", R"({"n":2})", {}, "key");
  CHECK_FALSE(change(other).replayed);
  other.caller = "ann";
  CHECK(refused(other).code == errc::idempotency_mismatch);
  other.collection = "other";
  CHECK_FALSE(change(other).replayed);
}

} // namespace record_service_test
