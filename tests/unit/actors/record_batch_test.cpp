// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "actors/record_service.hpp"
#include "tests/support/service_stage.hpp"

namespace record_batch_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

struct batch_stage : service_stage {
  result<records_changed> change_all(std::vector<change_record> changes, std::string key = {}) {
    return ask<records_changed>(service, change_records{std::move(changes), std::move(key)});
  }

  static errc code_of(const records_changed& x, std::size_t position) {
    return static_cast<errc>(x.outcomes.at(position).code);
  }
};

} // namespace

TEST_CASE_METHOD(batch_stage, "R4: a batch happens as a whole, and its owners forget old records "
                              "before it is answered") {
  put("a", R"({"n":1})");
  scripts[0]->silent_confirms = true;
  auto answered = request<records_changed>(
    service, change_records{{make(record_verb::merge_patch, "a", R"({"title":"x"})"),
                             make(record_verb::create, "", R"({"n":2})"),
                             {"other", "z", record_verb::put, R"({"any":1})", {}, {}}},
                            {}});
  settle();
  CHECK_FALSE(answered->has_value());
  const auto told = [&](const std::string& id, std::uint64_t version) {
    return std::any_of(scripts[0]->invalidated.begin(), scripts[0]->invalidated.end(),
                       [&](const auto& x) { return x.id == id && x.version == version; });
  };
  CHECK(told("a", 2));
  CHECK(told("z", 1));
  scripts[0]->silent_confirms = false;
  advance(1s);
  REQUIRE(answered->has_value());
  REQUIRE((*answered)->has_value());
  const auto& done = ***answered;
  CHECK(done.committed);
  CHECK(done.outcomes[0].changed.value.fields == R"({"n":1,"title":"x"})");
  CHECK(done.outcomes[1].changed.kind == change_kind::created);
  CHECK(done.outcomes[2].changed.value.version == 1);
}

TEST_CASE_METHOD(batch_stage, "R4: one wrong change keeps all others from happening, and all that "
                              "are wrong are told") {
  put("a", R"({"n":1})");
  auto malformed = change_all({make(record_verb::put, "a", R"({"n":2})"),
                               make(record_verb::put, "b", R"({"n":"x"})"),
                               make(record_verb::put, "a", "{}"),
                               make(record_verb::put, "c", "{", {}),
                               make(record_verb::put, "d", "{}", {}, "key"),
                               {"nots", "e", record_verb::put, "{}", {}, {}}});
  REQUIRE(malformed);
  CHECK_FALSE(malformed->committed);
  CHECK(code_of(*malformed, 0) == errc::none);
  CHECK(code_of(*malformed, 1) == errc::invalid_record);
  CHECK(code_of(*malformed, 2) == errc::invalid_argument);
  CHECK(code_of(*malformed, 3) == errc::invalid_argument);
  CHECK(code_of(*malformed, 4) == errc::invalid_argument);
  CHECK(code_of(*malformed, 5) == errc::unknown_collection);

  auto refused
    = change_all({make(record_verb::put, "a", R"({"n":2})"), make(record_verb::create, "a2", "{}"),
                  make(record_verb::put, "b", "{}", {condition_kind::present, 0}),
                  make(record_verb::remove, "c", "")});
  REQUIRE(refused);
  CHECK_FALSE(refused->committed);
  CHECK(code_of(*refused, 0) == errc::none);
  CHECK(code_of(*refused, 2) == errc::precondition_failed);
  CHECK(code_of(*refused, 3) == errc::unknown_record);

  auto unpatchable = change_all(
    {make(record_verb::put, "a", R"({"n":2})"), make(record_verb::merge_patch, "nobody", "{}")});
  REQUIRE(unpatchable);
  CHECK_FALSE(unpatchable->committed);
  CHECK(code_of(*unpatchable, 1) == errc::unknown_record);
  CHECK(fields_of("a") == R"({"n":1})");
}

TEST_CASE_METHOD(batch_stage, "S2: a batch has its limits") {
  CHECK(change_all({})->committed);
  CHECK(change_all(std::vector(1001, make(record_verb::put, "a", "{}"))).error().code
        == errc::batch_too_large);
  CHECK(
    change_all(std::vector(900, make(record_verb::put, "a", std::string(5000, ' ')))).error().code
    == errc::batch_too_large);
  CHECK(change_all({make(record_verb::put, "a", "{}")}, std::string(201, 'k')).error().code
        == errc::invalid_argument);
}

TEST_CASE_METHOD(batch_stage, "a batch under old epochs is made again under the new ones") {
  give_all_to(1);
  auto answered = request<records_changed>(
    service, change_records{{make(record_verb::put, "a", R"({"n":1})")}, {}});
  settle();
  CHECK_FALSE(answered->has_value());
  publish();
  REQUIRE(answered->has_value());
  CHECK((*answered)->value().committed);
  CHECK(scripts[1]->invalidated.size() >= 1);
}

