// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/sqlite_store.hpp"
#include "tests/contract/engines.hpp"

namespace sqlite_answer_test {

using namespace troupe;
using namespace troupe::test;
using Catch::Matchers::Contains;

TEST_CASE("J6: an answer that would not fit into memory is refused, and says what to do") {
  sqlite_engine engine;
  new_job large{std::string(limits::payload_bytes_max, 'p'), {}};
  REQUIRE(engine.store().transact(durability::process, [&](job_transaction& tx) {
    tx.open({3, {"mail"}});
    tx.insert({"mail", id_of(1), at(0), {large}});
  }));
  auto opened = engine.store().open_reader();
  REQUIRE(opened);
  auto& reader = **opened;

  auto refused = reader.get({std::vector(65, id_of(1)), true});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::batch_too_large);
  CHECK_THAT(refused.error().text, Contains("65 jobs") && Contains("ask for fewer"));

  CHECK(reader.get({std::vector(64, id_of(1)), true})->jobs.size() == 64);
  CHECK(reader.get({std::vector(65, id_of(1)), false})->jobs.size() == 65);
}

} // namespace sqlite_answer_test
