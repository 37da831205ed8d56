// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "messages/record.hpp"
#include "tests/support/record_checks.hpp"
#include "tests/support/record_player.hpp"

namespace troupe {
class client;
}

/// Clients of records in real processes. They connect to the control node at `address`.
namespace troupe::test {

/// Throws when it cannot.
std::unique_ptr<client> connect_to(const std::string& address);

/// Players that each use the cluster through a thread and a connection of their own, until they are
/// stopped. Refusals and outages do not stop them.
class record_load {
public:
  record_load(const std::string& address, std::uint32_t players, std::uint64_t seed);
  ~record_load();
  record_load(const record_load&) = delete;
  record_load& operator=(const record_load&) = delete;

  /// Waits for the last answers.
  void stop();

  // After `stop`.
  std::vector<record_operation> history() const;
  std::vector<std::string> complaints() const;

private:
  void work(const std::stop_token& stop, client& connection, record_player& player);

  std::vector<std::unique_ptr<client>> connections_;
  std::deque<record_player> players_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::vector<std::jthread> threads_; // the last: they use the others
};

/// A thread that follows all feeds, each from where it was. It throws its connection away now and
/// then, as a reader that is killed and started again.
class feed_reader {
public:
  explicit feed_reader(const std::string& address);
  ~feed_reader();
  feed_reader(const feed_reader&) = delete;
  feed_reader& operator=(const feed_reader&) = delete;

  /// Reads on up to the end, and returns what was read of each collection.
  std::map<std::string, std::vector<record_change>> finish();

  /// How often it connected.
  std::size_t starts() const noexcept { return starts_; }

private:
  void work(const std::stop_token& stop);

  std::string address_;
  std::map<std::string, std::vector<record_change>> feeds_;
  std::size_t starts_ = 0;
  std::jthread thread_; // the last: it uses the others
};

/// All that there is now. Throws when something cannot be read.
std::vector<played_collection> read_played(client& connection);

/// The payloads of the hook's jobs. Throws when they cannot be read.
std::vector<std::string> read_order_payloads(client& connection);

} // namespace troupe::test
