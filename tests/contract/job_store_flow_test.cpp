// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/samples.hpp"

namespace job_store_flow_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

// -- dead letters --------------------------------------------------------------------------------

FOR_EACH_ENGINE("a dead job's copy waits in the dead-letter queue, and names where it came from") {
  TestType engine;
  driver store{engine.store()};
  auto wanted = some("a", 8);
  wanted.options.max_attempts = 4;
  store.insert(id_of(1), {wanted});
  REQUIRE(store.grant(id_of(1), first_epoch));

  REQUIRE(store.end(died(id_of(1), first_epoch, "mail.dead", id_of(2)), at(9)));

  const auto dead = store.get(id_of(1));
  CHECK(dead.state == job_state::dead);
  CHECK(dead.finished_at == at(9));
  CHECK(dead.history.size() == 1);
  const auto copy = store.get(id_of(2));
  CHECK(copy.queue == "mail.dead");
  CHECK(copy.state == job_state::ready);
  CHECK(copy.payload == "a");
  CHECK(copy.options == wanted.options);
  CHECK(copy.counters == job_counters{});
  CHECK(copy.error == "for good");
  CHECK(copy.origin == id_of(1));
  CHECK(copy.origin_queue == "mail");
  CHECK(copy.created_at == at(9));
  CHECK(store.open({}).next_job == id_of(3));
}

FOR_EACH_ENGINE("a dead job without a dead-letter queue has no copy") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  REQUIRE(store.grant(id_of(1), first_epoch));

  REQUIRE(store.end(died(id_of(1), first_epoch)));

  CHECK(store.list({"", {}, 0, 10}) == ids{id_of(1)});
}

FOR_EACH_ENGINE("moved dead letters are new jobs of their old queues, oldest first") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a", 1), some("b", 9), some("c")});
  for (const auto number : {1U, 2U, 3U}) {
    REQUIRE(store.grant(id_of(number), first_epoch));
    REQUIRE(store.end(died(id_of(number), first_epoch, "mail.dead", id_of(10 + number))));
  }
  store.insert(id_of(20), {some("put there by hand")}, "mail.dead");

  const auto moved = store.in_transaction([](job_transaction& tx) {
    return tx.move({"mail.dead", id_of(30), at(50), 2});
  });

  REQUIRE(moved.jobs.size() == 2);
  CHECK(moved.jobs[0].queue == "mail");
  CHECK(moved.jobs[0].copy == id_of(11));
  CHECK(moved.jobs[0].job.id == id_of(30));
  CHECK(moved.jobs[0].job.payload == "a");
  CHECK(moved.jobs[1].copy == id_of(12));
  CHECK_FALSE(store.exists(id_of(11)));
  const auto x = store.get(id_of(31));
  CHECK(x.queue == "mail");
  CHECK(x.state == job_state::ready);
  CHECK(x.options.priority == 9);
  CHECK(x.created_at == at(50));
  CHECK(x.origin == 0);
  CHECK(store.list({"mail.dead", {}, 0, 10}) == ids{id_of(20), id_of(13)});
  CHECK(store.open({}).next_job == id_of(32));
}

FOR_EACH_ENGINE("a dead letter that runs is not moved") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  REQUIRE(store.grant(id_of(1), first_epoch));
  REQUIRE(store.end(died(id_of(1), first_epoch, "mail.dead", id_of(2))));
  REQUIRE(store.grant(id_of(2), first_epoch + 1));

  const auto moved = store.in_transaction([](job_transaction& tx) {
    return tx.move({"mail.dead", id_of(30), at(50), 5});
  });

  CHECK(moved.jobs.empty());
}

// -- waiting jobs --------------------------------------------------------------------------------

FOR_EACH_ENGINE("jobs whose time has come are made ready, earliest first, up to the limit") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {later(30s), later(10s), later(20s), later(40s), some("a")});
  REQUIRE(store.grant(id_of(5), first_epoch));
  REQUIRE(store.end(failed(id_of(5), first_epoch, at(15))));

  const auto first = store.promote(at(30), 3);
  const auto second = store.promote(at(30), 3);

  CHECK(ids_of(first.scheduled) == ids{id_of(2), id_of(3)});
  CHECK(ids_of(first.retrying) == ids{id_of(5)});
  CHECK(first.next_due == at(30));
  CHECK(first.scheduled[0].payload == "later");
  CHECK(ids_of(second.scheduled) == ids{id_of(1)});
  CHECK(second.next_due == at(40));
  CHECK(store.get(id_of(1)).state == job_state::ready);
}

FOR_EACH_ENGINE("when nothing waits, nothing is due") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});

  CHECK(store.promote(at(1000)) == jobs_promoted{});
}

