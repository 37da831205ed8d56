// SPDX-License-Identifier: Apache-2.0
#include <SQLiteCpp/SQLiteCpp.h>
#include <algorithm>
#include <functional>
#include <sqlite3.h>

#include "persistence/sqlite/search_rank.hpp"
#include "tests/contract/record_samples.hpp"
#include "tests/contract/samples.hpp"

namespace sqlite_plans_test {

/// What a listing costs must not grow with what is stored. SQLite itself tells here how it runs the
/// statements that the engine gives it.
using namespace troupe;
using namespace troupe::test;

namespace {

/// The SELECTs that ran on the connections that were opened while it lives, with their values.
class statement_log {
public:
  statement_log() {
    texts().clear();
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(follow));
  }

  ~statement_log() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(follow)); }

  statement_log(const statement_log&) = delete;
  statement_log& operator=(const statement_log&) = delete;

  std::vector<std::string> take() { return std::exchange(texts(), {}); }

private:
  static std::vector<std::string>& texts() {
    static std::vector<std::string> result;
    return result;
  }

  static int follow(sqlite3* connection, const char**, const sqlite3_api_routines*) {
    return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, note, nullptr);
  }

  static int note(unsigned, void*, void* statement, void*) {
    auto* text = sqlite3_expanded_sql(static_cast<sqlite3_stmt*>(statement));
    const std::string sql = text == nullptr ? "" : text;
    sqlite3_free(text);
    // FTS5 has statements of its own, with such names. Declarations are few, and always read whole.
    if (sql.starts_with("SELECT") && sql.find("'main'.") == std::string::npos
        && sql.find("collection_fields") == std::string::npos)
      texts().push_back(sql);
    return 0;
  }
};

/// A store, and how it does what it is asked.
struct planned {
  statement_log log; // before the store opens
  sqlite_engine engine;
  record_driver records{engine.store()};
  driver jobs{engine.store()};
  std::unique_ptr<storage_reader> reader;

  planned() {
    records.declare({{"notes", {"category", "score"}, {"title", "body"}, "", {}}});
    jobs.open({"mail"});
    reader = std::move(*engine.store().open_reader());
    records.write({put("a", R"({"category":"x","score":1,"title":"red"})"),
                   put("b", R"({"category":"y","score":2,"title":"blue"})")});
    // What is remembered of the collections is read once.
    REQUIRE(reader->select({"notes", {}, "", {}, {}, 1, false}));
  }

  /// The steps of all SELECTs that `work` made the store run.
  std::vector<std::string> steps_of(const std::function<void(storage_reader&)>& work) {
    log.take();
    work(*reader);
    const auto statements = log.take();
    REQUIRE_FALSE(statements.empty());
    SQLite::Database database{engine.path().string(), SQLite::OPEN_READONLY};
    sqlite::add_search_score(database); // searches are planned with it
    std::vector<std::string> steps;
    for (const auto& sql : statements) {
      SQLite::Statement plan{database, "EXPLAIN QUERY PLAN " + sql};
      while (plan.executeStep())
        steps.push_back(plan.getColumn(3).getString());
    }
    return steps;
  }

  std::vector<std::string> steps_of(const query_records& request) {
    return steps_of([&](storage_reader& x) { REQUIRE(x.select(request)); });
  }
};

bool has(const std::vector<std::string>& steps, const std::string& part) {
  return std::any_of(steps.begin(), steps.end(), [&part](const std::string& step) {
    return step.find(part) != std::string::npos;
  });
}

/// No table is read from end to end. What is read in the order of an index is read until the page
/// is full.
void check_no_walk(const std::vector<std::string>& steps) {
  for (const auto& step : steps)
    if (step.starts_with("SCAN ") && step.find(" INDEX ") == std::string::npos
        && !step.starts_with("SCAN ("))
      FAIL("walks: " << step);
}

/// Nothing is sorted either, for that takes all that match.
void check_in_order(const std::vector<std::string>& steps) {
  check_no_walk(steps);
  for (const auto& step : steps)
    CHECK_THAT(step, !Catch::Matchers::Contains("TEMP B-TREE"));
}

