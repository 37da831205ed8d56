// SPDX-License-Identifier: Apache-2.0
#include "tests/support/balancer_stage.hpp"

namespace balancer_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

TEST_CASE("a balancer passes each kind of request on, and the answer back") {
  balancer_stage s{{"a"}};
  s.open();
  CHECK(s.who() == "a");
  CHECK(s.ask<record_changed>(s.balanced, put()));
  CHECK(s.ask<records_changed>(s.balanced, change_records{}));
  CHECK(s.ask<records_page>(s.balanced, list_records{}));
  CHECK(s.ask<changes_read>(s.balanced, read_changes{}));
  CHECK(s.ask<collections_listed>(s.balanced, list_collections{}));
  CHECK(s.ask<caches_listed>(s.balanced, list_caches{}));
  CHECK(s.ask<step_committed>(s.balanced, commit_step{}));
  CHECK(s.scripts["a"]->asked
        == std::vector<std::string>{"get", "change", "batch", "list", "changes", "collections",
                                    "caches", "step"});
}

TEST_CASE("requests are shared among the instances") {
  balancer_stage s{{"a", "b", "c"}};
  s.open();
  for (int i = 0; i < 30; ++i)
    s.who();
  for (auto& [name, x] : s.scripts)
    CHECK(x->count("get") == 10);
}

TEST_CASE("by key, requests about one record go to one instance while it lives") {
  balancer_stage s{{"a", "b", "c"}};
  s.options.strategy = balancing::by_key;
  s.open();
  auto first = s.who("7");
  for (int i = 0; i < 10; ++i)
    CHECK(s.who("7") == first);
  s.begin_change({"notes", "7", record_verb::remove, {}, {}, {}, {}});
  s.settle();
  CHECK(s.scripts[first]->count("change") == 1);
  s.kill(first);
  auto second = s.who("7");
  CHECK(second != first);
  CHECK(s.who("7") == second);
}

TEST_CASE("a request waits for the first instance") {
  balancer_stage s;
  s.open();
  auto answer = s.begin_get();
  s.advance(3s);
  CHECK_FALSE(*answer);
  s.begin("a");
  REQUIRE(*answer);
  CHECK((**answer)->records.front().value.id == "a");
}

TEST_CASE("a request that finds no instance in time says what is missing") {
  balancer_stage s;
  s.open();
  auto answer = s.begin_change(put());
  s.advance(4s + 200ms);
  CHECK(code_of(answer) == errc::unavailable);
  CHECK((*answer)->error().text.find("record service") != std::string::npos);
  // It does not come back when there is one.
  s.begin("a");
  CHECK(s.scripts["a"]->asked.empty());
}

