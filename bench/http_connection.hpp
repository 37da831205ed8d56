// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace troupe::bench {

struct http_reply {
  int status = 0;
  std::string head; ///< status line and headers
  std::string body;

  /// The value of a header; empty: it is not there. `name` in any case.
  std::string header(std::string name) const;
};

/// One connection to a server on loopback, for requests that are not measured. Takes only answers
/// with a Content-Length.
class http_connection {
public:
  /// Does not fail: `call` does.
  explicit http_connection(std::uint16_t port);
  ~http_connection();
  http_connection(const http_connection&) = delete;
  http_connection& operator=(const http_connection&) = delete;

  /// Sends one request, with a JSON body if there is one. Throws when no whole answer comes within
  /// ten seconds.
  http_reply call(const std::string& method, const std::string& path, const std::string& body = {});

private:
  void receive();

  int socket_ = -1;
  bool connected_ = false;
  std::string input_;
};

} // namespace troupe::bench
