// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/http.hpp"
#include "gateway/http_refusal.hpp"
#include "messages/errors.hpp"
#include "messages/time.hpp"

namespace troupe {

/// PEM files for HTTPS.
struct http_tls_files {
  std::string certificate; ///< the chain, own certificate first
  std::string key;
};

struct http_server_options {
  std::string host = "127.0.0.1"; ///< an address, or a name that stands for one
  std::uint16_t port = 0;         ///< 0: any free one
  http_tls_files tls;             ///< empty: HTTP without TLS
  /// That have sent a request. When there are more, the one that has idled longest ends, or the new
  /// one is refused. Fewer, if the system does not let the process open so many files.
  std::size_t connections_max = 10'000;
  std::size_t connections_per_address_max = 0; ///< 0: four fifths of all
  std::size_t body_bytes_max = 8 * 1024 * 1024;
  std::size_t bodies_bytes_max = 256 * 1024 * 1024; ///< of all bodies that are held at once
  std::size_t url_bytes_max = 16 * 1024;
  std::size_t header_bytes_max = 16 * 1024; ///< of one header
  std::size_t headers_max = 100;
  milliseconds read_timeout{15'000};    ///< for a head, for a body, and how long a connection idles
  milliseconds write_timeout{15'000};   ///< for each piece of an answer
  milliseconds handle_timeout{120'000}; ///< until the handler answers
  /// Answered even when all connections are taken.
  std::vector<std::string> vital_paths;
  /// The handler gets a request when its head has come, if its body has not: it decides whether
  /// that is read.
  bool hands_over_heads = false;
  /// Has the last word on each answer, on whatever thread it is given. `whole`: it is no stream.
  std::function<void(const http_request&, http_response&, bool whole)> dress;
};

/// An HTTP/1.1 server with one thread of its own, on Boost.Beast's parser and Boost.Asio.
///
/// What is no HTTP or too large is answered with a problem and ends its connection; what comes too
/// slowly ends it without an answer. Everything else reaches the handler.
class http_server {
public:
  /// Listens and serves. `invalid_argument` when the address cannot be
  /// used, or a file of TLS is wrong; the text says what to do.
  ///
  /// `between` is called on the server's thread whenever that has nothing else to do just then, and
  /// again as long as it returns true: it did something.
  static result<std::unique_ptr<http_server>> start(
    http_server_options options, http_handler take,
    std::function<bool()> between = [] { return false; });

  /// Stops: takes no new connection, and drops those that are open. Exchanges that are answered
  /// later are answered to nobody. Returns when its thread has ended; not to be called there.
  virtual ~http_server() = default;

  virtual std::uint16_t port() const = 0;

  /// Takes no new connection; those that are open go on. On its own thread, it has stopped when
  /// this returns.
  virtual void stop_listening() = 0;

  /// Whether the calling thread is its own.
  virtual bool is_own_thread() const = 0;

  /// How many requests were refused for this reason. Any thread.
  virtual std::uint64_t refused(http_refusal x) const = 0;

  /// Reads the files of TLS again, for connections that come from now on. On an error the old ones
  /// stay in use.
  virtual result<void> reload_tls() = 0;
};

} // namespace troupe
