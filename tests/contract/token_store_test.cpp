// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "messages/limits.hpp"
#include "tests/contract/samples.hpp"

namespace token_store_test {

using namespace troupe;
using namespace troupe::test;

namespace {

access_token token(const std::string& name, const std::string& id) {
  return {name, id, std::string{"\0hash\xff", 6}, {"jobs:read", "records:read:*"}, at(1), {}};
}

errc create(storage_engine& store, const access_token& x) {
  token_changed answer;
  REQUIRE(
    store.transact(durability::machine, [&](storage_transaction& tx) { answer = tx.create({x}); }));
  return static_cast<errc>(answer.code);
}

errc revoke(storage_engine& store, const std::string& name) {
  token_changed answer;
  REQUIRE(store.transact(durability::machine,
                         [&](storage_transaction& tx) { answer = tx.revoke({name}); }));
  return static_cast<errc>(answer.code);
}

tokens_read read(storage_engine& store, std::uint64_t known = 0) {
  auto reader = store.open_reader();
  REQUIRE(reader);
  auto answer = (*reader)->tokens({known});
  REQUIRE(answer);
  return *answer;
}

} // namespace

FOR_EACH_ENGINE("tokens are kept as they came, by name, and survive a restart") {
  TestType engine;
  auto first = token("b", "1"), second = token("a", "2");
  second.scopes.clear();
  second.expires_at = at(60);
  CHECK(create(engine.store(), first) == errc::none);
  CHECK(create(engine.store(), second) == errc::none);

  engine.reopen();

  CHECK(read(engine.store()).tokens == std::vector{second, first});
}

FOR_EACH_ENGINE("a name stands for one token, until that is revoked") {
  TestType engine;
  auto& store = engine.store();
  CHECK(create(store, token("a", "1")) == errc::none);
  CHECK(create(store, token("a", "2")) == errc::token_exists);
  CHECK(read(store).tokens.at(0).id == "1");

  CHECK(revoke(store, "a") == errc::none);
  CHECK(revoke(store, "a") == errc::unknown_token);
  CHECK(read(store).tokens.empty());
  CHECK(create(store, token("a", "2")) == errc::none);
}

FOR_EACH_ENGINE("who knows the tokens is told only that there is nothing new") {
  TestType engine;
  auto& store = engine.store();
  const auto empty = read(store).revision;
  CHECK(empty != 0);
  create(store, token("a", "1"));
  const auto one = read(store);
  CHECK(one.revision != empty);
  CHECK(read(store, one.revision) == tokens_read{one.revision, {}});
  CHECK(read(store, empty) == one);

  create(store, token("a", "2")); // refused
  revoke(store, "b");             // refused
  CHECK(read(store).revision == one.revision);
  revoke(store, "a");
  CHECK(read(store, one.revision).revision != one.revision);
}

FOR_EACH_ENGINE("there are so many tokens at most") {
  TestType engine;
  auto& store = engine.store();
  REQUIRE(store.transact(durability::process, [](storage_transaction& tx) {
    for (std::size_t i = 0; i < limits::tokens_max; ++i)
      CHECK(tx.create({token("t" + std::to_string(i), std::to_string(i))}).code == 0);
  }));
  CHECK(create(store, token("one-more", "x")) == errc::overloaded);
  CHECK(revoke(store, "t7") == errc::none);
  CHECK(create(store, token("one-more", "x")) == errc::none);
}

} // namespace token_store_test
