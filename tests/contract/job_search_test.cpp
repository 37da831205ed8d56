// SPDX-License-Identifier: Apache-2.0
#include "messages/limits.hpp"
#include "persistence/job_search.hpp"
#include "persistence/sqlite/schema.hpp"
#include "tests/contract/record_samples.hpp"
#include "tests/contract/samples.hpp"

namespace job_search_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

list_jobs with_tag(const std::string& tag) {
  return {"", {}, 0, 10, tag, ""};
}

list_jobs with_text(const std::string& text) {
  return {"", {}, 0, 10, "", text};
}

/// Kills a job, with a copy in the dead-letter queue.
void kill(driver& store, job_id id, job_id copy) {
  REQUIRE(store.grant(id, first_epoch));
  REQUIRE(store.end(died(id, first_epoch, "mail.dead", copy)));
}

int rows_of_tags(sqlite_engine& engine) {
  SQLite::Database file{engine.path().string()};
  return file.execAndGet("SELECT count(*) FROM job_tags").getInt();
}

} // namespace

// -- tags and traces ------------------------------------------------------------------------------

FOR_EACH_ENGINE("J1: a job keeps its tags, in order and each once, and its trace") {
  TestType engine;
  auto wanted = tagged({"b", "a", "\u00e4 b", "a"});
  wanted.trace_parent = trace;
  driver{engine.store()}.insert(id_of(1), {wanted, some("plain")});

  engine.reopen();
  driver store{engine.store()};

  CHECK(store.get(id_of(1)).tags == std::vector<std::string>{"a", "b", "\u00e4 b"});
  CHECK(store.get(id_of(1)).trace_parent == trace);
  CHECK(store.get(id_of(2)).tags.empty());
  CHECK(store.get(id_of(2)).trace_parent.empty());
}

FOR_EACH_ENGINE("whoever hands a job out gets its trace, at the start of a dispatcher too") {
  TestType engine;
  driver store{engine.store()};
  auto wanted = some("a");
  auto delayed = later(5s);
  wanted.trace_parent = trace;
  delayed.trace_parent = trace;
  store.insert(id_of(1), {wanted, wanted, delayed});

  CHECK(store.ready({"mail", 9, 0, 1, 1000}).jobs.at(0).trace_parent == trace);
  CHECK(store.promote(at(9)).scheduled.at(0).trace_parent == trace);
  REQUIRE(store.grant(id_of(1), first_epoch));
  CHECK(store.open({"mail"}).leases.at(0).job.trace_parent == trace);
}

FOR_EACH_ENGINE("dead letters, moved ones and revived jobs keep their tags and their trace") {
  TestType engine;
  driver store{engine.store()};
  auto wanted = tagged({"red", "blue"});
  wanted.trace_parent = trace;
  store.insert(id_of(1), {wanted, wanted});
  kill(store, id_of(1), id_of(11));
  kill(store, id_of(2), id_of(12));

  const auto moved = store.in_transaction([](job_transaction& tx) {
    return tx.move({"mail.dead", id_of(30), at(50), 1});
  });
  const auto revived = store.in_transaction([](job_transaction& tx) {
    return tx.revive({at(60), {id_of(1)}});
  });

  CHECK(moved.jobs.at(0).job.trace_parent == trace);
  CHECK(revived.updates.at(0).job.trace_parent == trace);
  for (const auto number : {1U, 2U, 12U, 30U}) {
    CAPTURE(number);
    CHECK(store.get(id_of(number)).tags == std::vector<std::string>{"blue", "red"});
    CHECK(store.get(id_of(number)).trace_parent == trace);
  }
  CHECK(store.list(with_tag("red")) == ids{id_of(30), id_of(12), id_of(2), id_of(1)});
}

FOR_EACH_ENGINE("the job of a hook has the trace of the write") {
  TestType engine;
  record_driver records{engine.store()};
  records.declare({{"people", {}, {}, "", {"hired", "", ""}}});
  auto write = put("p", "{}", {}, "people");
  write.hook_job = id_of(7);

  const auto written = records.write({at(1), {write}, "", "", trace});

  REQUIRE(written.jobs.size() == 1);
  CHECK(written.jobs[0].job.trace_parent == trace);
  CHECK(driver{engine.store()}.get(id_of(7)).trace_parent == trace);
}

