// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <thread>
#include <vector>

namespace troupe::test {

/// A port of the loopback interface that passes connections on to another one, until it is told not
/// to: a network that a test can break. Works on a thread of its own.
class relay {
public:
  /// To `port` of the loopback interface.
  explicit relay(std::uint16_t port);
  ~relay();
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;

  /// Where it listens.
  std::uint16_t port() const noexcept { return port_; }

  /// Closes all connections, and each new one at once.
  void cut();

  /// Bytes stay under way: nobody is told.
  void hold();

  /// Ends both.
  void heal();

private:
  enum class mode { open, held, cut };

  // One direction of a connection.
  struct stream {
    int from;
    int to;
    std::string waiting; // read, and not written yet
    bool ended = false;  // nothing more comes
  };

  struct pair {
    stream up;
    stream down;
  };

  void set(mode wanted);
  void work(const std::stop_token& stop);
  void accept_one();
  static bool pump(stream& x, short events_from, short events_to);
  static void close(const pair& x);

  std::uint16_t target_;
  std::uint16_t port_ = 0;
  int listening_;
  int wake_;
  std::atomic<mode> mode_{mode::open};
  std::list<pair> pairs_; // of the thread
  std::jthread thread_;   // the last: it uses the others
};

} // namespace troupe::test
