// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/sqlite_store.hpp"
#include "tests/contract/samples.hpp"

namespace sqlite_reads_test {

using namespace troupe;
using namespace troupe::test;

TEST_CASE("S2: a read that is over is ended in its midst, and the next one is not") {
  sqlite_engine engine;
  driver store{engine.store()};
  store.insert(id_of(1), std::vector<new_job>(5000, some("a")));
  auto reader = *engine.store().open_reader();
  const list_jobs all{"mail", {job_state::succeeded}, 0, 10, "", ""}; // it walks over all others

  int looks = 0;
  reader->end_when([&looks] { return ++looks == 3; });
  const auto ended = reader->list(all);
  reader->end_when(nullptr);
  const auto whole = reader->list(all);

  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == errc::too_costly);
  CHECK(looks == 3);
  REQUIRE(whole);
  CHECK(whole->jobs.empty());
}

TEST_CASE("S2: a search costs no more for a text that nearly fits everywhere") {
  sqlite_engine engine;
  driver store{engine.store()};
  constexpr std::size_t megabyte = 1024 * 1024;
  // By comparing at each letter, this takes minutes.
  for (std::uint64_t i = 0; i < 24; ++i)
    store.insert(id_of(1 + i), {some(std::string(megabyte, 'a'))});
  store.insert(id_of(100), {some(std::string(megabyte, 'A') + "b")});

  const auto found
    = store.find({"", {}, 0, 10, "", std::string(limits::query_bytes_max - 1, 'a') + "B"});

  REQUIRE(found.jobs.size() == 1);
  CHECK(found.jobs[0].id == id_of(100));
}

} // namespace sqlite_reads_test