FOR_EACH_ENGINE("a tag that is empty, or of several lines, refuses its transaction") {
  TestType engine;
  const std::string tag = GENERATE("", "two\nlines");

  const auto done = engine.store().transact(durability::machine, [&](job_transaction& tx) {
    tx.insert({"mail", id_of(1), at(0), {tagged({"good", tag})}});
  });

  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::invalid_argument);
  CHECK(driver{engine.store()}.list(with_tag("good")).empty());
}

FOR_EACH_ENGINE("jobs are listed by a tag, alone and together with queue, state and page") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {tagged({"red"}), tagged({"red", "big"}), tagged({"big"}), some("a"),
                          tagged({"red"}), tagged({"Red"})});
  store.insert(id_of(7), {tagged({"red"})}, "other");
  REQUIRE(store.grant(id_of(2), first_epoch));
  REQUIRE(store.grant(id_of(5), first_epoch));
  REQUIRE(store.end(succeeded(id_of(5), first_epoch)));
  using enum job_state;

  CHECK(store.list(with_tag("red")) == ids{id_of(7), id_of(5), id_of(2), id_of(1)});
  CHECK(store.list(with_tag("big")) == ids{id_of(3), id_of(2)});
  CHECK(store.list(with_tag("re")).empty());
  CHECK(store.list({"mail", {}, 0, 10, "red", ""}) == ids{id_of(5), id_of(2), id_of(1)});
  CHECK(store.list({"", {ready}, 0, 10, "red", ""}) == ids{id_of(7), id_of(1)});
  CHECK(store.list({"", {running}, 0, 10, "red", ""}) == ids{id_of(2)});
  CHECK(store.list({"", {running, succeeded}, 0, 10, "red", ""}) == ids{id_of(5), id_of(2)});
  CHECK(store.list({"", {}, id_of(5), 1, "red", ""}) == ids{id_of(2)});
  CHECK(store.list({"nobody", {}, 0, 10, "red", ""}).empty());
}

TEST_CASE("the index of tags has rows only for jobs that have some, and forgets those purged") {
  sqlite_engine engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("plain"), tagged({"red", "blue"}), tagged({"red"})});
  CHECK(rows_of_tags(engine) == 3);
  kill(store, id_of(2), id_of(12));
  CHECK(rows_of_tags(engine) == 5);

  store.in_transaction([](job_transaction& tx) {
    tx.move({"mail.dead", id_of(30), at(50), 5});
    tx.cancel({at(5), {id_of(30)}});
  });
  CHECK(rows_of_tags(engine) == 5);
  const auto purged = store.in_transaction([](job_transaction& tx) {
    return tx.purge({"mail", at(100), 10});
  });

  CHECK(purged == jobs_purged{0, 1, 1});
  CHECK(rows_of_tags(engine) == 1);
  CHECK(store.list(with_tag("red")) == ids{id_of(3)});
  CHECK(store.list(with_tag("blue")).empty());
}

// -- texts ----------------------------------------------------------------------------------------

FOR_EACH_ENGINE("jobs are found by what their payload or error has in it, whatever the case") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a Red apple"), some("pear"), some("RED"), some("reD plum")});
  REQUIRE(store.grant(id_of(2), first_epoch));
  REQUIRE(store.end(died(id_of(2), first_epoch)));

  CHECK(store.list(with_text("red")) == ids{id_of(4), id_of(3), id_of(1)});
  CHECK(store.list(with_text("rEd A")) == ids{id_of(1)});
  CHECK(store.list(with_text("FOR GOOD")) == ids{id_of(2)});
  CHECK(store.list(with_text("e")) == ids{id_of(4), id_of(3), id_of(2), id_of(1)});
  CHECK(store.list(with_text("redd")).empty());
}

