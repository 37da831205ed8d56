// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/samples.hpp"

namespace job_store_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

// -- taking over a shard -------------------------------------------------------------------------

FOR_EACH_ENGINE("each opening of a shard has a higher incarnation, after a restart too") {
  TestType engine;

  CHECK(driver{engine.store()}.open({}).incarnation == 1);
  CHECK(driver{engine.store()}.open({}).incarnation == 2);
  engine.reopen();
  CHECK(driver{engine.store()}.open({}).incarnation == 3);
}

FOR_EACH_ENGINE("the first id of a shard has the shard in its upper bits") {
  TestType engine;
  driver store{engine.store()};

  CHECK(store.open({}).next_job == id_of(1));
  CHECK(store.in_transaction([](job_transaction& tx) { return tx.open({0, {}}); }).next_job == 1);
}

FOR_EACH_ENGINE("no id is given twice, not even that of a purged job") {
  TestType engine;
  driver store{engine.store()};
  store.open({"mail"});
  store.insert(id_of(1), {some("a"), some("b")});
  REQUIRE(store.grant(id_of(2), first_epoch));
  REQUIRE(store.end(succeeded(id_of(2), first_epoch)));
  const auto purged = store.in_transaction([](job_transaction& tx) {
    return tx.purge({"mail", at(100), 10});
  });

  engine.reopen();

  CHECK(purged.succeeded == 1);
  CHECK(driver{engine.store()}.open({}).next_job == id_of(3));
}

FOR_EACH_ENGINE("the ids of other shards do not count") {
  TestType engine;
  driver store{engine.store()};
  store.insert((job_id{7} << 48) + 500, {some("a")});

  CHECK(store.open({}).next_job == id_of(1));
}

FOR_EACH_ENGINE("a shard that SQLite cannot number is refused") {
  TestType engine;

  const auto done = engine.store().transact(durability::machine, [](job_transaction& tx) {
    (void)tx.open({0x8000, {}});
  });

  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::invalid_argument);
}

FOR_EACH_ENGINE("opening counts the jobs of each queue by state") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("ready"), some("leased"), some("succeeds"), some("dies"),
                          some("retries"), later(60s), later(30s), some("cancelled")});
  for (const auto number : {2U, 3U, 4U, 5U})
    REQUIRE(store.grant(id_of(number), first_epoch));
  REQUIRE(store.end(succeeded(id_of(3), first_epoch)));
  REQUIRE(store.end(died(id_of(4), first_epoch)));
  REQUIRE(store.end(failed(id_of(5), first_epoch, at(20))));
  store.in_transaction([](job_transaction& tx) { tx.cancel({at(3), {id_of(8)}}); });

  const auto opened = store.open({"new", "mail"});

  REQUIRE(opened.queues.size() == 2);
  CHECK(opened.queues[0] == stored_queue{"new", 0, 0, 0, 0, 0, 0, 0, {}});
  CHECK(opened.queues[1] == stored_queue{"mail", 2, 1, 1, 1, 1, 1, 1, at(20)});
}

FOR_EACH_ENGINE("a paused queue stays paused until it is resumed, and no other is") {
  TestType engine;
  driver{engine.store()}.in_transaction([](job_transaction& tx) { tx.pause({"mail", true}); });
  engine.reopen();

  const auto opened = driver{engine.store()}.open({"new", "mail"});

  CHECK_FALSE(opened.queues.at(0).paused);
  CHECK(opened.queues.at(1).paused);
  driver{engine.store()}.in_transaction([](job_transaction& tx) { tx.pause({"mail", false}); });
  CHECK_FALSE(driver{engine.store()}.open({"mail"}).queues.at(0).paused);
}

