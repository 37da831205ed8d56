// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/withheld_handlers.hpp"

namespace withheld_handlers_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr withheld_handlers::time_point start{};
using names = std::vector<std::string>;

} // namespace

TEST_CASE("a handler that could not be started is withheld for a while") {
  withheld_handlers handlers;
  CHECK(handlers.why("resize") == nullptr);

  CHECK(handlers.withhold("resize", "not in PATH", start));

  REQUIRE(handlers.why("resize") != nullptr);
  CHECK(*handlers.why("resize") == "not in PATH");
  CHECK(handlers.why("other") == nullptr);
  CHECK(handlers.due(start + 999ms).empty());
  CHECK(handlers.due(start + 1s) == names{"resize"});
}

TEST_CASE("many runs that fail to start at once are one failure") {
  withheld_handlers handlers;
  CHECK(handlers.withhold("resize", "first", start));

  for (int i = 0; i < 100; ++i)
    CHECK_FALSE(handlers.withhold("resize", "another", start));

  CHECK(*handlers.why("resize") == "first");
  CHECK(handlers.due(start + 1s) == names{"resize"});
}

TEST_CASE("a handler that fails to start again and again is withheld for longer each time") {
  withheld_handlers handlers;
  auto now = start;
  for (auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
    handlers.withhold("resize", "no memory", now);
    CHECK(handlers.due(now + wait - 1ms).empty());
    now += wait;
    CHECK(handlers.due(now) == names{"resize"});
  }
}

TEST_CASE("a handler that was started begins anew") {
  withheld_handlers handlers;
  handlers.withhold("resize", "no memory", start);
  handlers.withhold("resize", "no memory", start + 1s);
  handlers.offer("resize");
  CHECK(handlers.why("resize") == nullptr);

  handlers.started("resize");

  CHECK(handlers.withhold("resize", "no memory", start + 9s));
  CHECK(handlers.due(start + 10s) == names{"resize"});
}

TEST_CASE("a run that began before does not offer a withheld handler") {
  withheld_handlers handlers;
  handlers.withhold("resize", "no memory", start);

  handlers.started("resize");

  CHECK(handlers.why("resize") != nullptr);
}

} // namespace withheld_handlers_test