FOR_EACH_ENGINE("a text is plain: no character of it stands for others") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("100 %"), some("a_b"), some("[a-z]*"), some("\xff\xfe"),
                          some(std::string("x\0y", 3)), some("it's \"so\"")});

  CHECK(store.list(with_text("%")) == ids{id_of(1)});
  CHECK(store.list(with_text("_")) == ids{id_of(2)});
  CHECK(store.list(with_text("*")) == ids{id_of(3)});
  CHECK(store.list(with_text("[a-z]")) == ids{id_of(3)});
  CHECK(store.list(with_text("\xfe")) == ids{id_of(4)});
  CHECK(store.list(with_text(std::string("\0y", 2))) == ids{id_of(5)});
  CHECK(store.list(with_text("'s \"")) == ids{id_of(6)});
  CHECK(store.list(with_text("a?b")).empty());
}

FOR_EACH_ENGINE("a text is looked for among the jobs of a listing") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {tagged({"red"}, "apple"), some("apple"), tagged({"red"}, "pear")});
  store.insert(id_of(4), {tagged({"red"}, "apple")}, "other");
  REQUIRE(store.grant(id_of(1), first_epoch));
  using enum job_state;

  CHECK(store.list({"mail", {}, 0, 10, "", "apple"}) == ids{id_of(2), id_of(1)});
  CHECK(store.list({"", {}, 0, 10, "red", "apple"}) == ids{id_of(4), id_of(1)});
  CHECK(store.list({"", {running}, 0, 10, "red", "apple"}) == ids{id_of(1)});
  CHECK(store.list({"", {ready}, id_of(4), 10, "", "apple"}) == ids{id_of(2)});
}

// -- going on -------------------------------------------------------------------------------------

FOR_EACH_ENGINE("a listing tells where to go on, and at the end that there is no more") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {tagged({"red"}), tagged({"red"}), tagged({"red"}), tagged({"red"})});
  REQUIRE(store.grant(id_of(1), first_epoch));
  using enum job_state;
  const auto kind = GENERATE(0, 1, 2, 3);
  CAPTURE(kind);
  list_jobs request{"mail", {}, 0, 2, "", ""};
  if (kind == 1)
    request.states = {ready, running};
  else if (kind == 2)
    request.tag = "red";
  else if (kind == 3)
    request.text = "TAG";

  const auto first = store.find(request);
  CHECK(first.next == id_of(3));
  request.before = first.next;
  const auto second = store.find(request);
  CHECK(second.jobs.size() == 2);
  CHECK(second.next == 0); // just as many as asked for, and no more there
  request.limit = 3;
  request.before = 0;
  const auto long_page = store.find(request);
  CHECK(long_page.jobs.size() == 3);
  CHECK(long_page.next == id_of(2));
  request.before = long_page.next;
  CHECK(store.find(request).jobs.at(0).id == id_of(1));
}

FOR_EACH_ENGINE("a search looks at so many jobs a call, and can be gone on with") {
  TestType engine;
  driver store{engine.store()};
  constexpr auto looked_at = limits::job_search_max;
  std::vector<new_job> jobs(looked_at + 5, some("hay"));
  jobs.front().payload = "needle";
  jobs.back().payload = "a needle";
  store.insert(id_of(1), jobs);

  auto request = with_text("needle");
  const auto first = store.find(request);
  request.before = first.next;
  const auto second = store.find(request);

  REQUIRE(first.jobs.size() == 1);
  CHECK(first.jobs[0].id == id_of(looked_at + 5));
  CHECK(first.next == id_of(6));
  REQUIRE(second.jobs.size() == 1);
  CHECK(second.jobs[0].id == id_of(1));
  CHECK(second.next == 0);
}

FOR_EACH_ENGINE("J6: a search ends when it has looked at very many bytes") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), std::vector<new_job>(4, some(std::string(job_search_bytes_max / 2, 'x'))));

  auto request = with_text("needle");
  const auto first = store.find(request);
  request.before = first.next;

  CHECK(first.jobs.empty());
  CHECK(first.next == id_of(3));
  CHECK(store.find(request).next == 0);
}