FOR_EACH_ENGINE("J2: opening tells which leases were current, with their jobs") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a"), some("b", 9)});
  REQUIRE(store.grant(id_of(2), first_epoch, "south", at(4)));

  engine.reopen();
  const auto leases = driver{engine.store()}.open({"mail"}).leases;

  REQUIRE(leases.size() == 1);
  CHECK(leases[0].lease == lease_key{id_of(2), first_epoch});
  CHECK(leases[0].queue == "mail");
  CHECK(leases[0].node == "south");
  CHECK(leases[0].leased_at == at(4));
  CHECK(leases[0].job.payload == "b");
  CHECK(leases[0].job.options.priority == 9);
  CHECK(leases[0].job.counters == job_counters{});
}

// -- inserting -----------------------------------------------------------------------------------

FOR_EACH_ENGINE("J1: an inserted job is there with all its options, after a restart too") {
  TestType engine;
  new_job wanted{std::string{"\0any\xff bytes", 11}, {7, 0ms, 3, 2, 90s, 5s}};
  driver{engine.store()}.insert(id_of(1), {wanted});

  engine.reopen();
  const auto x = driver{engine.store()}.get(id_of(1));

  CHECK(x.payload == wanted.payload);
  CHECK(x.options == wanted.options);
  CHECK(x.queue == "mail");
  CHECK(x.state == job_state::ready);
  CHECK(x.created_at == at(0));
  CHECK(x.run_at == at(0));
  CHECK(x.finished_at == timestamp{});
  CHECK(x.counters == job_counters{});
  CHECK(x.epoch == 0);
  CHECK(x.node.empty());
}

FOR_EACH_ENGINE("a job with a delay is scheduled") {
  TestType engine;
  driver store{engine.store()};

  store.insert(id_of(1), {later(1500ms)});

  CHECK(store.get(id_of(1)).state == job_state::scheduled);
  CHECK(store.get(id_of(1)).run_at == at(0) + 1500ms);
  CHECK(store.ready({"mail", 9, 0, 10, 1000}).jobs.empty());
}

FOR_EACH_ENGINE("a job's id cannot be used again, and the whole transaction is refused") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(2), {some("old")});

  const auto done = engine.store().transact(durability::machine, [](job_transaction& tx) {
    tx.insert({"other", id_of(1), at(1), {some("new"), some("new")}});
  });

  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::invalid_argument);
  CHECK_FALSE(store.exists(id_of(1)));
  CHECK(store.get(id_of(2)).payload == "old");
}

FOR_EACH_ENGINE("an error inside a transaction leaves nothing of it") {
  TestType engine;
  driver store{engine.store()};
  store.open({"mail"});

  const auto done = engine.store().transact(durability::machine, [](job_transaction& tx) {
    tx.insert({"brand new", id_of(1), at(0), {some("a")}});
    tx.grant({at(0), {{{id_of(1), first_epoch}, "brand new node"}}});
    throw storage_error{{errc::unavailable, "for the test"}};
  });

  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::unavailable);
  CHECK_FALSE(store.exists(id_of(1)));
  CHECK(store.open({}).next_job == id_of(1));
  // The names are numbered anew: nothing may remember the numbers that were rolled back.
  store.insert(id_of(1), {some("b")}, "another");
  store.insert(id_of(2), {some("c")}, "brand new");
  REQUIRE(store.grant(id_of(1), first_epoch, "another node"));
  REQUIRE(store.grant(id_of(2), first_epoch, "brand new node"));
  CHECK(store.get(id_of(1)).queue == "another");
  CHECK(store.get(id_of(2)).queue == "brand new");
  CHECK(store.get(id_of(2)).node == "brand new node");
}

FOR_EACH_ENGINE("what throws inside a transaction is passed on, and nothing is stored") {
  TestType engine;
  driver store{engine.store()};

  CHECK_THROWS_AS(engine.store().transact(durability::process,
                                          [](job_transaction& tx) {
                                            tx.insert({"mail", id_of(1), at(0), {some("a")}});
                                            throw std::logic_error("a bug");
                                          }),
                  std::logic_error);

  CHECK_FALSE(store.exists(id_of(1)));
  store.insert(id_of(1), {some("a")});
}

