// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http_server.hpp"
#include "node/socket.hpp"

namespace troupe::test {

/// How long a test waits for what must happen.
inline constexpr milliseconds http_patience{20'000};

/// A server that answers with the body it was sent, and remembers what came.
class echo_server {
public:
  explicit echo_server(http_server_options options = {});

  http_server& server() { return *server_; }
  std::uint16_t port() const { return server_->port(); }
  std::vector<http_request> requests();

private:
  std::mutex mutex_;
  std::vector<http_request> requests_;
  std::unique_ptr<http_server> server_;
};

/// A connection to a server on loopback, for what no HTTP client would say.
class http_caller {
public:
  explicit http_caller(std::uint16_t port);

  /// False: the other side has closed meanwhile.
  bool send(std::string_view text);

  /// Says that nothing more will come.
  void end_sending();

  /// Waits for the other side to close, or to say something.
  bool is_closed_within(milliseconds time);

  /// All that comes until the other side closes, or `end` has come.
  std::string read_until(std::string_view end);

  /// All that comes until the other side closes.
  std::string read_all() { return read_until(std::string_view{"\0never", 6}); }

private:
  socket_handle socket_;
};

/// Limits that are reached soon.
http_server_options impatient();

/// Sends it, and reads until the other side closes.
std::string ask(std::uint16_t port, const std::string& request);

/// A request is answered with 200.
bool is_served(std::uint16_t port);

} // namespace troupe::test