// -- an older database ----------------------------------------------------------------------------

TEST_CASE("a database of schema 4 is brought up to date, and its jobs have no tags") {
  sqlite_engine engine;
  driver{engine.store()}.insert(id_of(1), {some("old"), some("older")});
  const auto before = contents(engine.store());
  {
    SQLite::Database file{engine.path().string(), SQLite::OPEN_READWRITE};
    file.exec("DROP TABLE job_tags");
    file.exec("ALTER TABLE jobs DROP COLUMN tags");
    file.exec("ALTER TABLE jobs DROP COLUMN trace_parent");
    file.exec("ALTER TABLE leases DROP COLUMN worker");
    file.exec("ALTER TABLE leases DROP COLUMN cancel");
    file.exec("DROP TABLE database_generation");
    file.exec("ALTER TABLE collections DROP COLUMN search_version");
    file.exec("DROP INDEX nodes_seen");
    file.exec("ALTER TABLE nodes DROP COLUMN seen_at");
    file.exec("PRAGMA user_version = 4");
  }

  engine.reopen();
  driver store{engine.store()};

  CHECK(contents(engine.store()) == before);
  SQLite::Database file{engine.path().string()};
  CHECK(file.execAndGet("PRAGMA user_version").getInt() == sqlite::schema_version);
  store.insert(id_of(3), {tagged({"new"})});
  CHECK(store.list(with_tag("new")) == ids{id_of(3)});
  REQUIRE(store.grant(id_of(1), first_epoch));
  REQUIRE(store.end(died(id_of(1), first_epoch, "mail.dead", id_of(4))));
  CHECK(store.get(id_of(4)).tags.empty());
  CHECK(store.list(with_text("OLD")) == ids{id_of(4), id_of(2), id_of(1)});
}

// -- some queues only
// ------------------------------------------------------------------------------

FOR_EACH_ENGINE("S-18 who may see some queues only is shown their jobs whatever is asked for") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {tagged({"x"})}, "mail");
  store.insert(id_of(2), {tagged({"x"})}, "photos");
  store.insert(id_of(3), {tagged({"x"})}, "other");
  store.insert(id_of(4), {later(5s)}, "photos");
  store.insert(id_of(5), {later(5s)}, "other");
  const auto ids = [](std::initializer_list<std::uint32_t> numbers) {
    std::vector<job_id> all;
    for (const auto x : numbers)
      all.push_back(id_of(x));
    return all;
  };
  list_jobs mine{"", {}, 0, 10};
  mine.queues = {"photos", "mail"};
  CHECK(store.list(mine) == ids({4, 2, 1}));
  mine.tag = "x";
  CHECK(store.list(mine) == ids({2, 1}));
  mine.text = "a";
  CHECK(store.list(mine) == ids({2, 1}));
  mine = {"", {job_state::scheduled, job_state::ready}, 0, 10};
  mine.queues = {"photos"};
  CHECK(store.list(mine) == ids({4, 2}));
  mine.queues = {"phot", "nothing", "*", ""};
  CHECK(store.list(mine).empty());
  CHECK(store.list({"", {}, 0, 10}) == ids({5, 4, 3, 2, 1}));
}

FOR_EACH_ENGINE("S-18 pages of some queues are full and end where their jobs do") {
  TestType engine;
  driver store{engine.store()};
  for (std::uint32_t i = 1; i <= 9; ++i)
    store.insert(id_of(i), {some("a")}, i % 3 == 0 ? "mail" : "other");
  list_jobs mine{"", {}, 0, 2};
  mine.queues = {"mail"};
  auto page = store.find(mine);
  REQUIRE(page.jobs.size() == 2);
  CHECK(page.next == id_of(6));
  mine.before = page.next;
  page = store.find(mine);
  REQUIRE(page.jobs.size() == 1);
  CHECK(page.jobs[0].id == id_of(3));
  CHECK(page.next == 0);
}

} // namespace job_search_test