// -- leases --------------------------------------------------------------------------------------

FOR_EACH_ENGINE("a leased job is running, and no longer ready") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a"), some("b")});

  REQUIRE(store.grant(id_of(1), first_epoch, "north", at(7)));

  const auto x = store.get(id_of(1));
  CHECK(x.state == job_state::running);
  CHECK(x.epoch == first_epoch);
  CHECK(x.node == "north");
  CHECK(x.leased_at == at(7));
  CHECK(ids_of(store.ready({"mail", 9, 0, 10, 1000}).jobs) == ids{id_of(2)});
}

FOR_EACH_ENGINE("J3: a job has one lease: others are refused, and the rest of the batch is not") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a"), some("b"), later(1s)});
  REQUIRE(store.grant(id_of(1), first_epoch));

  const auto granted = store.in_transaction([](job_transaction& tx) {
    return tx.grant({at(1),
                     {{{id_of(1), first_epoch + 1}, "south"},
                      {{id_of(2), first_epoch + 2}, "south"},
                      {{id_of(2), first_epoch + 3}, "north"},
                      {{id_of(3), first_epoch + 4}, "south"},
                      {{id_of(99), first_epoch + 5}, "south"}}});
  });

  const std::vector<lease_key> refused{{id_of(1), first_epoch + 1},
                                       {id_of(2), first_epoch + 3},
                                       {id_of(3), first_epoch + 4},
                                       {id_of(99), first_epoch + 5}};
  CHECK(granted.refused == refused);
  CHECK(store.get(id_of(1)).epoch == first_epoch);
  CHECK(store.get(id_of(2)).epoch == first_epoch + 2);
}

FOR_EACH_ENGINE("a finished job cannot be leased") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  REQUIRE(store.grant(id_of(1), first_epoch));
  REQUIRE(store.end(succeeded(id_of(1), first_epoch)));

  CHECK_FALSE(store.grant(id_of(1), first_epoch + 1));
}

FOR_EACH_ENGINE("a job that succeeds keeps its result, its node and its times") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  REQUIRE(store.grant(id_of(1), first_epoch, "north", at(5)));

  REQUIRE(store.end(succeeded(id_of(1), first_epoch, "42"), at(9)));

  const auto x = store.get(id_of(1));
  CHECK(x.state == job_state::succeeded);
  CHECK(x.result == "42");
  CHECK(x.error.empty());
  CHECK(x.node == "north");
  CHECK(x.leased_at == at(5));
  CHECK(x.finished_at == at(9));
  CHECK(x.epoch == 0);
  CHECK(x.counters == job_counters{0, 0, 0, 1});
  CHECK(x.history.empty());
}

FOR_EACH_ENGINE("J3: the end of an old lease changes nothing, and is told so") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a"), some("b")});
  REQUIRE(store.grant(id_of(1), first_epoch));
  lease_end lost{{id_of(1), first_epoch}, job_state::ready, end_reason::lease_lost, {}, "", "", 0};
  REQUIRE(store.end(lost));
  REQUIRE(store.grant(id_of(1), first_epoch + 1));

  const auto ended = store.in_transaction([](job_transaction& tx) {
    return tx.end({at(3),
                   {succeeded(id_of(1), first_epoch), succeeded(id_of(2), first_epoch),
                    succeeded(id_of(99), first_epoch), succeeded(id_of(1), first_epoch + 1),
                    succeeded(id_of(1), first_epoch + 1)}});
  });

  const std::vector<lease_key> stale{{id_of(1), first_epoch},
                                     {id_of(2), first_epoch},
                                     {id_of(99), first_epoch},
                                     {id_of(1), first_epoch + 1}};
  CHECK(ended.lost == stale);
  CHECK(store.get(id_of(1)).state == job_state::succeeded);
  CHECK(store.get(id_of(1)).counters == job_counters{0, 1, 0, 2});
  CHECK(store.get(id_of(2)).state == job_state::ready);
}