TEST_CASE_METHOD(batch_stage, "an owner that does not confirm is waited for until its key has a "
                              "newer one") {
  scripts[0]->silent_confirms = true;
  auto answered = request<records_changed>(
    service, change_records{{make(record_verb::put, "a", R"({"n":1})")}, {}});
  advance(1s);
  CHECK_FALSE(answered->has_value());
  give_all_to(1);
  publish();
  advance(1s);
  REQUIRE(answered->has_value());
  CHECK((*answered)->value().committed);
}

TEST_CASE_METHOD(batch_stage, "a batch that an owner never confirms is not called done") {
  scripts[0]->silent_confirms = true;
  auto answered = request<records_changed>(
    service, change_records{{make(record_verb::put, "a", R"({"n":1})")}, {}});
  advance(4s);
  CHECK_FALSE(answered->has_value());
  advance(2s);
  REQUIRE(answered->has_value());
  CHECK((*answered)->error().code == errc::timed_out);
}

TEST_CASE_METHOD(batch_stage,
                 "a batch is replayed as a whole, also when it does not fit any more") {
  put("a", R"({"n":1})");
  const std::vector<change_record> changes{
    make(record_verb::json_patch, "a",
         R"([{"op":"test","path":"/n","value":1},{"op":"replace","path":"/n","value":2}])"),
    make(record_verb::create, "b", "{}")};
  auto first = change_all(changes, "key");
  REQUIRE(first);
  REQUIRE(first->committed);
  auto again = change_all(changes, "key");
  REQUIRE(again);
  CHECK(again->committed);
  CHECK(again->outcomes[0].changed.replayed);
  CHECK(again->outcomes[0].changed.value == first->outcomes[0].changed.value);
  CHECK(change_all({make(record_verb::put, "a", "{}")}, "key").error().code
        == errc::idempotency_mismatch);
  auto other = change_all(changes, "another key");
  REQUIRE(other);
  CHECK_FALSE(other->committed);
  CHECK(code_of(*other, 0) == errc::patch_failed);
}

TEST_CASE_METHOD(service_stage,
                 "a page says where the next one begins, and holds only what is wanted") {
  for (int i = 0; i < 5; ++i)
    put("r" + std::to_string(i), "{\"n\":" + std::to_string(i) + ",\"title\":\"x\"}");
  list_records query;
  query.collection = "notes";
  query.filter = "n >= 1";
  query.sort = "-n";
  query.fields = "n";
  query.limit = 3;
  query.count = true;
  auto page = ask<records_page>(service, query);
  REQUIRE(page);
  REQUIRE(page->records.size() == 3);
  CHECK(page->records[0].fields == R"({"n":4})");
  CHECK(page->records[0].id == "r4");
  CHECK(page->count == 4);
  CHECK(page->sequence == 5);
  query.cursor = page->next;
  auto second = ask<records_page>(service, query);
  REQUIRE(second);
  REQUIRE(second->records.size() == 1);
  CHECK(second->records[0].id == "r1");
  CHECK(second->next.empty());
  query.sort = "n";
  CHECK(ask<records_page>(service, query).error().text.find("another query") != std::string::npos);
}

TEST_CASE_METHOD(service_stage, "a list that is older than the client wants is refused") {
  put("a", "{}");
  list_records query;
  query.collection = "notes";
  query.at_least = 1;
  CHECK(ask<records_page>(service, query));
  query.at_least = 2;
  CHECK(ask<records_page>(service, query).error().code == errc::unavailable);
}

TEST_CASE_METHOD(service_stage, "S2: wrong lists and feeds are refused by the service") {
  list_records query;
  query.collection = "nots";
  CHECK(ask<records_page>(service, query).error().code == errc::unknown_collection);
  query.collection = "notes";
  query.filter = "titel = 1";
  CHECK(ask<records_page>(service, query).error().text
        == "filter, byte 0: the collection has no field 'titel'");
  query.filter.clear();
  query.collection = "other";
  query.search = "x";
  CHECK(ask<records_page>(service, query).error().code == errc::invalid_argument);
  const auto feed = [this](read_changes x) { return ask<changes_read>(service, x); };
  CHECK(feed({"nots", 0, 1, 0ms}).error().code == errc::unknown_collection);
  CHECK(feed({"notes", 0, 1001, 0ms}).error().code == errc::invalid_argument);
  CHECK(feed({"notes", 0, 1, 61s}).error().code == errc::invalid_argument);
  put("a", "{}");
  CHECK(feed({"notes", 0, 0, 0ms})->changes.size() == 1);
}

} // namespace record_batch_test
