// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/fair_lines.hpp"
#include "actors/read_gate.hpp"

namespace read_gate_test {

using namespace troupe;
using namespace std::literals;

namespace {

constexpr read_pass::time_point start{};

read_terms of(std::string caller, std::uint64_t number = 0) {
  return {std::move(caller), number, milliseconds{0}};
}

} // namespace

TEST_CASE("S2: a caller has a bounded number of reads under way and takes none from others") {
  read_gate gate{2, 10};
  auto a = gate.enter(of("a"), start);
  auto b = gate.enter(of("a"), start);
  REQUIRE((a && b));

  auto refused = gate.enter(of("a"), start);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::overloaded);
  CHECK(gate.enter(of("b"), start));

  a->reset(); // it was answered, or died with who had it
  CHECK(gate.enter(of("a"), start));
}

TEST_CASE("S2: all callers together have a bounded number of reads under way") {
  read_gate gate{2, 3};
  std::vector<read_pass_ptr> passes;
  for (const auto* caller : {"a", "b", "c"})
    passes.push_back(*gate.enter(of(caller), start));
  CHECK(gate.size() == 3);

  CHECK(gate.enter(of("d"), start).error().code == errc::overloaded);
  passes.pop_back();
  CHECK(gate.enter(of("d"), start));
}

TEST_CASE("a read is over when its time is, or when nobody waits for it any more") {
  read_gate gate{9, 9};
  auto pass = *gate.enter(of("a", 7), start + 5s);
  CHECK_FALSE(pass->is_over(start + 4s));
  CHECK(pass->is_over(start + 5s));

  gate.abandon({"b", 7}); // another caller's
  gate.abandon({"a", 8});
  CHECK_FALSE(pass->is_over(start));
  gate.abandon({"a", 7});
  CHECK(pass->is_over(start));
  pass.reset();
  gate.abandon({"a", 7}); // it is gone: harmless
}

TEST_CASE("lines take turns and each keeps its order") {
  fair_lines<int> lines;
  for (int i : {1, 2, 3})
    lines.add("a", i);
  lines.add("b", 10);
  std::vector<int> taken{lines.take()};
  lines.add("c", 20);
  while (!lines.empty())
    taken.push_back(lines.take());

  CHECK(taken == std::vector{1, 10, 2, 20, 3});
}

} // namespace read_gate_test
