// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

enum class http_method : std::uint8_t { get, head, post, put, patch, remove, options, other };

/// "GET", "DELETE", ...; of `other` "OTHER".
std::string_view to_string(http_method x);

/// The headers of a request, as few as they are: names in small letters; of a repeated one the
/// values joined by ", ".
class http_headers {
public:
  using entry = std::pair<std::string, std::string>;

  /// The value of a name; added, empty, if there is none.
  std::string& operator[](std::string_view name);

  /// The value of a name, or null.
  const std::string* find(std::string_view name) const;

  bool contains(std::string_view name) const { return find(name) != nullptr; }

  /// Joins the value to what the name has already.
  void add(std::string name, std::string_view value);

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

private:
  std::vector<entry> entries_;
};

/// One request, read to its end.
struct http_request {
  http_method method = http_method::other;
  std::string path;  ///< as it was sent, percent-encoded, without the query
  std::string query; ///< as it was sent, without '?'
  std::string body;
  std::string peer; ///< address of the caller: "127.0.0.1"
  http_headers headers;

  /// The value of a header, or "".
  std::string_view header(std::string_view name) const;
};

struct http_response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// The rest of an answer that is sent piece by piece.
class http_stream {
public:
  virtual ~http_stream() = default;

  /// Sends one piece. `sent` is called on the server's thread when the caller's system has taken
  /// it, or with false when the caller is gone; write the next piece after that, so that a slow
  /// caller costs no memory.
  virtual void write(std::string piece, std::function<void(bool)> sent) = 0;

  /// Ends the answer.
  virtual void end() = 0;
};

/// One request and its answer. Every function may be called from any thread, one at a time. An
/// exchange that is dropped without an answer is answered with 500.
class http_exchange {
public:
  virtual ~http_exchange() = default;

  const http_request& request() const noexcept { return request_; }
  http_request& request() noexcept { return request_; }

  /// Answers it. Once; not after `stream`.
  virtual void answer(http_response x) = 0;

  /// Adds a header to the answer, whatever that will be. Before it is answered.
  void add_header(std::string name, std::string value) {
    headers_.emplace_back(std::move(name), std::move(value));
  }

  /// The connection is to end with the answer. Before it is answered.
  void close_connection() { closing_ = true; }

  /// Hears how it is answered: status, and bytes of the body (of a stream, of its first piece).
  void watch(std::function<void(int status, std::size_t bytes)> watcher) {
    watcher_ = std::move(watcher);
  }

  /// Hears how it is answered, before the answer is made ready for its way. Before it is answered.
  void audit(std::function<void(const http_response&)> auditor) { auditor_ = std::move(auditor); }

  /// Whether its body has yet to be read: of a server that hands requests over by their heads.
  /// Answer it, and nobody reads the body, or call `read_body`.
  bool lacks_body() const noexcept { return lacks_body_; }

  /// Has the body read into `request()`, then calls `then` on the server's thread; never, if the
  /// server refuses the body, or the caller leaves. Once, if it lacks its body.
  virtual void read_body(std::function<void()> then) = 0;

  /// Calls `left` on the server's thread when its caller ends the connection before the answer. To
  /// be called while the exchange is handed over, or on the server's thread.
  virtual void when_caller_leaves(std::function<void()> left) = 0;

  /// Whether its caller has ended the connection, or lost it, as far as this system knows: an
  /// answer would reach nobody. Asks the system: takes about a microsecond.
  virtual bool caller_is_gone() const = 0;

  /// Answers it with head now and the body piece by piece. Once; not after `answer`. The body of
  /// `head` is the first piece.
  virtual std::unique_ptr<http_stream> stream(http_response head) = 0;

protected:
  http_request request_;
  bool closing_ = false;
  bool lacks_body_ = false;
  std::function<void(int, std::size_t)> watcher_;
  std::function<void(const http_response&)> auditor_;
  std::vector<std::pair<std::string, std::string>> headers_; ///< to be added to the answer
};

using http_exchange_ptr = std::shared_ptr<http_exchange>;

/// Takes a request on the server's thread; must not block. It may answer now or later.
using http_handler = std::function<void(http_exchange_ptr)>;

/// Undoes percent-encoding ("%2F", and '+' if `plus_is_space`). Nothing if it is malformed.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Percent-encodes all but the unreserved characters (RFC 3986).
std::string percent_encode(std::string_view text);

} // namespace troupe
