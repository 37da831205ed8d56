// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include "actors/repeatable.hpp"
#include "messages/errors.hpp"
#include "messages/interfaces.hpp"

namespace troupe {

class client_call;
using client_call_ptr = std::shared_ptr<client_call>;

} // namespace troupe

// Never leaves the process.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::client_call_ptr)

namespace troupe {

/// Carries calls of threads to actors.
using call_carrier_actor = caf::typed_actor<
  // A call to make. Ends by itself, with an answer or an error.
  caf::reacts_to<client_call_ptr>>;

/// Keeps a client connected, and carries its calls.
using connection_actor = name_listener_actor::extend<
  // As a `call_carrier_actor`.
  caf::reacts_to<client_call_ptr>,
  // The time of a waiting call, by its number, is over.
  caf::reacts_to<caf::timeout_atom, std::uint64_t>,
  // Try to connect, if this attempt is still the current one.
  caf::reacts_to<caf::tick_atom, std::uint64_t>>;

/// One request of a client, on its way. Ends exactly once: whoever drops it last ends it.
class client_call {
public:
  enum class target : std::uint8_t { dispatcher, receptionist, records, repository };

  virtual ~client_call() = default;
  client_call(const client_call&) = delete;
  client_call& operator=(const client_call&) = delete;

  target to() const noexcept { return to_; }
  /// From when it was made until it fails.
  milliseconds timeout() const noexcept { return timeout_; }

  /// Sends it; `done` is called once, in the actor, if the answer or an error comes. The answer may
  /// find the call ended already.
  virtual void send(connection_actor::pointer self, const caf::strong_actor_ptr& receiver,
                    milliseconds timeout, std::function<void()> done)
    = 0;
  virtual void send(call_carrier_actor::pointer self, const caf::strong_actor_ptr& receiver,
                    milliseconds timeout, std::function<void()> done)
    = 0;

  /// Whether it may be sent again when it is unknown whether it took effect.
  virtual bool is_repeatable() const noexcept = 0;

  /// Ends it, if it has not ended.
  virtual void fail(const error& why) = 0;

  /// What comes of its last sending is not its end any more: it waits to be sent again.
  void forget_sending() noexcept { ++sending_; }

  /// What to end it with, if this came of its last sending: an earlier one may have taken effect.
  error judged(error why) const;

protected:
  client_call(target to, milliseconds timeout) : to_{to}, timeout_{timeout} {}

  std::uint64_t sending() const noexcept { return sending_; }

private:
  std::uint64_t sending_ = 0; // only in its actor
  target to_;
  milliseconds timeout_;
};

inline error client_call::judged(error why) const {
  const bool changed_nothing = why.code == errc::unavailable || why.code == errc::not_owner
                               || why.code == errc::overloaded || why.code == errc::shutting_down;
  if (sending_ > 0 && changed_nothing)
    return {errc::timed_out, why.text + "; whether the request took effect is unknown"};
  return why;
}

/// A request to `Receiver`, which answers with `Reply`.
template <class Receiver, class Request, class Reply>
class typed_client_call final
    : public client_call,
      public std::enable_shared_from_this<typed_client_call<Receiver, Request, Reply>> {
public:
  using completion = std::function<void(result<Reply>)>;

  typed_client_call(target to, milliseconds timeout, Request request, completion complete)
      : client_call{to, timeout},
        request_{std::move(request)},
        complete_{std::move(complete)} {}

  ~typed_client_call() override {
    fail({errc::shutting_down, "there is nobody left to carry it out"});
  }

  void send(connection_actor::pointer self, const caf::strong_actor_ptr& receiver,
            milliseconds timeout, std::function<void()> done) override {
    send_from(self, receiver, timeout, std::move(done));
  }

  void send(call_carrier_actor::pointer self, const caf::strong_actor_ptr& receiver,
            milliseconds timeout, std::function<void()> done) override {
    send_from(self, receiver, timeout, std::move(done));
  }

  bool is_repeatable() const noexcept override {
    if constexpr (std::is_same_v<Receiver, dispatcher_actor>)
      return asks_dispatcher_safely<Request>;
    else if constexpr (std::is_same_v<Receiver, records_actor>)
      return repeatability_of(request_) == repeatability::harmless;
    else
      return std::is_same_v<Request, list_nodes>;
  }

  void fail(const error& why) override { end(tl::unexpected<error>{why}); }

private:
  template <class Self>
  void send_from(Self* self, const caf::strong_actor_ptr& receiver, milliseconds timeout,
                 std::function<void()> done) {
    auto call = this->shared_from_this();
    // Kept, if it may be needed again.
    auto request = is_repeatable() ? request_ : std::move(request_);
    self->request(caf::actor_cast<Receiver>(receiver), timeout, std::move(request))
      .then(
        [call, done, number = sending()](Reply& x) {
          if (call->sending() != number)
            return;
          call->end(std::move(x));
          done();
        },
        [call, done, number = sending()](const caf::error& why) {
          if (call->sending() != number)
            return;
          call->fail(call->judged(from_caf(why)));
          done();
        });
  }

  void end(result<Reply> x) {
    if (auto complete = std::exchange(complete_, nullptr))
      complete(std::move(x));
  }

  Request request_;
  completion complete_; // null: it has ended
};

/// Makes a call. `done` is called once, on a thread of the carrier's.
template <class Receiver, class Reply, class Request>
void make_call(const call_carrier_actor& by, client_call::target to, Request request,
               milliseconds timeout, std::function<void(result<Reply>)> done) {
  client_call_ptr call = std::make_shared<typed_client_call<Receiver, Request, Reply>>(
    to, timeout, std::move(request), std::move(done));
  if (by)
    caf::anon_send(by, std::move(call));
  else
    call->fail({errc::unavailable,
                "there is nobody to carry it out: the node is not running, or its "
                "cluster answers for no records"});
}

/// Makes a call and waits for its end.
template <class Receiver, class Reply, class Request>
result<Reply> wait_for_call(const call_carrier_actor& by, client_call::target to, Request request,
                            milliseconds timeout) {
  auto answer = std::make_shared<std::promise<result<Reply>>>();
  auto future = answer->get_future();
  make_call<Receiver, Reply>(by, to, std::move(request), timeout,
                             [answer](result<Reply> x) { answer->set_value(std::move(x)); });
  // Every call ends: with an answer, by its time-out, or with its carrier.
  return future.get();
}

} // namespace troupe
