// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "tests/contract/record_samples.hpp"
#include "tests/contract/samples.hpp"

namespace record_store_test {

using namespace troupe;
using namespace troupe::test;

namespace {

const write_condition absent{condition_kind::absent, 0};
const write_condition present{condition_kind::present, 0};

write_condition at_version(std::uint64_t version) {
  return {condition_kind::version, version};
}

} // namespace

FOR_EACH_ENGINE("a record is created, replaced and removed, each under the next version") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});

  const auto created = store.must_write(put("a", R"({"n":1})"), at(1));
  CHECK(created.kind == change_kind::created);
  CHECK(created.before == record{"a", 0, {}, {}, ""});
  CHECK(created.after == record{"a", 1, at(1), at(1), R"({"n":1})"});
  CHECK(created.sequence == 1);
  CHECK(store.get("a") == created.after);

  const auto updated = store.must_write(put("a", R"({"n":2})"), at(2));
  CHECK(updated.kind == change_kind::updated);
  CHECK(updated.before == created.after);
  CHECK(updated.after == record{"a", 2, at(1), at(2), R"({"n":2})"});
  CHECK(store.get("a") == updated.after);

  const auto removed = store.must_write(removal("a"), at(3));
  CHECK(removed.kind == change_kind::deleted);
  CHECK(removed.before == updated.after);
  CHECK(removed.after == record{"a", 0, {}, {}, ""});
  CHECK(removed.sequence == 3);
  CHECK(store.read({"a"}).sequence == 3);
  CHECK(store.read({"a"}).records == std::vector{record{"a", 0, {}, {}, ""}});

  const auto again = store.must_write(put("a", "{}"), at(4));
  CHECK(again.after == record{"a", 4, at(4), at(4), "{}"});
  CHECK(store.collection().sequence == 4);
  CHECK(store.collection().records == 1);
}

FOR_EACH_ENGINE("R3: a write whose condition does not hold changes nothing, and tells what is") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  const auto there = store.must_write(put("a", "{}")).after;
  const auto before = record_contents_of(engine.store());

  for (const auto& wrong : {put("a", R"({"n":1})", absent), put("a", R"({"n":1})", at_version(7)),
                            put("a", R"({"n":1})", {static_cast<condition_kind>(9), 1}),
                            removal("a", absent), removal("a", at_version(2))}) {
    const auto answer = store.write({wrong}).results.at(0);
    CHECK(answer.code == number(errc::precondition_failed));
    CHECK(answer.before == there);
    CHECK(answer.after == there);
    CHECK(answer.sequence == 1);
  }
  for (const auto& wrong :
       {put("b", "{}", present), put("b", "{}", at_version(0)), removal("b", at_version(1))})
    CHECK(codes_of(store.write({wrong})) == codes{number(errc::precondition_failed)});
  CHECK(codes_of(store.write({removal("b")})) == codes{number(errc::unknown_record)});

  CHECK(record_contents_of(engine.store()) == before);
  CHECK(store.must_write(put("a", R"({"n":1})", at_version(1))).after.version == 2);
  CHECK(store.must_write(put("a", R"({"n":2})", present)).after.version == 3);
  CHECK(store.must_write(put("b", "{}", absent)).after.version == 4);
  CHECK(store.must_write(removal("a", at_version(3))).sequence == 5);
}

FOR_EACH_ENGINE("R2: a write under another epoch than its shard's is refused") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  const auto shard = shard_of("notes", "a");
  CHECK(store.claim({shard, shard}, {"south", 9, 2})
        == shards_stored{{{shard, 2, {"south", 9, 2}}}});

  CHECK(codes_of(store.write({put("a", "{}")})) == codes{number(errc::not_owner)});
  auto current = put("a", "{}");
  current.epoch = 2;
  store.must_write(current);
  engine.reopen();
  record_driver later{engine.store()};
  CHECK(codes_of(later.write({put("a", "{}")})) == codes{number(errc::not_owner)});
  CHECK(later.reader().shards({})->shards.size() == key_shards);
  CHECK(later.reader().shards({})->shards[shard] == stored_shard{shard, 2, {"south", 9, 2}});
}

FOR_EACH_ENGINE(
  "a shard that was never claimed takes no write, and one beyond the last is refused") {
  TestType engine;
  REQUIRE(engine.store().transact(durability::machine, [](storage_transaction& tx) {
    tx.declare({{plain("notes")}});
    auto write = put("a", "{}");
    write.epoch = 0;
    CHECK(codes_of(tx.write({at(1), {write}, "", ""})) == codes{number(errc::not_owner)});
  }));
  const auto done = engine.store().transact(durability::machine, [](storage_transaction& tx) {
    tx.claim({first_owner, {key_shards}});
  });
  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::invalid_argument);
}

