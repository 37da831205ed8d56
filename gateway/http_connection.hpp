// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/connection_roster.hpp"
#include "gateway/http_core.hpp"
#include "gateway/request_reader.hpp"
#include "gateway/response_head.hpp"

namespace troupe {

class connection_exchange;

/// One connection of a server: reads requests, hands them over one at a time, and sends answers.
///
/// It reads on while a request waits for its answer, as far as its buffer goes, and so notices a
/// caller that leaves. Only on its server's thread, but for what says otherwise.
class http_connection : public roster_member, public std::enable_shared_from_this<http_connection> {
public:
  http_connection(http_core_ptr core, std::string peer, int socket);

  virtual void start() = 0;
  void end_now() override { close(); }

  // -- for its exchanges, by the number of theirs: an older one's answer is thrown away
  void answer(std::uint64_t number, http_response x, bool closing);
  void begin_stream(std::uint64_t number, http_response head, bool closing);
  void write(std::uint64_t number, std::string piece, std::function<void(bool)> sent);
  void end_stream(std::uint64_t number);
  void read_body(std::uint64_t number, std::function<void()> then);
  void when_caller_leaves(std::uint64_t number, std::function<void()> left);

  /// Any thread.
  const http_core_ptr& core() const noexcept { return core_; }
  const caller_presence& caller() const noexcept { return caller_; }

protected:
  using error_code = boost::system::error_code;

  // -- of the transport: plain or TLS
  virtual void start_reading(boost::asio::mutable_buffer into) = 0;
  virtual void start_writing(const std::vector<boost::asio::const_buffer>& from) = 0;
  virtual void say_end() = 0; ///< nothing more will be written
  virtual void close_socket() = 0;

  void begin_requests();
  void has_read(const error_code& failed, std::size_t bytes);
  void has_written(const error_code& failed);
  void close();
  void note(http_refusal x) const;

private:
  enum class state : std::uint8_t {
    head,      ///< a request's head is read
    deciding,  ///< it was handed over before its body
    body,      ///< a body is read
    waiting,   ///< a whole request was handed over
    streaming, ///< its answer is sent in pieces
    answering, ///< the last of its answer is sent
    leaving,   ///< what still comes is thrown away
  };

  struct piece {
    std::string head;
    std::string body;
    std::function<void(bool)> sent;
  };

  void read_on();
  bool resize_buffer(std::size_t bytes);
  void go_on();
  bool step();
  void move(connection_phase to);
  bool has_seat();
  void take_head();
  bool begin_body();
  bool charge_body();
  void hand_over_early();
  void hand_over();
  void lose_caller();
  void refuse(http_refusal x);
  void send_head(const http_response& x, head_facts facts, std::string body);
  void flush();
  void has_answered();
  void leave();

  bool is_current(std::uint64_t number) const { return !closed_ && number == number_; }

  http_core_ptr core_;
  const std::string peer_;
  caller_presence caller_;
  request_reader reader_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0; // of what was read, and not taken yet
  std::size_t end_ = 0;
  std::vector<piece> queued_;
  std::vector<piece> sending_;
  std::vector<boost::asio::const_buffer> buffers_;
  std::string spare_; // a text with room
  std::weak_ptr<connection_exchange> early_;
  std::function<void()> body_read_;
  std::function<void()> left_;
  std::uint64_t number_ = 0; // of the request that is read, or the exchange that is open
  std::size_t charged_ = 0;  // bytes of the body that are in the budget
  std::size_t buffer_charged_ = 0;
  std::size_t thrown_away_ = 0;
  state state_ = state::head;
  bool is_head_ = false; // the request that is answered is a HEAD
  bool chunked_ = false; // the answer in pieces is sent in chunks
  bool reading_ = false;
  bool writing_ = false;
  bool closing_ = false;
  bool caller_left_ = false;
  bool closed_ = false;
};

using http_connection_ptr = std::shared_ptr<http_connection>;

} // namespace troupe
