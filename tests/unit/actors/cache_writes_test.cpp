// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/cache_stage.hpp"

namespace cache_writes_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr cache_safety without_reload{true, true, false};

} // namespace

TEST_CASE("a write is answered after the commit, and read from memory then") {
  cache_stage x;
  x.begin();
  x.store->hold_answers = true;
  auto write = x.start_put("a", R"({"n":1})");
  x.settle();
  CHECK_FALSE(write->has_value());

  x.release();

  CHECK(cache_stage::code_of(write) == errc::none);
  CHECK(x.get("a").status == cache_status::hit);
  CHECK(x.get("a").value.fields == R"({"n":1})");
  CHECK(x.store->writes[0].now == start_date);
  CHECK(x.store->writes[0].writes[0].epoch == 1);
}

TEST_CASE("an owner takes one write at a time, of a collection that it knows") {
  cache_stage x;
  x.begin();
  auto two = x.put("a", "{}");
  two.writes.push_back(two.writes[0]);

  CHECK(x.ask<records_written>(x.owner, two).error().code == errc::invalid_argument);
  CHECK(x.ask<records_written>(x.owner, x.put("a", "{}", {}, "elsewhere")).error().code
        == errc::unknown_collection);
}

TEST_CASE("writes to a collection with hooks go through the dispatcher") {
  cache_stage x;
  x.begin();

  x.write(x.put("a", "{}", {}, "hooked"));
  x.write(x.put("a", "{}"));

  CHECK(*x.passed == 1);
  x.tell(x.owner, "dispatcher", dispatcher_actor{});
  auto refused = x.ask<records_written>(x.owner, x.put("a", "{}", {}, "hooked"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::unavailable);
}

TEST_CASE("a write that wants an older version is refused from memory") {
  cache_stage x;
  x.begin();
  x.write(x.put("a", R"({"n":1})"));
  x.write(x.put("a", R"({"n":2})"));
  const auto asked = x.store->writes.size();

  auto refused = x.write(x.put("a", "{}", {condition_kind::version, 1}));

  CHECK(refused.code == static_cast<std::uint16_t>(errc::precondition_failed));
  CHECK(refused.before.version == 2);
  CHECK(refused.after == refused.before);
  CHECK(refused.sequence == 2);
  CHECK(x.store->writes.size() == asked);
}

TEST_CASE("a repeated write is not refused from memory: it may have made the newer version") {
  cache_stage x;
  x.begin();
  x.write(x.put("a", "{}"));
  x.write(x.put("a", "{}"));
  const auto asked = x.store->writes.size();
  auto repeated = x.put("a", "{}", {condition_kind::version, 1});
  repeated.idempotency_key = "k";

  x.write(repeated);

  CHECK(x.store->writes.size() == asked + 1);
}

TEST_CASE("a write that wants a version which memory does not know is judged by the store") {
  cache_stage x;
  x.begin();
  x.write(x.put("a", "{}"));
  x.store->change("a", "{}");

  CHECK(x.write(x.put("a", "{}", {condition_kind::version, 2})).code == 0);
}

TEST_CASE("R3 a refused write shows the owner what there is") {
  cache_stage x;
  x.begin();
  x.write(x.put("a", "{}"));
  x.store->change("a", R"({"new":1})");

  auto refused = x.write(x.put("a", "{}", {condition_kind::absent, 0}));

  CHECK(refused.code == static_cast<std::uint16_t>(errc::precondition_failed));
  CHECK(x.get("a").status == cache_status::hit);
  CHECK(x.get("a").value.version == 2);
}

TEST_CASE("R3 a replayed answer is not taken for what there is now") {
  cache_stage x;
  x.begin();
  x.store->replay = true;
  x.write(x.put("a", "{}"));
  x.store->change("a", R"({"new":1})");

  CHECK(x.get("a").value.version == 2);
}

namespace {

struct unknown_outcome {
  std::uint64_t read = 0;
  std::uint64_t stored = 0;
};

/// A write is not answered in time; it is committed later, or so it tries.
unknown_outcome after_late_commit(cache_safety safety, bool check_epochs) {
  cache_stage x{safety};
  x.store->check_epochs = check_epochs;
  x.begin();
  x.store->change("a", "{}");
  x.get("a");
  x.store->hold_writes = true;
  auto write = x.start_put("a", R"({"late":1})");

  x.advance(5100ms);
  CHECK(cache_stage::code_of(write) == errc::timed_out);
  x.get("a");
  x.release();
  return {x.get("a").value.version, x.store->find("a").version};
}

} // namespace

TEST_CASE("R3 after a write with unknown outcome, readers see what there is in the store") {
  auto safe = after_late_commit({}, true);
  CHECK(safe.read == safe.stored);

  auto not_reloaded = after_late_commit(without_reload, true);
  CHECK(not_reloaded.read < not_reloaded.stored);
}

TEST_CASE("R2 a commit under an old epoch is refused because readers would not see it") {
  auto safe = after_late_commit({}, true);
  CHECK(safe.stored == 1);

  auto not_fenced = after_late_commit({}, false);
  CHECK(not_fenced.read < not_fenced.stored);
}

TEST_CASE("R3 a write that was committed but not answered is read afterwards") {
  cache_stage x;
  x.begin();
  x.write(x.put("a", "{}"));
  x.store->hold_answers = true;
  auto write = x.start_put("a", R"({"n":2})");

  x.advance(5100ms);

  CHECK(cache_stage::code_of(write) == errc::timed_out);
  CHECK(x.epoch_of("a") == 2);
  CHECK(x.get("a").value.version == 2);
}

TEST_CASE("reads that wait for a shard which is given up are sent to the next owner") {
  cache_stage x;
  x.begin();
  x.coordinating->gives_back = false;
  x.store->lose_requests = true;
  auto write = x.start_put("a", "{}");
  x.advance(4s);
  auto read = x.start_get("a");

  x.advance(1100ms);

  CHECK(cache_stage::code_of(write) == errc::timed_out);
  REQUIRE(read->has_value());
  REQUIRE_FALSE((*read)->has_value());
  CHECK((*read)->error().code == errc::not_owner);
}

TEST_CASE("R2 an owner that the store does not know gives the shard up") {
  cache_stage x;
  x.begin();
  ++x.store->epochs[shard_of("notes", "a")];
  const auto renewals = x.coordinating->renewals.size();

  auto refused = x.ask<records_written>(x.owner, x.put("a", "{}"));

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::not_owner);
  REQUIRE(x.coordinating->renewals.size() == renewals + 1);
  CHECK(x.coordinating->renewals.back().held.size() == key_shards - 1);
}

TEST_CASE("a refusal that says that nothing was changed costs no shard") {
  cache_stage x;
  x.begin();
  for (auto code : {errc::overloaded, errc::storage_failed, errc::storage_full, errc::queue_full}) {
    x.store->refusal = to_caf({code, "as the test wants"});
    CHECK(x.ask<records_written>(x.owner, x.put("a", "{}")).error().code == code);
  }

  CHECK(x.epoch_of("a") == 1);
  CHECK(x.describe().held.size() == key_shards);
}

TEST_CASE("R3 an owner that loses the repository claims all shards afresh") {
  cache_stage x;
  x.begin();
  x.store->change("a", "{}");
  x.get("a");

  caf::anon_send_exit(x.repository, caf::exit_reason::kill);
  x.settle();
  x.store->change("a", R"({"unheard":1})");
  x.repository = x.system.spawn(scripted_repository, x.store);
  x.tell(x.owner, "repository", x.repository);

  CHECK(x.epoch_of("a") == 2);
  CHECK(x.get("a").value.version == 2);
}

} // namespace cache_writes_test