query_records listing(std::vector<filter_step> filter, std::vector<sort_key> sort,
                      std::vector<std::string> after = {}) {
  return {"notes", std::move(filter), "", std::move(sort), std::move(after), 20, false};
}

filter_step condition(filter_operator operation, const std::string& field,
                      const std::string& value) {
  return {operation, field, {value}};
}

} // namespace

TEST_CASE("records are found by an index of the field that a filter names") {
  planned store;
  using by = std::vector<sort_key>;
  for (const auto& [filter, sort] :
       {std::pair{condition(filter_operator::equal, "category", "\"x\""), by{}},
        {condition(filter_operator::less, "category", "\"x\""), by{{"category", false}}},
        {condition(filter_operator::greater, "score", "1"), by{{"score", false}}},
        {condition(filter_operator::less, "score", "1"), by{{"score", false}}}}) {
    const auto steps = store.steps_of(listing({filter}, sort));
    INFO(filter.field << " in " << Catch::StringMaker<std::vector<std::string>>::convert(steps));
    CHECK(has(steps, "SEARCH"));
    CHECK(has(steps, "USING INDEX records_1"));
    check_in_order(steps);
  }
}

TEST_CASE("records come in the order of an index, and a page begins where the last one ended") {
  planned store;
  for (const auto& [sort, after] :
       std::vector<std::pair<std::vector<sort_key>, std::vector<std::string>>>{
         {{}, {"\"a\""}},
         {{{"score", false}}, {"1", "\"a\""}},
         {{{"category", false}}, {"\"x\"", "\"a\""}}}) {
    const auto first = store.steps_of(listing({}, sort));
    CHECK(has(first, "USING INDEX"));
    check_in_order(first);
    const auto next = store.steps_of(listing({}, sort, after));
    CHECK(has(next, "SEARCH"));
    CHECK(has(next, "USING INDEX"));
    check_in_order(next);
  }
}

TEST_CASE("words are found by the index of words, and their records by place") {
  planned store;
  const auto steps = store.steps_of({"notes", {}, "red blue", {}, {}, 20, true});
  CHECK(has(steps, "VIRTUAL TABLE INDEX"));
  CHECK(has(steps, "USING INTEGER PRIMARY KEY"));
  check_no_walk(steps);
}

TEST_CASE("the feed of changes and single records are found by their keys") {
  planned store;
  const auto feed = store.steps_of([](storage_reader& x) {
    REQUIRE(x.changes({"notes", 1, 10, milliseconds{0}}));
  });
  CHECK(has(feed, "USING INTEGER PRIMARY KEY"));
  check_no_walk(feed);
  const auto single = store.steps_of([](storage_reader& x) {
    REQUIRE(x.read({"notes", {"a", "b"}}));
  });
  CHECK(has(single, "USING INDEX"));
  check_no_walk(single);
}

TEST_CASE("jobs are listed by an index, whatever they are listed by") {
  planned store;
  list_jobs by_tag{"", {}, 0, 10, "urgent", ""};
  list_jobs by_tag_and_queue{"mail", {}, id_of(9), 10, "urgent", ""};
  list_jobs by_text{"", {}, 0, 10, "", "needle"};
  store.jobs.insert(id_of(1), {tagged({"urgent"})});
  for (const auto& request :
       {by_tag, by_tag_and_queue, by_text, list_jobs{"mail", {job_state::dead}, 0, 10, "", ""},
        list_jobs{"mail", {job_state::ready}, 0, 10, "", ""},
        list_jobs{"mail", {job_state::running}, 0, 10, "", ""}, list_jobs{"", {}, 0, 10, "", ""}}) {
    const auto steps = store.steps_of([&](storage_reader& x) { REQUIRE(x.list(request)); });
    if (!request.tag.empty())
      CHECK(has(steps, "SEARCH job_tags USING PRIMARY KEY (tag=?"));
    for (const auto& step : steps)
      // Those of one queue and state are read as a whole, and are few.
      CHECK((!step.starts_with("SCAN ") || step.find("SCAN jobs") == std::string::npos));
  }
}

} // namespace sqlite_plans_test
