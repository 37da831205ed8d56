// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <catch2/catch.hpp>
#include <vector>

#include "actors/request_deadlines.hpp"
#include "tests/support/deterministic.hpp"

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf::typed_response_promise<int>)

namespace request_deadlines_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

// Asks whomever it is told about, and remembers what came of it: the answer, or -1 for a time-out.
struct asker_state {
  request_deadlines deadlines;
  std::vector<int> outcomes;
};

using asker_shell = caf::stateful_actor<asker_state>;

struct stage : fixture {
  caf::actor asker = system.spawn([](asker_shell* own) -> caf::behavior {
    return {[own](const caf::actor& whom, int question, std::int64_t patience) {
              auto& state = own->state;
              state.deadlines.request<int>(
                own, whom, milliseconds{patience}, question,
                [&state](int answer) { state.outcomes.push_back(answer); },
                [&state](const caf::error& why) {
                  state.outcomes.push_back(why == caf::sec::request_timeout ? -1 : -2);
                });
            },
            [own](const caf::strong_actor_ptr& lost) { own->state.deadlines.lose(own, lost); }};
  });

  /// Answers a question with itself after that long; never if it is negative.
  caf::actor spawn_answerer(caf::timespan pause) {
    return system.spawn([pause](caf::event_based_actor* own) -> caf::behavior {
      return {
        [own, pause](int question) -> caf::result<int> {
          auto promise = own->make_response_promise<int>();
          if (pause >= caf::timespan{0})
            caf::delayed_anon_send(caf::actor_cast<caf::actor>(own), pause, promise, question);
          return promise;
        },
        [](caf::typed_response_promise<int>& promise, int question) { promise.deliver(question); }};
    });
  }

  void ask(const caf::actor& whom, int question, milliseconds patience) {
    caf::anon_send(asker, whom, question, static_cast<std::int64_t>(patience.count()));
    settle();
  }

  const std::vector<int>& outcomes() { return state_of<asker_state>(asker).outcomes; }
};

} // namespace

TEST_CASE("an answer in time is given to the asker, and nothing more comes after it") {
  stage s;
  s.ask(s.spawn_answerer(50ms), 7, 100ms);
  s.advance(60ms);
  CHECK(s.outcomes() == std::vector{7});
  s.advance(1s);
  CHECK(s.outcomes() == std::vector{7});
}

TEST_CASE("a request times out at the latest after its time, at the earliest a 32nd sooner") {
  stage s;
  s.advance(13ms); // not at the beginning of a slot
  const auto silent = s.spawn_answerer(-1ms);
  for (const auto patience : {2ms, 40ms, 1000ms, 4999ms}) {
    s.ask(silent, 1, patience);
    const auto before = s.outcomes().size();
    const auto tolerance = std::max<milliseconds>(patience / 32, 1ms);
    s.advance(patience - tolerance - 1ms, 1ms);
    CHECK(s.outcomes().size() == before);
    s.advance(tolerance + 1ms, 1ms);
    CHECK(s.outcomes().size() == before + 1);
    CHECK(s.outcomes().back() == -1);
  }
}

TEST_CASE("a request that may wait long has its time, too, but for a moment") {
  stage s;
  s.advance(13ms);
  s.ask(s.spawn_answerer(-1ms), 1, 60'100ms); // a long poll of a cluster without patience
  s.advance(60'000ms);
  CHECK(s.outcomes().empty());
  s.advance(110ms);
  CHECK(s.outcomes() == std::vector{-1});
}

TEST_CASE("of requests that would time out together only those without an answer do") {
  stage s;
  const auto silent = s.spawn_answerer(-1ms), quick = s.spawn_answerer(10ms);
  s.ask(silent, 1, 1000ms);
  s.ask(quick, 2, 1000ms);
  s.ask(silent, 3, 1000ms);
  s.advance(2s);
  CHECK(s.outcomes() == std::vector{2, -1, -1});
}

TEST_CASE("an answer that comes too late is nobody's") {
  stage s;
  s.ask(s.spawn_answerer(500ms), 7, 100ms);
  s.advance(1s);
  CHECK(s.outcomes() == std::vector{-1});
}

TEST_CASE("what somebody who is lost was asked fails at once and what others were asked does not") {
  stage s;
  const auto lost = s.spawn_answerer(-1ms), slow = s.spawn_answerer(100ms);
  s.ask(lost, 1, 1000ms);
  s.ask(slow, 2, 1000ms);
  s.ask(lost, 3, 5000ms);

  caf::anon_send(s.asker, caf::actor_cast<caf::strong_actor_ptr>(lost));
  s.settle();
  CHECK(s.outcomes() == std::vector{-2, -2});

  s.advance(10s);
  CHECK(s.outcomes() == std::vector{-2, -2, 2});
}

TEST_CASE("that nobody is there to be asked is told at once") {
  stage s;
  const auto dead = s.spawn_answerer(-1ms);
  caf::anon_send_exit(dead, caf::exit_reason::kill);
  s.settle();
  s.ask(dead, 1, 1000ms);
  CHECK(s.outcomes() == std::vector{-2});
  s.advance(2s);
  CHECK(s.outcomes() == std::vector{-2});
}

} // namespace request_deadlines_test
