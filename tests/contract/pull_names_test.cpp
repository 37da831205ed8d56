// SPDX-License-Identifier: Apache-2.0
#include "messages/limits.hpp"
#include "persistence/sqlite/schema.hpp"
#include "tests/contract/samples.hpp"

/// Which names of pull workers a database keeps. What is kept in memory has no such bound.
namespace pull_names_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

int names_in(sqlite_engine& engine) {
  SQLite::Database file{engine.path().string()};
  return file.execAndGet("SELECT count(*) FROM nodes WHERE name GLOB 'pull/*'").getInt();
}

bool is_kept(sqlite_engine& engine, const std::string& name) {
  SQLite::Database file{engine.path().string()};
  SQLite::Statement row{file, "SELECT 1 FROM nodes WHERE name = ?"};
  row.bind(1, name);
  return row.executeStep();
}

/// One job, which one name after another takes and hands back.
struct passing {
  explicit passing(sqlite_engine& engine) : store{engine.store()} {
    store.insert(id_of(1), {some("passed on")});
  }

  void take(const std::string& name, timestamp now) {
    REQUIRE(store.grant(id_of(1), epoch, name, now));
  }

  void hand_back() {
    lease_end end;
    end.lease = {id_of(1), epoch++};
    end.next = job_state::ready;
    end.reason = end_reason::released;
    REQUIRE(store.end(end));
  }

  driver store;
  lease_epoch epoch = first_epoch;
};

} // namespace

TEST_CASE("S-7 a name that has taken no job for long is forgotten when others come") {
  sqlite_engine engine;
  passing x{engine};
  constexpr auto day = 24h;
  for (const auto* name : {"pull/old", "pull/busy", "north"}) {
    x.take(name, at(0));
    x.hand_back();
  }
  x.take("pull/busy", at(0) + (limits::pull_name_days - 1) * day);
  x.hand_back();
  x.take("pull/new", at(1) + limits::pull_name_days * day);

  CHECK_FALSE(is_kept(engine, "pull/old"));
  CHECK(is_kept(engine, "pull/busy"));
  CHECK(is_kept(engine, "north")); // names itself in the cluster file
  CHECK(is_kept(engine, "pull/new"));
}

TEST_CASE("S-7 of ever more names the database keeps so many and those that hold leases") {
  sqlite_engine engine;
  passing x{engine};
  x.store.insert(id_of(2), {some("held")});
  REQUIRE(x.store.grant(id_of(2), first_epoch, "pull/holder", at(0)));
  REQUIRE(engine.store().transact(durability::process, [&](storage_transaction& tx) {
    for (std::size_t i = 0; i < limits::pull_names_max + 500; ++i) {
      const auto name = "pull/" + std::to_string(i);
      CHECK(tx.grant({at(1) + static_cast<int>(i) * 1ms, {{{id_of(1), x.epoch}, name}}})
              .refused.empty());
      lease_end end;
      end.lease = {id_of(1), x.epoch++};
      end.next = job_state::ready;
      end.reason = end_reason::released;
      CHECK(tx.end({at(2), {end}}).lost.empty());
    }
  }));
  CHECK(names_in(engine) <= static_cast<int>(limits::pull_names_max));
  CHECK(is_kept(engine, "pull/holder"));
  CHECK_FALSE(is_kept(engine, "pull/0"));
  CHECK(is_kept(engine, "pull/" + std::to_string(limits::pull_names_max + 499)));
  // One that comes again gets a number that no other had.
  x.take("pull/0", at(1000));
  CHECK(x.store.get(id_of(1)).node == "pull/0");
  CHECK(x.store.get(id_of(2)).node == "pull/holder");
}

} // namespace pull_names_test
