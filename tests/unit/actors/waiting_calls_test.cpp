// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/waiting_calls.hpp"

namespace waiting_calls_test {

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("a waiting call is tried again before its deadline, and given up at it") {
  waiting_calls calls;
  const waiting_calls::time_point start{};
  int tried = 0;
  int given_up = 0;
  const waiting_calls::call call{start + 1s, [&] { ++tried; }, [&] { ++given_up; }};
  calls.add(call);
  calls.run(start);
  CHECK(tried == 1);
  CHECK(calls.size() == 0);
  calls.add(call);
  calls.run(start + 1s);
  CHECK(tried == 1);
  CHECK(given_up == 1);
}

TEST_CASE("what a call adds waits for the next time") {
  waiting_calls calls;
  const waiting_calls::time_point start{};
  int tried = 0;
  std::function<void()> again = [&] {
    ++tried;
    calls.add({start + 1s, again, [] {}});
  };
  calls.add({start + 1s, again, [] {}});
  calls.run(start);
  CHECK(tried == 1);
  CHECK(calls.size() == 1);
}

} // namespace waiting_calls_test
