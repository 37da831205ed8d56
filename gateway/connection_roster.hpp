// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "messages/time.hpp"

namespace troupe {

/// What a connection is at, which says how long it may be at it.
enum class connection_phase : std::uint8_t {
  handshake, ///< of TLS
  silent,    ///< has not sent a whole head yet
  idle,      ///< is between two requests, or in the next one's head
  body,      ///< sends a body
  waiting,   ///< waits for its answer
  answering, ///< is sent an answer
  leaving,   ///< has been sent its last answer; what it still sends is thrown away
};

inline constexpr std::size_t connection_phases = 7;

struct roster_options {
  std::size_t seats = 10'000;
  std::size_t seats_of_address = 10'000;
  /// How long a connection may be at each phase.
  std::array<milliseconds, connection_phases> times{};
};

class roster_member;
using roster_member_ptr = std::shared_ptr<roster_member>;

/// What a roster keeps.
class roster_member {
public:
  virtual ~roster_member() = default;

  /// Its time is over, or it gives way. Removes it from its roster.
  virtual void end_now() = 0;

private:
  friend class connection_roster;

  std::list<roster_member_ptr>::iterator place_{};
  std::chrono::steady_clock::time_point deadline_{};
  std::string address_; // what its seat is counted by
  connection_phase phase_ = connection_phase::silent;
  bool listed_ = false;
  bool seated_ = false;
};

/// The open connections of a server, their time-outs, and who gives way when there are too many.
///
/// A connection has a *seat* from its first whole request until it ends. Those without share what
/// is left, and a few places beyond: the oldest of them gives way to who comes next, so that
/// silence keeps nobody out. Whoever sends a request while all seats are taken gets that of the
/// connection that has idled longest. Its server's thread only; it closes nothing itself.
class connection_roster {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit connection_roster(const roster_options& options);

  /// Nobody else can come, not even in place of another one.
  bool is_full() const;

  /// Adds one that has just come, from this address. Returns who has to give way to it, or null.
  roster_member_ptr add(roster_member_ptr x, std::string address, connection_phase at,
                        time_point now);

  /// Gives it a seat, if it has none. Returns false if there is none; else `in_place_of` is who has
  /// to give way, or null.
  bool seat(roster_member& x, roster_member_ptr& in_place_of);

  void move(roster_member& x, connection_phase to, time_point now);
  void remove(roster_member& x);

  /// Those whose time is over.
  std::vector<roster_member_ptr> late(time_point now) const;

  /// All of them.
  std::vector<roster_member_ptr> all() const;

  std::size_t size() const noexcept { return size_; }
  std::size_t seats_taken() const noexcept { return seated_; }

private:
  using members = std::list<roster_member_ptr>;

  members& of(connection_phase x) { return lists_[static_cast<std::size_t>(x)]; }
  const members& of(connection_phase x) const { return lists_[static_cast<std::size_t>(x)]; }
  roster_member_ptr oldest_idle(const std::string* address) const;
  roster_member_ptr first_to_go() const;

  roster_options options_;
  std::size_t places_; // beside the seats
  std::array<members, connection_phases> lists_;
  std::map<std::string, std::size_t, std::less<>> seated_by_address_;
  std::size_t size_ = 0;
  std::size_t seated_ = 0;
};

} // namespace troupe
