// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/record_samples.hpp"
#include "tests/contract/samples.hpp"

namespace record_query_test {

using namespace troupe;
using namespace troupe::test;

namespace {

using filter = std::vector<filter_step>;

query_records where(const filter& steps) {
  return {"notes", steps, "", {}, {}, 100, true};
}

query_records search_for(const std::string& words) {
  return {"notes", {}, words, {}, {}, 100, false};
}

/// Every second condition is negated, and each holds the ones before (or, turned, after) it.
filter nested(bool turned) {
  const filter_step one{filter_operator::equal, "n", {"1"}};
  filter steps;
  const std::size_t depth = 33;
  for (std::size_t i = 0; i < depth; ++i) {
    steps.push_back(one);
    if (!turned && i > 0)
      steps.push_back({i % 2 ? filter_operator::both : filter_operator::either, {}, {}});
    if (i % 3 == 0)
      steps.push_back({filter_operator::negation, {}, {}});
  }
  for (std::size_t i = 1; turned && i < depth; ++i)
    steps.push_back({i % 2 ? filter_operator::both : filter_operator::either, {}, {}});
  return steps;
}

} // namespace

FOR_EACH_ENGINE("a malformed filter, order, place or path is refused") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  const filter_step one{filter_operator::equal, "n", {"1"}};
  const auto with = [](const std::string& field, const std::string& value) {
    return filter{{filter_operator::equal, field, {value}}};
  };
  for (const auto& wrong : std::vector<filter>{{{filter_operator::both, {}, {}}},
                                               {one, {filter_operator::both, {}, {}}},
                                               {{filter_operator::negation, {}, {}}},
                                               {one, one},
                                               {{filter_operator::equal, "n", {}}},
                                               {{filter_operator::equal, "n", {"1", "2"}}},
                                               {{static_cast<filter_operator>(99), "n", {"1"}}},
                                               with("n", "{}"),
                                               with("n", "x"),
                                               with("n", "1e999"),
                                               with("", "1"),
                                               with("a..b", "1"),
                                               with("a\"b", "1"),
                                               with("a\\b", "1"),
                                               with(std::string{"a\0b", 3}, "1"),
                                               with("created_at", "\"now\"")})
    CHECK(store.refusal(where(wrong)).code == errc::invalid_argument);
  auto query = where({});
  query.after = {"1", "2", "3"};
  CHECK(store.refusal(query).code == errc::invalid_argument);
  query.after = {"[]"};
  CHECK(store.refusal(query).code == errc::invalid_argument);
}

FOR_EACH_ENGINE("names and values that look like SQL are only names and values") {
  TestType engine;
  record_driver store{engine.store()};
  const std::string odd = "x') OR 1=1; DROP TABLE records_1; --";
  store.declare({{"notes", {odd}, {odd}, "", {}}});
  store.must_write(put("a", "{\"" + odd + "\":\"" + odd + "\"}"));
  store.must_write(put("b", "{}"));

  const auto found = store.select(where({{filter_operator::equal, odd, {'"' + odd + '"'}}}));
  CHECK(ids_of(found.records) == names{"a"});
  CHECK(found.count == 1);
  CHECK(store.select(where({{filter_operator::equal, "n", {'"' + odd + '"'}}})).records.empty());
}

FOR_EACH_ENGINE("a filter may be as long and as deep as its steps allow") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  store.must_write(put("a", R"({"n":1})"));
  for (const bool turned : {false, true})
    CHECK(store.select(where(nested(turned))).count <= 1);
  filter_step many{filter_operator::one_of, "n", names(2000, "1")};
  CHECK(store.select(where({many})).count == 1);
}

FOR_EACH_ENGINE("whatever is searched is words, never the index's own language") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({{"notes", {}, {"text"}, "", {}}, plain("bare")});
  store.must_write(put("a", R"({"text":"red AND apple near text_0"})"));
  store.must_write(put("b", R"({"text":"Apple, red; apple"})"));

  CHECK(ids_of(store.select(search_for("apple red")).records).size() == 2);
  CHECK(ids_of(store.select(search_for("\"apple red")).records) == names{"b"});
  CHECK(ids_of(store.select(search_for("red AND")).records) == names{"a"});
  CHECK(ids_of(store.select(search_for("red NOT apple")).records).empty());
  CHECK(ids_of(store.select(search_for("text_0:red")).records).empty());
  CHECK(ids_of(store.select(search_for(std::string{"red\0\" OR ", 8})).records).empty());
  CHECK(ids_of(store.select(search_for("^red (apple) {near}*")).records) == names{"a"});
  for (const auto& none : {" ", "\"\"", "***", "\"", "() -- '"})
    CHECK(store.refusal(search_for(none)).code == errc::invalid_argument);
  CHECK(store.refusal({"bare", {}, "red", {}, {}, 1, false}).code == errc::invalid_argument);
}

FOR_EACH_ENGINE("pages and parts of the feed stop before they get too large, and go on") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  const auto large = "{\"t\":\"" + std::string(200 * 1024, 't') + "\"}";
  for (const auto* id : {"a", "b", "c"})
    store.must_write(put(id, large));
  auto query = where({});
  const auto first = store.select(query);
  CHECK(ids_of(first.records) == names{"a", "b"});
  CHECK(first.count == 3);
  query.after = first.last;
  const auto second = store.select(query);
  CHECK(ids_of(second.records) == names{"c"});
  CHECK(second.last.empty());
  CHECK(store.changes(0).changes.size() == 2);
  CHECK(store.changes(store.changes(0).next).changes.size() == 1);
}

} // namespace record_query_test
