// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "actors/collection_rules.hpp"
#include "messages/limits.hpp"

namespace collection_rules_test {

using namespace troupe;

namespace {

collection_rules rules_of(collection_settings settings = {}) {
  settings.name = "notes";
  auto rules = collection_rules::make(std::move(settings));
  REQUIRE(rules);
  return std::move(*rules);
}

change_record change(record_verb verb, std::string body, write_condition condition = {}) {
  return {"notes", "a", verb, std::move(body), condition, {}};
}

errc code_of(const collection_rules& rules, const change_record& x) {
  auto checked = rules.check(x, "made");
  return checked ? errc::none : checked.error().code;
}

const record stored{"a", 7, {}, {}, R"({"title":"x","n":1})"};

// What a patch makes of `stored`, or why it does not.
std::string patched(const collection_rules& rules, record_verb verb, std::string body,
                    const record& before = stored, write_condition condition = {}) {
  auto checked = rules.check(change(verb, std::move(body), condition), "made");
  REQUIRE(checked);
  patch_work work;
  auto fields = rules.patched(*checked, before, work);
  return fields ? *fields : to_string(fields.error());
}

constexpr write_condition present{condition_kind::present, 0};
constexpr write_condition absent{condition_kind::absent, 0};
constexpr write_condition at_7{condition_kind::version, 7};

} // namespace

TEST_CASE("what was read can be put back: id, version and times are no fields") {
  auto rules = rules_of();
  auto checked = rules.check(change(record_verb::put, R"( {"id":"a", "version":7, "title":"x",
    "created_at":"2026-01-01T00:00:00Z", "updated_at":1} )"),
                             "made");
  REQUIRE(checked);
  CHECK(checked->id == "a");
  CHECK(checked->fields == R"({"title":"x"})");
  CHECK_FALSE(checked->is_patch());
}

TEST_CASE("a body that says it is another record is refused") {
  auto rules = rules_of();
  CHECK(code_of(rules, change(record_verb::put, R"({"id":"b"})")) == errc::invalid_argument);
  CHECK(code_of(rules, change(record_verb::put, R"({"id":7})")) == errc::invalid_argument);
  CHECK(patched(rules, record_verb::merge_patch, R"({"id":"b"})").starts_with("invalid_argument"));
  CHECK(patched(rules, record_verb::json_patch, R"([{"op":"replace","path":"/id","value":"b"}])")
          .starts_with("invalid_argument"));
}

TEST_CASE("what is created gets the request's id, the body's, or a new one") {
  auto rules = rules_of();
  auto x = change(record_verb::create, R"({"title":"x"})");
  CHECK(rules.check(x, "made")->id == "a");
  CHECK(rules.check(x, "made")->condition == absent);
  x.id.clear();
  CHECK(rules.check(x, "made")->id == "made");
  x.body = R"({"id":"own"})";
  CHECK(rules.check(x, "made")->id == "own");
  CHECK(rules.check(x, "made")->fields == "{}");
  x.body = R"({"id":"with/slash"})";
  CHECK(code_of(rules, x) == errc::invalid_argument);
  x.body = R"({"id":7})";
  CHECK(code_of(rules, x) == errc::invalid_argument);
}