FOR_EACH_ENGINE("each reason uses up its own counter, and every delivery counts") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  const auto [reason, counters] = GENERATE(table<end_reason, job_counters>({
    {end_reason::none, {0, 0, 0, 1}},
    {end_reason::error, {1, 0, 0, 1}},
    {end_reason::no_progress, {1, 0, 0, 1}},
    {end_reason::deadline, {1, 0, 0, 1}},
    {end_reason::lease_lost, {0, 1, 0, 1}},
    {end_reason::snoozed, {0, 0, 1, 1}},
    {end_reason::released, {0, 0, 0, 1}},
    {end_reason::cancelled, {0, 0, 0, 1}},
  }));
  REQUIRE(store.grant(id_of(1), first_epoch));

  REQUIRE(store.end({{id_of(1), first_epoch}, job_state::ready, reason, {}, "", "", 0}));

  CHECK(store.get(id_of(1)).counters == counters);
  CHECK(store.get(id_of(1)).reason == reason);
}

FOR_EACH_ENGINE("a failed job waits for its time, and remembers why and where it failed") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  REQUIRE(store.grant(id_of(1), first_epoch, "north", at(1)));

  REQUIRE(store.end(failed(id_of(1), first_epoch, at(30)), at(2)));

  const auto x = store.get(id_of(1));
  CHECK(x.state == job_state::retrying);
  CHECK(x.run_at == at(30));
  CHECK(x.error == "no luck");
  CHECK(x.finished_at == timestamp{});
  REQUIRE(x.history.size() == 1);
  CHECK(x.history[0]
        == delivery{first_epoch, 1, "north", at(1), at(2), end_reason::error, "no luck"});
  const auto again = store.promote(at(30));
  REQUIRE(again.retrying.size() == 1);
  CHECK(again.retrying[0].node == "north");
}

FOR_EACH_ENGINE("a node is avoided for a failure or a loss, not for a job handed back") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  REQUIRE(store.grant(id_of(1), first_epoch, "north"));
  const auto back = [](lease_epoch epoch, end_reason why) {
    return lease_end{{id_of(1), epoch}, job_state::ready, why, {}, "text", "", 0};
  };
  REQUIRE(store.end(back(first_epoch, end_reason::lease_lost)));
  REQUIRE(store.grant(id_of(1), first_epoch + 1, "south"));

  REQUIRE(store.end(back(first_epoch + 1, end_reason::released)));

  CHECK(store.ready({"mail", 9, 0, 1, 100}).jobs.at(0).node == "north");
  CHECK(store.get(id_of(1)).node == "south");
}

FOR_EACH_ENGINE("a job's history keeps the last deliveries that did not succeed") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  const auto rounds = limits::history_max + 3;
  store.in_transaction([&](job_transaction& tx) {
    for (std::size_t i = 0; i < rounds; ++i) {
      tx.grant({at(1), {{{id_of(1), first_epoch + i}, "north"}}});
      tx.end({at(2),
              {{{id_of(1), first_epoch + i}, job_state::ready, end_reason::error, {}, "", "", 0}}});
    }
  });

  const auto x = store.get(id_of(1));

  REQUIRE(x.history.size() == limits::history_max);
  CHECK(x.history.front().epoch == first_epoch + 3);
  CHECK(x.history.front().attempt == 4);
  CHECK(x.history.back().epoch == first_epoch + rounds - 1);
}

FOR_EACH_ENGINE("a lease cannot end with a running job") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  REQUIRE(store.grant(id_of(1), first_epoch));

  const auto done = engine.store().transact(durability::machine, [](job_transaction& tx) {
    tx.end({at(1), {{{id_of(1), first_epoch}, job_state::running, {}, {}, "", "", 0}}});
  });

  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::invalid_argument);
  CHECK(store.get(id_of(1)).state == job_state::running);
}

} // namespace job_store_test