FOR_EACH_ENGINE("R4: of a batch with one refused write nothing happens, and each says why") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  store.must_write(put("a", "{}"));
  const auto before = record_contents_of(engine.store());

  const auto answer = store.write({put("b", "{}"), put("a", "{}", absent),
                                   put("x", "{}", {}, "unknown"), removal("c"), put("d", "{}")});

  CHECK(answer.code == 0);
  CHECK(codes_of(answer)
        == codes{0, number(errc::precondition_failed), number(errc::unknown_collection),
                 number(errc::unknown_record), 0});
  for (const auto& x : answer.results)
    CHECK(x.after == x.before);
  CHECK(record_contents_of(engine.store()) == before);
  const auto taken = store.write({put("b", "{}"), removal("a"), put("c", "{}", absent)});
  CHECK(taken.results.at(0).sequence == 2);
  CHECK(taken.results.at(1).sequence == 3);
  CHECK(taken.results.at(2).after.version == 4);
}

FOR_EACH_ENGINE("what cannot be a write is refused as a whole") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  const auto before = record_contents_of(engine.store());

  for (const auto& wrong :
       std::vector<std::vector<record_write>>{{put("a", "{}"), put("a", "{}")},
                                              {put(std::string(10'000, 'a'), "{}")},
                                              {put("", "{}")},
                                              {put("..", "{}")},
                                              {put(std::string{"a\0b", 3}, "{}")},
                                              {put("a'b", "{}")},
                                              {put("a", "")},
                                              {put("a", "[]")},
                                              {put("a", "{")},
                                              {put("a", R"({"n":1e999})")},
                                              {put("a", "{\"n\":\"\xff\"}")},
                                              {put("b", "{}"), put("a", std::string{"{}\0", 3})}}) {
    const auto answer = store.write(wrong);
    CHECK(answer.code == number(errc::invalid_argument));
    CHECK(codes_of(answer) == codes(wrong.size(), number(errc::invalid_argument)));
  }
  CHECK(store.write({at(1), {put("a", "{}")}, std::string(1000, 'k'), ""}).code
        == number(errc::invalid_argument));
  CHECK(record_contents_of(engine.store()) == before);
}

FOR_EACH_ENGINE("writes under a key that was used before are answered as then") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes"), {"people", {}, {}, "", {"hired", "", ""}}});
  auto hired = put("p", "{}", {}, "people");
  hired.hook_job = id_of(1);
  const write_records request{at(5), {put("a", R"({"n":1})"), hired}, "key", "print"};
  const auto first = store.write(request);
  CHECK_FALSE(first.replayed);
  CHECK(first.jobs.size() == 1);
  store.must_write(put("a", R"({"n":2})"));
  const auto before = record_contents_of(engine.store());
  engine.reopen();
  record_driver later{engine.store()};

  const auto again = later.write(request);
  CHECK(again.replayed);
  CHECK(again.results == first.results);
  CHECK(again.jobs.empty());
  auto other = request;
  other.fingerprint = "another";
  CHECK(later.write(other).code == number(errc::idempotency_mismatch));
  CHECK(record_contents_of(engine.store()) == before);

  CHECK(later.trim({"", {}, at(5), 10}).keys == 0);
  CHECK(later.trim({"", {}, at(6), 10}).keys == 1);
  CHECK(later.write({at(7), {put("a", "{}")}, "key", "another"}).code == 0);
}

FOR_EACH_ENGINE("a refused write is not remembered under its key") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  const write_records request{at(5), {removal("a")}, "key", "print"};
  CHECK(codes_of(store.write(request)) == codes{number(errc::unknown_record)});
  store.must_write(put("a", "{}"));
  const auto done = store.write(request);
  CHECK_FALSE(done.replayed);
  CHECK(codes_of(done) == codes{0});
}

FOR_EACH_ENGINE("R4: a hook's job is stored with the change that it tells of, or neither is") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({{"people", {}, {}, "", {"hired", "", "left"}}});
  auto write = put("p", R"({"n":1})", {}, "people");
  CHECK(store.write({write}).code == number(errc::invalid_argument));
  CHECK(contents(engine.store()).empty());

  write.hook_job = id_of(1);
  const auto created = store.write({write}, at(3));
  REQUIRE(created.jobs.size() == 1);
  CHECK(created.results[0].job == id_of(1));
  CHECK(created.jobs[0].queue == "hired");
  CHECK(created.jobs[0].job.payload
        == hook_payload("people", change_kind::created, {}, created.results[0].after));
  const auto ready = driver{engine.store()}.ready({"hired", 9, 0, 10, 1000});
  REQUIRE(ready.jobs.size() == 1);
  CHECK(ready.jobs[0] == created.jobs[0].job);

  write.hook_job = 0; // updates have no hook
  CHECK(store.must_write(write).job == 0);
  auto left = removal("p", at_version(1), "people");
  left.hook_job = id_of(2);
  CHECK(codes_of(store.write({left})) == codes{number(errc::precondition_failed)});
  CHECK(contents(engine.store()).size() == 1);
  left.condition = {};
  CHECK(store.write({left}).jobs.at(0).queue == "left");
  CHECK(contents(engine.store()).size() == 2);
}