TEST_CASE("only so many requests wait for an instance") {
  balancer_stage s;
  s.open();
  for (int i = 0; i < 10'000; ++i)
    s.begin_get();
  s.settle();
  auto refused = s.get();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::overloaded);
  s.begin("a");
  std::size_t read = 0;
  for (const auto& ids : s.scripts["a"]->reads)
    read += ids.size();
  CHECK(read == 10'000);
  CHECK(s.get());
}

TEST_CASE("a balancer asks its receptionist until it is heard") {
  balancer_stage s{{"a"}};
  s.at->refusals = 3;
  s.open();
  s.advance(5s);
  CHECK(s.at->subscribers.size() == 1);
  CHECK(s.who() == "a");
}

TEST_CASE("any request that changed nothing for sure goes to another instance") {
  auto code = GENERATE(errc::unavailable, errc::not_owner, errc::overloaded, errc::shutting_down);
  balancer_stage s{{"a", "b"}};
  s.scripts["a"]->refusal = {code, "not me"};
  s.open();
  CHECK(s.ask<record_changed>(s.balanced, put()));
  CHECK(s.ask<record_changed>(s.balanced, put()));
  CHECK(s.scripts["a"]->count("change") >= 1);
  CHECK(s.scripts["b"]->count("change") == 2);
}

TEST_CASE("a refusal that another instance would repeat is the answer") {
  auto code = GENERATE(errc::precondition_failed, errc::invalid_record, errc::unknown_record,
                       errc::queue_full);
  balancer_stage s{{"a", "b"}};
  for (auto& [name, x] : s.scripts)
    x->refusal = {code, "no"};
  s.open();
  auto answer = s.ask<record_changed>(s.balanced, put());
  REQUIRE_FALSE(answer);
  CHECK(answer.error() == error{code, "no"});
  CHECK(s.scripts["a"]->asked.size() + s.scripts["b"]->asked.size() == 1);
}

TEST_CASE("a request is tried three times at most") {
  balancer_stage s{{"a", "b", "c", "d", "e"}};
  for (auto& [name, x] : s.scripts)
    x->refusal = {errc::unavailable, "starting"};
  s.open();
  auto answer = s.get();
  REQUIRE_FALSE(answer);
  CHECK(answer.error() == error{errc::unavailable, "starting"});
  std::size_t asked = 0;
  for (auto& [name, x] : s.scripts)
    asked += x->asked.size();
  CHECK(asked == 3);
}

TEST_CASE("a read that is not answered goes to another instance, in time") {
  balancer_stage s{{"a", "b"}};
  s.scripts["a"]->mute = true;
  s.scripts["b"]->mute = true;
  s.open();
  auto answer = s.begin_get();
  s.advance(1s);
  // Whoever has it stays mute, the other one awakes.
  auto& other = s.scripts["a"]->asked.empty() ? s.scripts["a"] : s.scripts["b"];
  other->mute = false;
  CHECK_FALSE(*answer);
  s.advance(1100ms);
  CHECK(code_of(answer) == errc::none);
}

TEST_CASE("what may be repeated waits for another instance when the only one is lost") {
  struct {
    change_record change;
    errc end;
  } cases[] = {{put(), errc::timed_out},
               {put({condition_kind::version, 7}), errc::none},
               {put({}, "key-1"), errc::none}};
  for (auto& x : cases) {
    balancer_stage s{{"a"}};
    s.scripts["a"]->mute = true;
    s.open();
    auto read = s.begin_get();
    auto change = s.begin_change(x.change);
    s.settle();
    s.kill("a");
    s.leave("a");
    CHECK_FALSE(*read);
    CHECK(change->has_value() == (x.end == errc::timed_out)); // nobody waits for who is gone

    s.advance(1s);
    s.begin("b");

    CHECK(code_of(read) == errc::none);
    CHECK(code_of(change) == x.end);
    CHECK(s.scripts["b"]->count("change") == (x.end == errc::none ? 1 : 0));
  }
}

TEST_CASE("what a lost instance had is given up in time when no other one comes") {
  balancer_stage s{{"a"}};
  s.scripts["a"]->mute = true;
  s.open();
  auto read = s.begin_get();
  auto change = s.begin_change(put({}, "key-1"));
  s.settle();
  s.kill("a");
  s.leave("a");
  s.advance(4100ms);
  CHECK(code_of(read) == errc::timed_out);
  CHECK(code_of(change) == errc::timed_out);
}

TEST_CASE("without another instance a request gets all of its time") {
  balancer_stage s{{"a"}};
  s.scripts["a"]->mute = true;
  s.open();
  auto answer = s.begin_get();
  s.advance(3900ms);
  CHECK_FALSE(*answer);
  s.advance(200ms);
  CHECK(code_of(answer) == errc::timed_out);
}

TEST_CASE("R5: a change that may have taken effect is sent again only if that is harmless") {
  struct {
    change_record change;
    bool again;
  } cases[] = {
    {put(), false},
    {put({condition_kind::present, 0}), false},
    // Somebody else could remove it between the two.
    {put({condition_kind::absent, 0}), false},
    {put({condition_kind::version, 7}), true},
    {put({}, "key-1"), true},
  };
  auto lost = GENERATE(true, false);
  for (auto& x : cases) {
    balancer_stage s{{"a", "b"}};
    s.scripts["a"]->mute = true;
    s.scripts["b"]->mute = true;
    s.open();
    auto answer = s.begin_change(x.change);
    s.advance(100ms);
    auto first = s.scripts["a"]->asked.empty() ? "b" : "a";
    auto second = std::string{"a"} == first ? "b" : "a";
    s.scripts[second]->mute = false;
    if (lost)
      s.kill(first);
    s.advance(4100ms);
    CHECK(s.scripts[second]->count("change") == (x.again ? 1 : 0));
    CHECK(code_of(answer) == (x.again ? errc::none : errc::timed_out));
  }
}

TEST_CASE("R5: a batch that may have taken effect is sent again only under an idempotency key") {
  auto key = GENERATE(std::string{}, std::string{"key-1"});
  balancer_stage s{{"a", "b"}};
  for (auto& [name, x] : s.scripts)
    x->mute = true;
  s.open();
  auto answer = s.request<records_changed>(s.balanced, change_records{{put()}, key, {}});
  s.advance(4100ms);
  CHECK(code_of(answer) == errc::timed_out);
  CHECK(s.scripts["a"]->count("batch") + s.scripts["b"]->count("batch") == (key.empty() ? 1 : 2));
}

TEST_CASE("R5: what became of a first try stays unknown when the second one is refused") {
  // The first refusal may be the first try's doing; the second changed nothing.
  const auto refusal = GENERATE(error{errc::precondition_failed, "it is at version 8"},
                                error{errc::overloaded, "too much"});
  CAPTURE(to_string(refusal));
  balancer_stage s{{"a", "b"}};
  for (auto& [name, x] : s.scripts)
    x->mute = true;
  s.open();
  auto answer = s.begin_change(put({condition_kind::version, 7}));
  s.advance(100ms);
  auto& other = s.scripts["a"]->asked.empty() ? s.scripts["a"] : s.scripts["b"];
  other->mute = false;
  other->refusal = refusal;
  s.advance(4s);
  CHECK(other->count("change") == 1);
  CHECK(code_of(answer) == errc::timed_out);
}

TEST_CASE("a read under way when its instance dies is answered by another one at once") {
  balancer_stage s{{"a", "b"}};
  s.scripts["a"]->mute = true;
  s.scripts["b"]->mute = true;
  s.open();
  auto answer = s.begin_get();
  s.settle();
  auto first = s.scripts["a"]->asked.empty() ? "b" : "a";
  s.scripts[std::string{"a"} == first ? "b" : "a"]->mute = false;
  auto by = GENERATE(true, false);
  if (by)
    s.kill(first);
  else
    s.leave(first);
  CHECK(code_of(answer) == errc::none);
}

TEST_CASE("an instance that dies and comes back gets requests again") {
  balancer_stage s{{"a", "b"}};
  s.open();
  s.kill("a");
  for (int i = 0; i < 10; ++i)
    CHECK(s.who() == "b");
  s.leave("a");
  s.begin("a");
  for (int i = 0; i < 10; ++i)
    s.who();
  CHECK(s.scripts["a"]->count("get") == 5);
}

TEST_CASE("an instance that does not answer is left out, and taken back when it does") {
  balancer_stage s{{"a", "b"}};
  s.scripts["a"]->mute = true;
  s.open();
  auto one = s.begin_get();
  auto two = s.begin_get();
  s.advance(2100ms); // one of them hung, and was answered by the other instance
  CHECK(code_of(one) == errc::none);
  CHECK(code_of(two) == errc::none);
  auto asked = s.scripts["a"]->count("get");
  CHECK(asked == 1);
  for (int i = 0; i < 20; ++i)
    CHECK(s.who() == "b");
  s.advance(10s);
  CHECK(s.scripts["a"]->count("probe") >= 2);
  CHECK(s.scripts["a"]->count("probe") <= 5);
  CHECK(s.scripts["a"]->count("get") == asked);
  s.scripts["a"]->mute = false;
  s.advance(20s);
  for (int i = 0; i < 20; ++i)
    s.who();
  CHECK(s.scripts["a"]->count("get") == asked + 10);
  // Nobody looks after an instance that is well.
  auto probes = s.scripts["a"]->count("probe");
  s.advance(60s, 1s);
  CHECK(s.scripts["a"]->count("probe") == probes);
}

TEST_CASE("retries stop when the budget is used up") {
  balancer_stage s{{"a", "b"}};
  for (auto& [name, x] : s.scripts)
    x->refusal = {errc::overloaded, "too much"};
  s.open();
  for (int i = 0; i < 200; ++i)
    CHECK_FALSE(s.get());
  auto asked = s.scripts["a"]->count("get") + s.scripts["b"]->count("get");
  // 10 at the start, and a tenth of the requests.
  CHECK(asked >= 200 + 29);
  CHECK(asked <= 200 + 30);
}

TEST_CASE("a new instance gets its share slowly") {
  balancer_stage s{{"a", "b"}};
  s.options.slow_start = 10s;
  s.open();
  s.advance(10s, 1s);
  s.begin("c");
  for (int i = 0; i < 100; ++i)
    s.who();
  CHECK(s.scripts["c"]->count("get") >= 1);
  CHECK(s.scripts["c"]->count("get") <= 10);
  s.advance(10s, 1s);
  auto before = s.scripts["c"]->count("get");
  for (int i = 0; i < 99; ++i)
    s.who();
  CHECK(s.scripts["c"]->count("get") - before >= 32);
}

TEST_CASE("a reader of the feed may wait beyond the time-out of requests") {
  balancer_stage s{{"a", "b"}};
  s.scripts["a"]->mute = true;
  s.scripts["b"]->mute = true;
  s.open();
  auto answer = s.request<changes_read>(s.balanced, read_changes{"notes", 0, 10, 30s});
  s.advance(33s, 1s);
  CHECK_FALSE(*answer);
  s.advance(2s);
  CHECK(code_of(answer) == errc::timed_out);
}

TEST_CASE("S2: a list that takes too long is asked of one instance and takes none out") {
  balancer_stage s{{"a", "b"}};
  for (auto& [name, x] : s.scripts)
    x->refusal = {errc::too_costly, "it took too long"};
  s.open();

  auto list = s.request<records_page>(s.balanced, list_records{});
  s.settle();

  CHECK(code_of(list) == errc::too_costly);
  CHECK(s.scripts["a"]->count("list") + s.scripts["b"]->count("list") == 1);
  CHECK(s.scripts["a"]->count("probe") + s.scripts["b"]->count("probe") == 0);
  // It has all the time there is, and ends a little before the balancer would give it up.
  const auto patience = std::max(s.scripts["a"]->list_patience, s.scripts["b"]->list_patience);
  CHECK(patience > 3s);
  CHECK(patience < 4s);
}

} // namespace balancer_test