FOR_EACH_ENGINE("a snoozed job is scheduled again") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  REQUIRE(store.grant(id_of(1), first_epoch));

  REQUIRE(store.end(
    {{id_of(1), first_epoch}, job_state::scheduled, end_reason::snoozed, at(60), "", "", 0}));

  CHECK(store.promote(at(59)).next_due == at(60));
  CHECK(ids_of(store.promote(at(60)).scheduled) == ids{id_of(1)});
}

FOR_EACH_ENGINE("waiting jobs are cancelled while running and finished ones are refused") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("ready"), later(1s), some("running"), some("finished")});
  REQUIRE(store.grant(id_of(3), first_epoch));
  REQUIRE(store.grant(id_of(4), first_epoch));
  REQUIRE(store.end(succeeded(id_of(4), first_epoch)));

  const auto updates
    = store
        .in_transaction([](job_transaction& tx) {
          return tx.cancel({at(5), {id_of(1), id_of(2), id_of(3), id_of(4), id_of(99), id_of(1)}});
        })
        .updates;

  const auto wrong = static_cast<std::uint8_t>(errc::wrong_state);
  const auto unknown = static_cast<std::uint8_t>(errc::unknown_job);
  REQUIRE(updates.size() == 6);
  CHECK(updates[0] == job_update{0, "mail", job_state::ready, {}});
  CHECK(updates[1] == job_update{0, "mail", job_state::scheduled, {}});
  CHECK(updates[2] == job_update{wrong, "mail", job_state::running, {}});
  CHECK(updates[3] == job_update{wrong, "mail", job_state::succeeded, {}});
  CHECK(updates[4].code == unknown);
  CHECK(updates[5] == job_update{wrong, "mail", job_state::cancelled, {}});
  CHECK(store.get(id_of(1)).finished_at == at(5));
  CHECK(store.get(id_of(1)).reason == end_reason::cancelled);
  CHECK(store.ready({"mail", 9, 0, 10, 1000}).jobs.empty());
  CHECK(store.promote(at(100)).scheduled.empty());
}

FOR_EACH_ENGINE("dead and cancelled jobs are revived with fresh counters, others are refused") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("dead"), some("cancelled"), some("ready")});
  REQUIRE(store.grant(id_of(1), first_epoch));
  REQUIRE(store.end(died(id_of(1), first_epoch)));
  store.in_transaction([](job_transaction& tx) { tx.cancel({at(5), {id_of(2)}}); });

  const auto updates
    = store
        .in_transaction([](job_transaction& tx) {
          return tx.revive({at(70), {id_of(1), id_of(2), id_of(3), id_of(99), id_of(1)}});
        })
        .updates;

  REQUIRE(updates.size() == 5);
  CHECK(updates[0].code == 0);
  CHECK(updates[0].before == job_state::dead);
  CHECK(updates[0].job.id == id_of(1));
  CHECK(updates[0].job.payload == "dead");
  CHECK(updates[0].job.counters == job_counters{});
  CHECK(updates[1].before == job_state::cancelled);
  CHECK(updates[2].code == static_cast<std::uint8_t>(errc::wrong_state));
  CHECK(updates[3].code == static_cast<std::uint8_t>(errc::unknown_job));
  CHECK(updates[4].code == static_cast<std::uint8_t>(errc::wrong_state));
  const auto x = store.get(id_of(1));
  CHECK(x.state == job_state::ready);
  CHECK(x.finished_at == timestamp{});
  CHECK(x.history.size() == 1);
  CHECK(ids_of(store.ready({"mail", 9, 0, 10, 1000}).jobs) == ids{id_of(1), id_of(2), id_of(3)});
}

FOR_EACH_ENGINE("finished jobs are purged oldest first, up to the limit") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a"), some("b"), some("c"), some("d"), some("waits")});
  const auto finish = [&](std::uint64_t number, int second) {
    REQUIRE(store.grant(id_of(number), first_epoch));
    REQUIRE(store.end(number == 2 ? died(id_of(number), first_epoch)
                                  : succeeded(id_of(number), first_epoch, "x"),
                      at(second)));
  };
  finish(3, 10);
  finish(1, 30);
  finish(2, 20);
  store.in_transaction([](job_transaction& tx) { tx.cancel({at(15), {id_of(4)}}); });

  const auto purge = [&](int before, std::uint32_t limit) {
    return store.in_transaction([&](job_transaction& tx) {
      return tx.purge({"mail", at(before), limit});
    });
  };

  CHECK(purge(10, 10) == jobs_purged{});
  CHECK(purge(30, 2) == jobs_purged{1, 0, 1});
  CHECK(store.list({"mail", {}, 0, 10}) == ids{id_of(5), id_of(2), id_of(1)});
  CHECK(purge(31, 10) == jobs_purged{1, 1, 0});
  CHECK(store.list({"mail", {}, 0, 10}) == ids{id_of(5)});
}

