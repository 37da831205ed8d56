// SPDX-License-Identifier: Apache-2.0
#include "gateway/connection_roster.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

// Places for those who have not asked for anything yet, when all seats are taken: as many as may
// come between the arrival of a caller and that of its request.
constexpr std::size_t places_min = 8;
constexpr std::size_t places_max = 128;

using enum connection_phase;

constexpr std::array seatless{leaving, handshake, silent};

} // namespace

connection_roster::connection_roster(const roster_options& options)
    : options_{options},
      places_{std::clamp(options.seats / 8, places_min, places_max)} {}

roster_member_ptr connection_roster::first_to_go() const {
  for (const auto phase : seatless)
    if (!of(phase).empty())
      return of(phase).front();
  return oldest_idle(nullptr);
}

bool connection_roster::is_full() const {
  return size_ >= options_.seats + places_ && !first_to_go();
}

roster_member_ptr connection_roster::add(roster_member_ptr x, std::string address,
                                         connection_phase at, time_point now) {
  auto gives_way = size_ >= options_.seats + places_ ? first_to_go() : nullptr;
  auto& member = *x;
  member.address_ = std::move(address);
  member.phase_ = at;
  member.deadline_ = now + options_.times[static_cast<std::size_t>(at)];
  member.listed_ = true;
  member.place_ = of(at).insert(of(at).end(), std::move(x));
  ++size_;
  return gives_way;
}

// Among many idle ones, few are of another address when one address has too many.
roster_member_ptr connection_roster::oldest_idle(const std::string* address) const {
  const auto& list = of(idle);
  const auto found = std::find_if(list.begin(), list.end(), [address](const auto& x) {
    return address == nullptr || x->address_ == *address;
  });
  return found == list.end() ? nullptr : *found;
}

bool connection_roster::seat(roster_member& x, roster_member_ptr& in_place_of) {
  in_place_of = nullptr;
  if (x.seated_)
    return true;
  auto& of_address = seated_by_address_[x.address_];
  const bool too_many = of_address >= options_.seats_of_address;
  if (too_many || seated_ >= options_.seats) {
    in_place_of = oldest_idle(too_many ? &x.address_ : nullptr);
    if (!in_place_of) {
      if (of_address == 0)
        seated_by_address_.erase(x.address_);
      return false;
    }
  }
  x.seated_ = true;
  ++of_address;
  ++seated_;
  return true;
}

void connection_roster::move(roster_member& x, connection_phase to, time_point now) {
  if (!x.listed_)
    return;
  auto& target = of(to);
  target.splice(target.end(), of(x.phase_), x.place_);
  x.phase_ = to;
  x.deadline_ = now + options_.times[static_cast<std::size_t>(to)];
}

void connection_roster::remove(roster_member& x) {
  if (!std::exchange(x.listed_, false))
    return;
  of(x.phase_).erase(x.place_);
  --size_;
  if (!std::exchange(x.seated_, false))
    return;
  --seated_;
  const auto counted = seated_by_address_.find(x.address_);
  if (--counted->second == 0)
    seated_by_address_.erase(counted);
}

std::vector<roster_member_ptr> connection_roster::late(time_point now) const {
  std::vector<roster_member_ptr> found;
  for (const auto& list : lists_)
    for (const auto& x : list) {
      if (x->deadline_ > now)
        break;
      found.push_back(x);
    }
  return found;
}

std::vector<roster_member_ptr> connection_roster::all() const {
  std::vector<roster_member_ptr> found;
  for (const auto& list : lists_)
    found.insert(found.end(), list.begin(), list.end());
  return found;
}

} // namespace troupe