TEST_CASE("S2: ids that are none are refused") {
  auto rules = rules_of();
  for (const std::string& id :
       {std::string{}, std::string{"a/b"}, std::string{".."}, std::string(10'000, 'a'),
        std::string{"a\0b", 3}, std::string{"\xc3\xa4"}}) {
    auto x = change(record_verb::put, "{}");
    x.id = id;
    CHECK(code_of(rules, x) == errc::invalid_argument);
  }
}

TEST_CASE("each verb takes the conditions that make sense for it") {
  auto rules = rules_of();
  const auto code = [&](record_verb verb, write_condition condition) {
    const auto* body = verb == record_verb::remove ? "" : "{}";
    return code_of(rules, change(verb, body, condition));
  };
  const write_condition any{};
  CHECK(code(record_verb::create, any) == errc::none);
  CHECK(code(record_verb::create, absent) == errc::none);
  CHECK(code(record_verb::create, present) == errc::invalid_argument);
  CHECK(code(record_verb::create, at_7) == errc::invalid_argument);
  for (auto condition : {any, absent, present, at_7})
    CHECK(code(record_verb::put, condition) == errc::none);
  for (auto verb : {record_verb::merge_patch, record_verb::json_patch, record_verb::remove}) {
    CHECK(code(verb, any) == errc::none);
    CHECK(code(verb, absent) == errc::invalid_argument);
    CHECK(code(verb, present) == errc::none);
    CHECK(code(verb, at_7) == errc::none);
  }
  CHECK(code(record_verb::put, {condition_kind::version, 0}) == errc::invalid_argument);
  CHECK(code(record_verb::put, {static_cast<condition_kind>(9), 0}) == errc::invalid_argument);
  CHECK(code(static_cast<record_verb>(0), any) == errc::invalid_argument);
  CHECK(code(static_cast<record_verb>(77), any) == errc::invalid_argument);
}

TEST_CASE("a collection may want a condition with everything but creating") {
  collection_settings settings;
  settings.require_condition = true;
  auto rules = rules_of(settings);
  CHECK(code_of(rules, change(record_verb::create, "{}")) == errc::none);
  CHECK(code_of(rules, change(record_verb::put, "{}", absent)) == errc::none);
  CHECK(code_of(rules, change(record_verb::remove, "", at_7)) == errc::none);
  CHECK(code_of(rules, change(record_verb::put, "{}")) == errc::precondition_required);
  CHECK(code_of(rules, change(record_verb::merge_patch, "{}")) == errc::precondition_required);
  CHECK(code_of(rules, change(record_verb::json_patch, "[]")) == errc::precondition_required);
  CHECK(code_of(rules, change(record_verb::remove, "")) == errc::precondition_required);
}

TEST_CASE("bodies are what their verb takes") {
  auto rules = rules_of();
  CHECK(code_of(rules, change(record_verb::put, "[]")) == errc::invalid_argument);
  CHECK(code_of(rules, change(record_verb::put, "")) == errc::invalid_argument);
  CHECK(code_of(rules, change(record_verb::merge_patch, "[]")) == errc::invalid_argument);
  CHECK(code_of(rules, change(record_verb::remove, "{}")) == errc::invalid_argument);
}

TEST_CASE("S2: a record may be as large as its collection says, also after a patch") {
  collection_settings settings;
  settings.record_max = 20;
  auto rules = rules_of(settings);
  CHECK(code_of(rules, change(record_verb::put, R"({"a":"345678901234"})")) == errc::none);
  CHECK(code_of(rules, change(record_verb::put, R"({"a":"3456789012345"})"))
        == errc::payload_too_large);
  CHECK(code_of(rules, change(record_verb::put, "{\"a\":\"" + std::string(100'000, 'x') + "\"}"))
        == errc::payload_too_large);
  CHECK(patched(rules, record_verb::merge_patch, R"({"m":2})").starts_with("payload_too_large"));
}

TEST_CASE("the result of a patch is checked against the schema, not the patch") {
  collection_settings settings;
  settings.schema = R"({"required":["title"],"properties":{"title":{"type":"string"},"n":{}},
                        "additionalProperties":false})";
  auto rules = rules_of(settings);
  CHECK(patched(rules, record_verb::merge_patch, R"({"n":2})") == R"({"title":"x","n":2})");
  CHECK(patched(rules, record_verb::merge_patch, R"({"title":null,"x":1})")
          .starts_with("invalid_record: "));
  CHECK(patched(rules, record_verb::json_patch, R"([{"op":"remove","path":"/title"}])")
        == "invalid_record: /title: is missing");
  CHECK(code_of(rules, change(record_verb::put, R"({"title":7})")) == errc::invalid_record);
  CHECK(rules.knows_field("title"));
  CHECK(rules.knows_field("created_at"));
  CHECK_FALSE(rules.knows_field("size"));
}

TEST_CASE("patches see id, version and times, and cannot change them") {
  auto rules = rules_of();
  CHECK(patched(rules, record_verb::json_patch,
                R"([{"op":"test","path":"/version","value":7},
                    {"op":"test","path":"/id","value":"a"},
                    {"op":"add","path":"/version","value":9},
                    {"op":"add","path":"/n","value":2}])")
        == R"({"title":"x","n":2})");
  CHECK(patched(rules, record_verb::merge_patch, R"({"version":9,"id":null})")
        == R"({"title":"x","n":1})");
  CHECK(patched(rules, record_verb::json_patch, R"([{"op":"replace","path":"","value":7}])")
          .starts_with("patch_failed"));
}

TEST_CASE("a patch needs its record, as the client wants it") {
  auto rules = rules_of();
  const record none{"a", 0, {}, {}, {}};
  CHECK(patched(rules, record_verb::merge_patch, "{}", none).starts_with("unknown_record"));
  CHECK(patched(rules, record_verb::merge_patch, "{}", none, present)
          .starts_with("precondition_failed"));
  CHECK(patched(rules, record_verb::merge_patch, "{}", stored, at_7) == stored.fields);
  CHECK(patched(rules, record_verb::merge_patch, "{}", stored, {condition_kind::version, 6})
        == "precondition_failed: 'notes/a' has version 7, not 6");
}

TEST_CASE("a wrong schema is told when the rules are made") {
  collection_settings settings;
  settings.schema = "{";
  CHECK_FALSE(collection_rules::make(settings));
}

TEST_CASE("requests have the same fingerprint only if they are the same") {
  const auto x = change(record_verb::put, R"({"a":1})");
  CHECK(fingerprint_of(x) == fingerprint_of(x));
  CHECK(fingerprint_of(x).size() == 32);
  auto moved = x; // the same letters, cut elsewhere
  moved.collection = "note";
  moved.id = "sa";
  std::vector<change_record> others{
    moved, change(record_verb::merge_patch, R"({"a":1})"), change(record_verb::put, R"({"a":2})"),
    change(record_verb::put, R"({"a":1})", present), change(record_verb::put, R"({"a":1})", at_7)};
  for (const auto& other : others)
    CHECK(fingerprint_of(other) != fingerprint_of(x));
  CHECK(fingerprint_of(change_records{{x, moved}, {}})
        != fingerprint_of(change_records{{moved, x}, {}}));
  auto keyed = x;
  keyed.idempotency_key = "k";
  CHECK(fingerprint_of(keyed) == fingerprint_of(x));
}

} // namespace collection_rules_test
