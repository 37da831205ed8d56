// SPDX-License-Identifier: Apache-2.0
#include "gateway/connection_exchange.hpp"

#include <iterator>
#include <utility>

#include "gateway/problem.hpp"

namespace troupe {

namespace {

/// Nobody reads what is written to it.
class no_stream final : public http_stream {
public:
  void write(std::string, std::function<void(bool)> sent) override {
    if (sent)
      sent(false);
  }
  void end() override {}
};

class connection_stream final : public http_stream {
public:
  connection_stream(http_connection_ptr x, std::uint64_t number)
      : connection_{std::move(x)},
        number_{number} {}

  ~connection_stream() override { end(); }

  void write(std::string piece, std::function<void(bool)> sent) override {
    auto& core = *connection_->core();
    if (!core.is_own_thread() && core.is_over()) {
      if (sent)
        sent(false);
      return;
    }
    core.on_own_thread(
      [x = connection_, number = number_, text = std::move(piece),
       done = std::move(sent)]() mutable { x->write(number, std::move(text), std::move(done)); });
  }

  void end() override {
    if (!std::exchange(ended_, true))
      connection_->core()->on_own_thread(
        [x = connection_, number = number_] { x->end_stream(number); });
  }

private:
  http_connection_ptr connection_;
  const std::uint64_t number_;
  bool ended_ = false;
};

} // namespace

connection_exchange::connection_exchange(http_connection_ptr connection, std::uint64_t number,
                                         http_request request, bool lacks_body)
    : connection_{std::move(connection)},
      number_{number} {
  request_ = std::move(request);
  lacks_body_ = lacks_body;
}

connection_exchange::~connection_exchange() {
  if (!answered_)
    answer(problem({errc::unavailable, "this node could not finish the request"}));
  if (charged_ > 0)
    connection_->core()->bodies.give_back(charged_);
}

void connection_exchange::complete(std::string body, std::size_t charged) {
  request_.body = std::move(body);
  charged_ = charged;
  lacks_body_ = false;
}

void connection_exchange::give_up() {
  answered_ = true;
  watcher_ = nullptr;
  auditor_ = nullptr;
}

void connection_exchange::finish(http_response& x, bool whole) {
  answered_ = true;
  if (auditor_)
    auditor_(x);
  x.headers.insert(x.headers.end(), std::make_move_iterator(headers_.begin()),
                   std::make_move_iterator(headers_.end()));
  if (const auto& dress = connection_->core()->options.dress)
    dress(request_, x, whole);
  if (watcher_)
    watcher_(x.status, x.body.size());
}

void connection_exchange::answer(http_response x) {
  if (answered_)
    return;
  finish(x, true);
  connection_->core()->on_own_thread(
    [to = connection_, number = number_, closing = closing_, answer = std::move(x)]() mutable {
      to->answer(number, std::move(answer), closing);
    });
}

std::unique_ptr<http_stream> connection_exchange::stream(http_response head) {
  if (answered_)
    return std::make_unique<no_stream>();
  finish(head, false);
  connection_->core()->on_own_thread(
    [to = connection_, number = number_, closing = closing_, first = std::move(head)]() mutable {
      to->begin_stream(number, std::move(first), closing);
    });
  if (request_.method == http_method::head)
    return std::make_unique<no_stream>();
  return std::make_unique<connection_stream>(connection_, number_);
}

void connection_exchange::read_body(std::function<void()> then) {
  connection_->core()->on_own_thread(
    [to = connection_, number = number_, done = std::move(then)]() mutable {
      to->read_body(number, std::move(done));
    });
}

void connection_exchange::when_caller_leaves(std::function<void()> left) {
  connection_->core()->on_own_thread(
    [to = connection_, number = number_, gone = std::move(left)]() mutable {
      to->when_caller_leaves(number, std::move(gone));
    });
}

} // namespace troupe
