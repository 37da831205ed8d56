// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/samples.hpp"

namespace job_cancel_test {

using namespace troupe;
using namespace troupe::test;

namespace {

job_update cancel_running(driver& store, job_id id, bool running = true) {
  return store
    .in_transaction([=](job_transaction& tx) {
      return tx.cancel({at(3), {id}, running});
    })
    .updates.at(0);
}

leases_ended end_as(driver& store, lease_end end) {
  return store.in_transaction([&](job_transaction& tx) { return tx.end({at(4), {end}}); });
}

} // namespace

FOR_EACH_ENGINE("J1: that a running job is to be cancelled is kept with its lease") {
  TestType engine;
  {
    driver store{engine.store()};
    store.insert(id_of(1), {some("a"), some("b")});
    store.in_transaction([](job_transaction& tx) {
      tx.grant(
        {at(1), {{{id_of(1), first_epoch}, "north", 7}, {{id_of(2), first_epoch + 1}, "pull/x"}}});
    });
    CHECK(cancel_running(store, id_of(1)) == job_update{0, "mail", job_state::running, {}});
  }
  engine.reopen();

  const auto leases = driver{engine.store()}.open({"mail"}).leases;

  REQUIRE(leases.size() == 2);
  CHECK(leases[0].cancel);
  CHECK(leases[0].worker == 7);
  CHECK_FALSE(leases[1].cancel);
  CHECK(leases[1].worker == 0);
}

FOR_EACH_ENGINE("J1: a job that was to be cancelled and would run again is cancelled") {
  const auto next = GENERATE(job_state::ready, job_state::retrying, job_state::scheduled);
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  REQUIRE(store.grant(id_of(1), first_epoch));
  cancel_running(store, id_of(1));

  const auto ended
    = end_as(store, {{id_of(1), first_epoch}, next, end_reason::error, at(9), "no luck", "", 0});

  CHECK(ended.lost.empty());
  CHECK(ended.cancelled == std::vector<lease_key>{{id_of(1), first_epoch}});
  const auto job = store.get(id_of(1));
  CHECK(job.state == job_state::cancelled);
  CHECK(job.reason == end_reason::cancelled);
  CHECK(job.finished_at == at(4));
  CHECK(store.open({"mail"}).queues.at(0).cancelled == 1);
}

FOR_EACH_ENGINE("a job that was to be cancelled and has come to its end keeps it") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a"), some("b")});
  for (auto i : {1U, 2U}) {
    REQUIRE(store.grant(id_of(i), first_epoch + i));
    cancel_running(store, id_of(i));
  }

  CHECK(end_as(store, succeeded(id_of(1), first_epoch + 1)).cancelled.empty());
  CHECK(end_as(store, died(id_of(2), first_epoch + 2)).cancelled.empty());

  CHECK(store.get(id_of(1)).state == job_state::succeeded);
  CHECK(store.get(id_of(2)).state == job_state::dead);
}

FOR_EACH_ENGINE("who wants to cancel what waits does not touch what runs") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  REQUIRE(store.grant(id_of(1), first_epoch));

  CHECK(cancel_running(store, id_of(1), false).code
        == static_cast<std::uint8_t>(errc::wrong_state));
  CHECK_FALSE(store.open({"mail"}).leases.at(0).cancel);
}

FOR_EACH_ENGINE("a cancel is over with its lease: a revived job runs to its end") {
  TestType engine;
  driver store{engine.store()};
  store.insert(id_of(1), {some("a")});
  REQUIRE(store.grant(id_of(1), first_epoch));
  cancel_running(store, id_of(1));
  end_as(store, {{id_of(1), first_epoch}, job_state::ready, end_reason::released, {}, "", "", 0});

  store.in_transaction([](job_transaction& tx) { tx.revive({at(5), {id_of(1)}}); });
  REQUIRE(store.grant(id_of(1), first_epoch + 1));
  end_as(store,
         {{id_of(1), first_epoch + 1}, job_state::ready, end_reason::released, {}, "", "", 0});

  CHECK(store.get(id_of(1)).state == job_state::ready);
}

} // namespace job_cancel_test
