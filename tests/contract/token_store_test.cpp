// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

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

namespace {

access_token session(const std::string& owner, const std::string& id, int made,
                     int over = 1'000'000) {
  return {"session/" + owner + "/" + id, id, "hash", {"jobs:read"}, at(made), at(over)};
}

std::vector<std::string> names(storage_engine& store) {
  std::vector<std::string> all;
  for (const auto& x : read(store).tokens)
    all.push_back(x.name);
  return all;
}

} // namespace

FOR_EACH_ENGINE("S-15 a token that is revoked takes its sessions with it and no others") {
  TestType engine;
  auto& store = engine.store();
  create(store, token("mine", "1"));
  create(store, token("yours", "10"));
  CHECK(create(store, session("1", "a", 1)) == errc::none);
  CHECK(create(store, session("1", "b", 2)) == errc::none);
  CHECK(create(store, session("10", "c", 3)) == errc::none);
  const auto before = read(store).revision;
  CHECK(revoke(store, "session/1/a") == errc::none);
  CHECK(names(store) == std::vector<std::string>{"mine", "session/1/b", "session/10/c", "yours"});
  CHECK(read(store).revision != before);

  CHECK(revoke(store, "mine") == errc::none);
  CHECK(names(store) == std::vector<std::string>{"session/10/c", "yours"});
  CHECK(create(store, session("1", "d", 4)) == errc::unknown_token);
  CHECK(create(store, session("c", "d", 4)) == errc::unknown_token); // the id of a session
}

FOR_EACH_ENGINE("S-15 a token has ten sessions and a new one ends the oldest") {
  TestType engine;
  auto& store = engine.store();
  create(store, token("mine", "1"));
  create(store, token("yours", "2"));
  create(store, session("2", "other", 0));
  const auto most = static_cast<int>(limits::token_sessions_max);
  for (int i = 0; i < most + 3; ++i) // the oldest has not the smallest name
    CHECK(create(store, session("1", "s" + std::to_string(100 - i), i + 1)) == errc::none);
  const auto left = names(store);
  CHECK(left.size() == limits::token_sessions_max + 3);
  const auto has
    = [&](const std::string& x) { return std::count(left.begin(), left.end(), x) > 0; };
  CHECK_FALSE(has("session/1/s98"));
  CHECK(has("session/1/s97"));
  CHECK(has("session/2/other"));
}

FOR_EACH_ENGINE("S-15 sessions that are over make room, and there are only so many") {
  TestType engine;
  auto& store = engine.store();
  constexpr auto each = limits::token_sessions_max;
  constexpr auto owners = limits::sessions_max / each;
  REQUIRE(store.transact(durability::process, [](storage_transaction& tx) {
    for (std::size_t i = 0; i <= owners; ++i)
      CHECK(tx.create({token("t" + std::to_string(i), "t" + std::to_string(i))}).code == 0);
    for (std::size_t i = 0; i < limits::sessions_max; ++i)
      CHECK(tx.create({session("t" + std::to_string(i / each), std::to_string(i), 1,
                               i == 0 ? 50 : 1'000)})
              .code
            == 0);
  }));
  const auto newest = "t" + std::to_string(owners);
  CHECK(create(store, session(newest, "x", 49)) == errc::overloaded);
  CHECK(create(store, token("no-session", "n")) == errc::none); // tokens have room of their own
  CHECK(create(store, session(newest, "x", 50)) == errc::none);
  CHECK(read(store).tokens.size() == limits::sessions_max + owners + 2);
}

} // namespace token_store_test
