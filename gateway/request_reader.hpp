// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "gateway/http.hpp"
#include "gateway/http_refusal.hpp"

namespace troupe {

/// How large the parts of a request may be.
struct request_limits {
  std::size_t body_bytes_max = 8 * 1024 * 1024;
  std::size_t url_bytes_max = 16 * 1024;
  std::size_t header_bytes_max = 16 * 1024; ///< of one header
  std::size_t headers_max = 100;

  /// Of a whole head.
  std::size_t head_bytes_max() const { return url_bytes_max + 4 * header_bytes_max; }
};

/// Reads the bytes of a connection as requests, one after another: strict, because a proxy in front
/// may read what is ambiguous otherwise (RFC 9112, 11.2). Boost.Beast parses; what that lets
/// through although it is ambiguous is refused here. Knows no sockets.
class request_reader {
public:
  enum class progress : std::uint8_t {
    more,    ///< of the request's head, or of its body, something is missing
    head,    ///< the head has just been read, and a body follows
    done,    ///< the request has been read to its end
    refused, ///< `refusal` says why; nothing that follows can be read
  };

  explicit request_reader(const request_limits& limits);
  request_reader(const request_reader&) = delete;
  request_reader& operator=(const request_reader&) = delete;
  ~request_reader();

  /// Takes bytes from the front of those that have come and were not taken yet. Call it again with
  /// more, or after `head` with the rest.
  progress read(std::string_view bytes);

  /// How many of the last bytes were taken.
  std::size_t taken() const noexcept { return taken_; }

  http_refusal refusal() const noexcept { return refusal_; }

  /// What has been read; without a peer.
  http_request& request() noexcept { return request_; }

  /// Of a body whose length is known.
  std::size_t body_bytes() const noexcept { return body_bytes_; }

  /// The caller waits for 100 before it sends the body.
  bool expects_continue() const noexcept { return expects_continue_; }

  bool keeps_alive() const noexcept { return keeps_alive_; }
  bool is_http_1_0() const noexcept { return is_http_1_0_; }

  /// Nothing of a request has come yet.
  bool is_fresh() const noexcept { return seen_ == 0; }

  /// Is ready for the next request.
  void start_over();

private:
  class parser;
  friend class parser;

  progress read_head(std::string_view bytes);
  progress read_body(std::string_view bytes);
  progress refuse(http_refusal x);
  std::optional<http_refusal> wrong_in(std::string_view head_so_far);

  const request_limits limits_;
  std::unique_ptr<parser> parser_;
  http_request request_;
  http_refusal refusal_ = http_refusal::malformed;
  std::size_t taken_ = 0;
  std::size_t seen_ = 0; // bytes of this head that were looked at
  std::size_t line_ = 0; // where its last line begins
  std::size_t lines_ = 0;
  std::size_t body_bytes_ = 0;
  bool passed_empty_line_ = false; // before this head
  bool in_body_ = false;
  bool is_chunked_ = false;
  bool expects_continue_ = false;
  bool keeps_alive_ = false;
  bool is_http_1_0_ = false;
};

} // namespace troupe
