// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "gateway/connection_roster.hpp"

namespace connection_roster_test {

using namespace troupe;
using namespace std::chrono_literals;
using enum connection_phase;

namespace {

constexpr connection_roster::time_point start{}; // simulated: nothing here reads a clock

struct caller final : roster_member {
  explicit caller(connection_roster& x) : roster{x} {}
  void end_now() override {
    ended = true;
    roster.remove(*this);
  }

  connection_roster& roster;
  bool ended = false;
};

using caller_ptr = std::shared_ptr<caller>;

struct crowd {
  explicit crowd(std::size_t seats, std::size_t of_address = 1000)
      : roster{options(seats, of_address)} {}

  static roster_options options(std::size_t seats, std::size_t of_address) {
    roster_options x;
    x.seats = seats;
    x.seats_of_address = of_address;
    x.times.fill(10s);
    return x;
  }

  caller_ptr come(const std::string& address = "a") {
    auto x = std::make_shared<caller>(roster);
    if (auto gone = roster.add(x, address, silent, start))
      gone->end_now();
    return x;
  }

  /// Comes, and asks for something. Null: there is no seat.
  caller_ptr ask(const std::string& address = "a") {
    auto x = come(address);
    roster_member_ptr gone;
    if (!roster.seat(*x, gone))
      return nullptr;
    if (gone)
      gone->end_now();
    roster.move(*x, waiting, start);
    return x;
  }

  connection_roster roster;
};

} // namespace

TEST_CASE("S2 the oldest silent connection gives way, never one that was asked something") {
  crowd x{16};
  std::vector<caller_ptr> busy;
  for (int i = 0; i < 10; ++i)
    busy.push_back(x.ask());
  auto first = x.come();
  auto second = x.come();
  for (int i = 0; i < 12; ++i)
    x.come();
  CHECK_FALSE(first->ended);
  x.come();
  CHECK(first->ended);
  CHECK_FALSE(second->ended);
  for (int i = 0; i < 1000; ++i)
    x.come();
  CHECK(second->ended);
  CHECK(std::none_of(busy.begin(), busy.end(), [](const auto& b) { return b->ended; }));
}

TEST_CASE("S2 whoever asks while all seats are taken gets that of who has idled longest") {
  crowd x{2};
  auto one = x.ask(), two = x.ask();
  CHECK(x.ask() == nullptr);
  x.roster.move(*two, idle, start);
  x.roster.move(*one, idle, start);
  CHECK(x.ask() != nullptr);
  CHECK(two->ended);
  CHECK_FALSE(one->ended);
  CHECK(x.roster.seats_taken() == 2);
}

TEST_CASE("S2 one address takes no more than its share of the seats") {
  crowd x{10, 3};
  auto first = x.ask("a");
  x.ask("a");
  x.ask("a");
  CHECK(x.ask("a") == nullptr);
  CHECK(x.ask("b") != nullptr);
  x.roster.move(*first, idle, start);
  CHECK(x.ask("a") != nullptr);
  CHECK(first->ended);
}

TEST_CASE("a seat is given back when its connection ends") {
  crowd x{1};
  auto one = x.ask();
  CHECK(x.ask() == nullptr);
  one->end_now();
  CHECK(x.ask() != nullptr);
}

TEST_CASE("a connection is late when its time at what it does is over") {
  crowd x{10};
  auto one = x.come();
  CHECK(x.roster.late(start + 9s).empty());
  CHECK(x.roster.late(start + 10s).size() == 1);
  x.roster.move(*one, body, start + 5s);
  CHECK(x.roster.late(start + 10s).empty());
  CHECK(x.roster.late(start + 15s).size() == 1);
  one->end_now();
  CHECK(x.roster.late(start + 15s).empty());
}

} // namespace connection_roster_test
