// SPDX-License-Identifier: Apache-2.0
#include "tests/support/balancer_stage.hpp"

namespace balancer_reads_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

using ids = std::vector<std::vector<std::string>>;

/// Reads that come at the same time, and their answers.
struct readers : balancer_stage {
  using balancer_stage::balancer_stage;

  void read(const std::vector<std::string>& wanted) {
    for (const auto& id : wanted)
      answers[id] = begin_get(id);
    settle();
  }

  /// All of these have been answered with their own record.
  void check_found(const std::vector<std::string>& wanted) {
    for (const auto& id : wanted) {
      INFO("read of " << id);
      auto& x = *answers.at(id);
      REQUIRE(x);
      REQUIRE(*x);
      REQUIRE((*x)->records.size() == 1);
      CHECK((*x)->records.front().value.fields == id);
    }
  }

  errc code(const std::string& id) { return code_of(answers.at(id)); }

  std::map<std::string, answer<records_found>> answers;
};

} // namespace

TEST_CASE("reads that come at the same time travel together, and each gets its own answer") {
  readers s{{"a"}};
  s.open();
  s.read({"1", "2", "3"});
  s.check_found({"1", "2", "3"});
  CHECK(s.scripts["a"]->reads == ids{{"1", "2", "3"}});
  s.read({"4"});
  s.check_found({"4"});
  CHECK(s.scripts["a"]->reads.back() == std::vector<std::string>{"4"});
}

TEST_CASE("reads that travel together are shared among the instances") {
  readers s{{"a", "b"}};
  s.open();
  s.read({"1", "2", "3", "4", "5", "6"});
  s.check_found({"1", "2", "3", "4", "5", "6"});
  for (auto& [name, x] : s.scripts) {
    REQUIRE(x->reads.size() == 1);
    CHECK(x->reads.front().size() == 3);
  }
}

TEST_CASE("a read that is refused does no harm to those that travel with it") {
  readers s{{"a"}};
  s.scripts["a"]->bad = "2";
  s.scripts["a"]->why_bad = GENERATE(errc::invalid_argument, errc::overloaded);
  s.open();
  s.read({"1", "2", "3"});
  s.check_found({"1", "3"});
  CHECK(s.code("2") == s.scripts["a"]->why_bad);
  CHECK(s.scripts["a"]->reads == ids{{"1", "2", "3"}, {"1"}, {"2"}, {"3"}});
  // For a while nobody travels together.
  s.read({"4", "5"});
  CHECK(s.scripts["a"]->reads.size() == 6);
  s.advance(1s);
  s.read({"6", "7"});
  CHECK(s.scripts["a"]->reads.size() == 7);
  s.check_found({"4", "5", "6", "7"});
}

TEST_CASE("a read that is not answered holds nobody up who travels with it") {
  readers s{{"a"}};
  s.scripts["a"]->stuck = "2";
  s.open();
  s.read({"1", "2", "3"});
  s.advance(bundle_patience + 10ms);
  s.check_found({"1", "3"});
  CHECK_FALSE(*s.answers["2"]);
  s.advance(4s - bundle_patience - 100ms);
  CHECK_FALSE(*s.answers["2"]);
  s.advance(200ms);
  CHECK(s.code("2") == errc::timed_out);
}

TEST_CASE("reads that travel together go elsewhere when their instance is lost") {
  readers s{{"a", "b"}};
  s.scripts["a"]->mute = s.scripts["b"]->mute = true;
  s.open();
  s.read({"1", "2", "3", "4"});
  s.scripts["b"]->mute = false;
  s.kill("a");
  // What "a" had is answered at once; what "b" kept for itself soon.
  s.advance(bundle_patience + 10ms);
  s.check_found({"1", "2", "3", "4"});
}

TEST_CASE("each of several reads that are refused together may be tried elsewhere") {
  readers s{{"a", "b"}};
  s.scripts["a"]->refusal = {errc::shutting_down, "no more"};
  s.open();
  s.read({"1", "2", "3", "4", "5", "6"});
  s.check_found({"1", "2", "3", "4", "5", "6"});
  CHECK(s.scripts["a"]->reads.size() == 1);
}

TEST_CASE("an instance whose reads travel together and are not answered is left out") {
  readers s{{"a", "b"}};
  s.scripts["a"]->mute = true;
  s.open();
  s.read({"1", "2", "3", "4"});
  s.advance(2500ms);
  s.check_found({"1", "2", "3", "4"});
  const auto asked = s.scripts["a"]->count("get");
  for (int i = 0; i < 10; ++i)
    CHECK(s.who() == "b");
  CHECK(s.scripts["a"]->count("get") == asked);
}

} // namespace balancer_reads_test
