// SPDX-License-Identifier: Apache-2.0
#include "gateway/http_connection.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cstring>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <utility>

#include "gateway/connection_exchange.hpp"

namespace troupe {

namespace {

// Enough for most requests; a larger head has it grow.
constexpr std::size_t buffer_bytes = 8 * 1024;

// A body is read by so many at once.
constexpr std::size_t body_buffer_bytes = 64 * 1024;

// A body of unknown length takes that much more of the budget at once.
constexpr std::size_t charge_bytes = 64 * 1024;

// What a caller that was refused may still send.
constexpr std::size_t thrown_away_max = 64 * 1024 * 1024;

} // namespace

http_connection::http_connection(http_core_ptr core, std::string peer, int socket)
    : core_{std::move(core)},
      peer_{std::move(peer)},
      caller_{socket},
      reader_{core_->limits} {}

void http_connection::move(connection_phase to) {
  core_->roster.move(*this, to, std::chrono::steady_clock::now());
}

// -- reading -------------------------------------------------------------------------------------

void http_connection::begin_requests() {
  move(connection_phase::silent);
  buffer_.resize(buffer_bytes);
  read_on();
}

/// Reads as long as there is room: while a request is answered, no further than that.
void http_connection::read_on() {
  if (reading_ || closed_ || caller_left_)
    return;
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (state_ != state::body && buffer_.size() > buffer_bytes)
      resize_buffer(buffer_bytes);
  } else if (begin_ > 0 && end_ == buffer_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  if (state_ == state::body && buffer_.size() < body_buffer_bytes
      && reader_.body_bytes() > buffer_bytes)
    buffer_.resize(body_buffer_bytes); // its body is in the budget
  if (end_ == buffer_.size()) {
    if (state_ != state::head)
      return;
    // The reader has refused what is larger.
    if (!resize_buffer(std::min(2 * buffer_.size(), core_->limits.head_bytes_max() + buffer_bytes)))
      return refuse(http_refusal::overloaded);
  }
  reading_ = true;
  start_reading(boost::asio::buffer(buffer_.data() + end_, buffer_.size() - end_));
}

/// What it has beyond the usual is counted with the bodies. False: there is no more.
bool http_connection::resize_buffer(std::size_t bytes) {
  const auto wanted = bytes > buffer_bytes ? bytes : 0;
  if (wanted > buffer_charged_ && !core_->bodies.take(wanted - buffer_charged_))
    return false;
  if (wanted < buffer_charged_)
    core_->bodies.give_back(buffer_charged_ - wanted);
  buffer_charged_ = wanted;
  if (bytes < buffer_.size())
    std::vector<char>(bytes).swap(buffer_);
  else
    buffer_.resize(bytes);
  return true;
}

void http_connection::has_read(const error_code& failed, std::size_t bytes) {
  reading_ = false;
  if (closed_)
    return;
  if (failed == boost::asio::error::eof)
    return lose_caller();
  if (failed)
    return close();
  if (state_ == state::leaving) {
    thrown_away_ += bytes;
    return thrown_away_ > thrown_away_max ? close() : read_on();
  }
  end_ += bytes;
  go_on();
}

/// Nothing more will come from the caller. It may still read its answer.
void http_connection::lose_caller() {
  caller_left_ = true;
  if (state_ != state::waiting && state_ != state::deciding && state_ != state::answering)
    return close();
  if (auto left = std::exchange(left_, nullptr))
    left();
}

void http_connection::go_on() {
  const auto self = shared_from_this();
  while (!closed_ && (state_ == state::head || state_ == state::body))
    if (!step())
      break;
  if (closed_)
    return;
  if (caller_left_ && (state_ == state::head || state_ == state::body))
    return close();
  read_on();
}

/// Takes what has come. False: more is needed.
bool http_connection::step() {
  const bool was_fresh = reader_.is_fresh();
  const auto x = reader_.read({buffer_.data() + begin_, end_ - begin_});
  begin_ += reader_.taken();
  using enum request_reader::progress;
  switch (x) {
  case refused:
    refuse(reader_.refusal());
    return false;
  case head:
    take_head();
    return true;
  case done:
    hand_over();
    return false;
  case more:
    break;
  }
  if (state_ == state::body) {
    if (!charge_body())
      refuse(http_refusal::overloaded);
    else if (begin_ == 0 && end_ == buffer_.size())
      refuse(http_refusal::malformed); // no part of a body is so long
    return false;
  }
  // From now on it is in a request, whose time begins.
  if (was_fresh && !reader_.is_fresh() && number_ > 0)
    move(connection_phase::idle);
  return false;
}

/// False: it has been refused.
bool http_connection::has_seat() {
  roster_member_ptr idle;
  if (core_->roster.seat(*this, idle)) {
    if (idle)
      idle->end_now();
    return true;
  }
  const auto& vital = core_->options.vital_paths;
  if (std::find(vital.begin(), vital.end(), reader_.request().path) != vital.end())
    return true;
  refuse(http_refusal::overloaded);
  return false;
}

void http_connection::take_head() {
  if (!has_seat())
    return;
  state_ = state::body;
  if (!core_->options.hands_over_heads) {
    begin_body();
    return;
  }
  // What has come already is no reason to decide twice.
  const auto x = reader_.read({buffer_.data() + begin_, end_ - begin_});
  begin_ += reader_.taken();
  using enum request_reader::progress;
  if (x == refused)
    return refuse(reader_.refusal());
  if (x == done)
    return hand_over();
  hand_over_early();
}

void http_connection::hand_over_early() {
  state_ = state::deciding;
  move(connection_phase::waiting);
  auto body = std::move(reader_.request().body);
  reader_.request().peer = peer_;
  is_head_ = reader_.request().method == http_method::head;
  auto exchange = std::make_shared<connection_exchange>(
    std::static_pointer_cast<http_connection>(shared_from_this()), number_,
    std::move(reader_.request()), true);
  reader_.request() = {};
  reader_.request().body = std::move(body);
  early_ = exchange;
  core_->take(std::move(exchange));
}

void http_connection::read_body(std::uint64_t number, std::function<void()> then) {
  if (!is_current(number) || state_ != state::deciding) {
    // Its caller left meanwhile: nobody is to hear of an answer.
    if (const auto exchange = early_.lock())
      exchange->give_up();
    return;
  }
  state_ = state::body;
  body_read_ = std::move(then);
  if (begin_body())
    go_on();
}

bool http_connection::begin_body() {
  if (!charge_body()) {
    refuse(http_refusal::overloaded);
    return false;
  }
  move(connection_phase::body);
  reader_.request().body.reserve(reader_.body_bytes());
  if (reader_.expects_continue() && reader_.request().body.empty() && begin_ == end_) {
    queued_.push_back({"HTTP/1.1 100 Continue\r\n\r\n", {}, nullptr});
    flush();
  }
  return true;
}

/// Bodies that are no larger than a buffer are not counted.
bool http_connection::charge_body() {
  auto wanted = reader_.body_bytes();
  if (wanted == 0)
    wanted = (reader_.request().body.size() + charge_bytes - 1) / charge_bytes * charge_bytes;
  if (wanted <= charged_ || (reader_.body_bytes() != 0 && wanted <= buffer_bytes))
    return true;
  if (!core_->bodies.take(wanted - charged_))
    return false;
  charged_ = wanted;
  return true;
}

void http_connection::hand_over() {
  if (state_ == state::head && !has_seat())
    return;
  state_ = state::waiting;
  move(connection_phase::waiting);
  if (auto then = std::exchange(body_read_, nullptr)) {
    const auto exchange = early_.lock();
    if (!exchange)
      return close();
    exchange->complete(std::move(reader_.request().body), std::exchange(charged_, 0));
    then();
    return;
  }
  reader_.request().peer = peer_;
  is_head_ = reader_.request().method == http_method::head;
  auto exchange = std::make_shared<connection_exchange>(
    std::static_pointer_cast<http_connection>(shared_from_this()), number_,
    std::move(reader_.request()), false);
  if (charged_ > 0)
    exchange->complete(std::move(exchange->request().body), std::exchange(charged_, 0));
  core_->take(std::move(exchange));
}

void http_connection::when_caller_leaves(std::uint64_t number, std::function<void()> left) {
  const bool waits = state_ == state::waiting || state_ == state::deciding;
  if (closed_ || (number == number_ && waits && caller_left_))
    return left();
  if (number == number_ && waits)
    left_ = std::move(left);
}

// -- answers -------------------------------------------------------------------------------------

void http_connection::refuse(http_refusal x) {
  note(x);
  if (auto exchange = early_.lock())
    exchange->give_up();
  early_.reset();
  body_read_ = nullptr;
  auto response = refusal_response(x);
  closing_ = true;
  state_ = state::answering;
  head_facts facts;
  facts.length = response.body.size();
  auto body = std::move(response.body);
  send_head(response, facts, std::move(body));
}

void http_connection::note(http_refusal x) const {
  core_->refused.add(x);
  spdlog::debug("refuses a request of {} before it is read: {}", peer_, to_string(x));
}

void http_connection::answer(std::uint64_t number, http_response x, bool closing) {
  if (!is_current(number) || (state_ != state::waiting && state_ != state::deciding))
    return;
  // A body that nobody wants to read stands between this request and the next one.
  closing_ = closing || state_ == state::deciding || !reader_.keeps_alive();
  state_ = state::answering;
  head_facts facts;
  facts.length = x.body.size();
  const bool bodiless = is_head_ || is_bodiless(x.status);
  auto body = bodiless ? std::string{} : std::move(x.body);
  send_head(x, facts, std::move(body));
}

void http_connection::begin_stream(std::uint64_t number, http_response head, bool closing) {
  if (!is_current(number) || (state_ != state::waiting && state_ != state::deciding))
    return;
  chunked_ = !reader_.is_http_1_0();
  closing_ = closing || state_ == state::deciding || !reader_.keeps_alive() || !chunked_;
  state_ = is_head_ ? state::answering : state::streaming;
  head_facts facts;
  facts.framing = chunked_ ? body_framing::chunks : body_framing::end_of_connection;
  auto first = is_head_ ? std::string{} : std::move(head.body);
  send_head(head, facts, {});
  if (!first.empty())
    write(number, std::move(first), nullptr);
}

void http_connection::send_head(const http_response& x, head_facts facts, std::string body) {
  left_ = nullptr;
  facts.closing = closing_;
  facts.http_1_0 = reader_.is_http_1_0();
  auto head = std::move(spare_);
  head.clear();
  append_head(head, x, facts);
  queued_.push_back({std::move(head), std::move(body), nullptr});
  flush();
}

void http_connection::write(std::uint64_t number, std::string bytes,
                            std::function<void(bool)> sent) {
  if (!is_current(number) || state_ != state::streaming) {
    if (sent)
      sent(false);
    return;
  }
  std::string head;
  if (chunked_ && !bytes.empty()) {
    fmt::format_to(std::back_inserter(head), "{:x}\r\n", bytes.size());
    bytes += "\r\n";
  }
  queued_.push_back({std::move(head), std::move(bytes), std::move(sent)});
  flush();
}

void http_connection::end_stream(std::uint64_t number) {
  if (!is_current(number) || state_ != state::streaming)
    return;
  state_ = state::answering;
  queued_.push_back({chunked_ ? "0\r\n\r\n" : "", {}, nullptr});
  flush();
}

void http_connection::flush() {
  if (writing_ || closed_)
    return;
  std::swap(queued_, sending_);
  buffers_.clear();
  for (const auto& x : sending_) {
    if (!x.head.empty())
      buffers_.emplace_back(boost::asio::buffer(x.head));
    if (!x.body.empty())
      buffers_.emplace_back(boost::asio::buffer(x.body));
  }
  writing_ = true;
  if (state_ != state::body)
    move(connection_phase::answering);
  start_writing(buffers_);
}

void http_connection::has_written(const error_code& failed) {
  const auto self = shared_from_this();
  writing_ = false;
  auto sent = std::exchange(sending_, {});
  for (auto& x : sent)
    if (x.sent)
      x.sent(!failed);
  if (closed_ || writing_)
    return;
  if (failed)
    return close();
  if (!sent.empty())
    spare_ = std::move(sent.front().head);
  if (sending_.empty()) { // keep its room
    sent.clear();
    sending_ = std::move(sent);
  }
  if (!queued_.empty())
    return flush();
  if (state_ == state::answering)
    has_answered();
  else if (state_ == state::streaming)
    move(connection_phase::waiting);
}

void http_connection::has_answered() {
  early_.reset();
  ++number_;
  if (charged_ > 0)
    core_->bodies.give_back(std::exchange(charged_, 0));
  if (closing_)
    return leave();
  reader_.start_over();
  state_ = state::head;
  move(connection_phase::idle);
  go_on();
}

/// Reads what the caller still sends for a while: otherwise its system would throw the answer away.
void http_connection::leave() {
  if (caller_left_)
    return close();
  state_ = state::leaving;
  move(connection_phase::leaving);
  begin_ = end_ = 0;
  say_end();
  read_on();
}

void http_connection::close() {
  if (std::exchange(closed_, true))
    return;
  const auto self = shared_from_this();
  caller_.leave();
  core_->roster.remove(*this);
  if (charged_ > 0)
    core_->bodies.give_back(std::exchange(charged_, 0));
  core_->bodies.give_back(std::exchange(buffer_charged_, 0));
  close_socket();
  if (auto exchange = early_.lock(); exchange && body_read_)
    exchange->give_up();
  body_read_ = nullptr;
  if (auto left = std::exchange(left_, nullptr))
    left();
  for (auto& x : std::exchange(queued_, {}))
    if (x.sent)
      x.sent(false);
  if (core_->freed)
    core_->freed();
}

} // namespace troupe