FOR_EACH_ENGINE("R4: a step ends its job, writes records and stores jobs, or does nothing") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  driver jobs{engine.store()};
  jobs.insert(id_of(1), {some("work")});
  REQUIRE(jobs.grant(id_of(1), first_epoch));
  const store_step step{at(9),
                        succeeded(id_of(1), first_epoch, "done"),
                        {at(1), {put("a", "{}")}, "", ""},
                        {{"mail", id_of(2), at(9), {some("next")}}}};
  const auto before = record_contents_of(engine.store());

  auto old = step;
  old.end.lease.epoch = first_epoch + 1;
  CHECK(store.commit(old).lost);
  auto refused = step;
  refused.writes.writes.push_back(removal("b"));
  const auto answer = store.commit(refused);
  CHECK_FALSE(answer.lost);
  CHECK(codes_of(answer.written) == codes{0, number(errc::unknown_record)});
  CHECK(record_contents_of(engine.store()) == before);
  CHECK(jobs.get(id_of(1)).state == job_state::running);
  CHECK_FALSE(jobs.exists(id_of(2)));

  const auto done = store.commit(step);
  CHECK(done.written.results.at(0).after == record{"a", 1, at(9), at(9), "{}"});
  CHECK(jobs.get(id_of(1)).state == job_state::succeeded);
  CHECK(jobs.exists(id_of(2)));
  CHECK(store.commit(step).lost);
  CHECK(store.collection().sequence == 1);
}

FOR_EACH_ENGINE("R5: the feed from its beginning, applied in order, gives exactly the records") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  for (int i = 0; i < 60; ++i) {
    const auto id = "r" + std::to_string(i * 7 % 11);
    (void)store.write({i % 4 == 3 ? removal(id) : put(id, "{\"n\":" + std::to_string(i) + "}")},
                      at(i));
  }
  std::map<std::string, record> replayed;
  std::uint64_t after = 0;
  for (auto page = store.changes(0, 7); !page.changes.empty(); page = store.changes(after, 7)) {
    for (const auto& x : page.changes) {
      REQUIRE(x.sequence == ++after);
      CHECK(x.value.version == x.sequence);
      CHECK((x.kind == change_kind::created) == !replayed.contains(x.value.id));
      if (x.kind == change_kind::deleted)
        replayed.erase(x.value.id);
      else
        replayed[x.value.id] = x.value;
    }
    CHECK(page.next == after);
  }
  CHECK(after == store.collection().sequence);
  std::vector<record> expected;
  for (const auto& [id, x] : replayed)
    expected.push_back(x);
  CHECK(store.select({"notes", {}, "", {}, {}, 1000, false}).records == expected);
  CHECK(store.changes(latest_change).next == after);
  CHECK(store.changes(latest_change).changes.empty());
  CHECK(store.changes(after + 1).too_old); // of another database than this one
}

FOR_EACH_ENGINE("a feed whose start was trimmed says that it is too old for who is before it") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  for (int i = 1; i <= 5; ++i)
    store.must_write(put("a", "{}"), at(i));

  CHECK(store.trim({"notes", at(3), {}, 1}).changes == 1);
  CHECK(store.trim({"notes", at(3), {}, 10}).changes == 1);
  CHECK(store.trim({"nowhere", at(3), {}, 10}).changes == 0);

  CHECK(store.collection().oldest_change == 3);
  CHECK(store.changes(1).too_old);
  CHECK(store.changes(1).changes.empty());
  CHECK_FALSE(store.changes(2).too_old);
  CHECK(store.changes(2).changes.size() == 3);
  CHECK(store.get("a").version == 5);
  CHECK(store.trim({"notes", at(100), {}, 10}).changes == 3);
  engine.reopen();
  record_driver later{engine.store()};
  CHECK(later.changes(4).too_old);
  CHECK_FALSE(later.changes(5).too_old);
}

FOR_EACH_ENGINE("a collection that is declared no more can be read, but not written") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes"), plain("people")});
  store.must_write(put("a", "{}"));
  store.declare({plain("people")});

  CHECK(codes_of(store.write({put("a", "{}")})) == codes{number(errc::unknown_collection)});
  CHECK(store.get("a").version == 1);
  store.declare({plain("notes")});
  CHECK(store.must_write(put("a", "{}")).after.version == 2);
  CHECK(store.reader().read({"none", {"a"}}).error().code == errc::unknown_collection);
  CHECK(store.reader().select({"none", {}, "", {}, {}, 1, false}).error().code
        == errc::unknown_collection);
  CHECK(store.reader().changes({"none", 0, 1, {}}).error().code == errc::unknown_collection);
}

} // namespace record_store_test
