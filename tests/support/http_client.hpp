// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/time.hpp"

namespace troupe::test {

struct http_answer {
  int status = 0;
  std::map<std::string, std::string> headers; ///< names in small letters
  std::string body;
};

/// One connection to a server on loopback that is kept, and made again when it ended. Blocks.
class http_client {
public:
  explicit http_client(std::uint16_t port, milliseconds timeout = milliseconds{20'000})
      : port_{port},
        timeout_{timeout} {}
  ~http_client() { close(); }
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// Sends one request, once. Nothing when there was no answer: no connection, or it ended, or the
  /// answer was late.
  std::optional<http_answer> send(const std::string& method, const std::string& path,
                                  const std::string& body = {},
                                  const std::vector<std::string>& headers = {});

private:
  bool connect();
  void close();
  bool fill();
  std::optional<std::string> take_line();
  std::optional<std::string> take(std::size_t bytes);
  std::optional<std::string> take_chunks();

  std::uint16_t port_;
  milliseconds timeout_;
  int socket_ = -1;
  std::string input_;
};

} // namespace troupe::test