// -- reading -------------------------------------------------------------------------------------

FOR_EACH_ENGINE("J5: ready jobs are read by priority, then by age") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a", 5), some("b", 9), some("c", 0), some("d", 9), some("e", 5)});
  store.insert(id_of(6), {some("elsewhere", 9)}, "other");

  const auto all = store.ready({"mail", 9, 0, 10, 1000});
  const auto rest = store.ready({"mail", 9, id_of(4), 2, 1000});
  const auto last = store.ready({"mail", 5, id_of(5), 10, 1000});

  CHECK(ids_of(all.jobs) == ids{id_of(2), id_of(4), id_of(1), id_of(5), id_of(3)});
  CHECK(all.end);
  CHECK(ids_of(rest.jobs) == ids{id_of(1), id_of(5)});
  CHECK_FALSE(rest.end);
  CHECK(ids_of(last.jobs) == ids{id_of(3)});
  CHECK(last.end);
}

FOR_EACH_ENGINE("J6: a read is bounded in jobs and in bytes, and reads one job at least") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("12345"), some("12345"), some("12345")});

  CHECK(store.ready({"mail", 9, 0, 2, 1000}).jobs.size() == 2);
  CHECK(store.ready({"mail", 9, 0, 9, 10}).jobs.size() == 2);
  CHECK(store.ready({"mail", 9, 0, 9, 9}).jobs.size() == 1);
  CHECK(store.ready({"mail", 9, 0, 9, 0}).jobs.size() == 1);
  CHECK(store.ready({"mail", 9, 0, 3, 1000}).end);
  CHECK_FALSE(store.ready({"mail", 9, 0, 2, 1000}).end);
}

FOR_EACH_ENGINE("a queue that does not exist has no jobs to read or list") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});

  CHECK(store.ready({"nobody", 9, 0, 9, 100}) == ready_read{{}, true});
  CHECK(store.list({"nobody", {}, 0, 9}).empty());
}

FOR_EACH_ENGINE("jobs are got in the order asked for, unknown ones left out") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a"), some("b")});
  auto reader = engine.store().open_reader().value();

  const auto found = reader->get({{id_of(2), id_of(9), id_of(1)}, true}).value().jobs;
  const auto bare = reader->get({{id_of(2)}, false}).value().jobs;

  REQUIRE(found.size() == 2);
  CHECK(found[0].payload == "b");
  CHECK(found[1].payload == "a");
  CHECK(bare.at(0).payload.empty());
}

FOR_EACH_ENGINE("jobs are listed newest first, by queue and state, page by page") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a", 1), some("b", 9), later(9s), some("d"), some("e"), some("f")});
  store.insert(id_of(7), {some("g")}, "other");
  REQUIRE(store.grant(id_of(4), first_epoch));
  REQUIRE(store.grant(id_of(5), first_epoch));
  REQUIRE(store.end(succeeded(id_of(5), first_epoch)));
  REQUIRE(store.grant(id_of(6), first_epoch));
  REQUIRE(store.end(died(id_of(6), first_epoch)));
  using enum job_state;

  CHECK(store.list({"", {}, 0, 3}) == ids{id_of(7), id_of(6), id_of(5)});
  CHECK(store.list({"", {}, id_of(5), 2}) == ids{id_of(4), id_of(3)});
  CHECK(store.list({"mail", {}, 0, 2}) == ids{id_of(6), id_of(5)});
  CHECK(store.list({"mail", {ready}, 0, 10}) == ids{id_of(2), id_of(1)});
  CHECK(store.list({"", {ready}, 0, 2}) == ids{id_of(7), id_of(2)});
  CHECK(store.list({"mail", {running}, 0, 10}) == ids{id_of(4)});
  CHECK(store.list({"", {succeeded}, 0, 10}) == ids{id_of(5)});
  CHECK(store.list({"", {succeeded, running}, 0, 10}) == ids{id_of(5), id_of(4)});
  CHECK(store.list({"mail", {dead, scheduled, running}, 0, 2}) == ids{id_of(6), id_of(4)});
  CHECK(store.list({"mail", {dead, scheduled, running}, id_of(4), 2}) == ids{id_of(3)});
}

FOR_EACH_ENGINE("a reader sees what is committed, not what is under way") {
  TestType engine;
  driver store{engine.store()};
  auto reader = engine.store().open_reader().value();

  store.in_transaction([&](job_transaction& tx) {
    tx.insert({"mail", id_of(1), at(0), {some("a")}});
    CHECK(reader->get({{id_of(1)}, true}).value().jobs.empty());
  });

  CHECK(reader->get({{id_of(1)}, true}).value().jobs.size() == 1);
}

} // namespace job_store_flow_test
