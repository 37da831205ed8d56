// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "node/client_call.hpp"

namespace troupe {

/// Requests about records, from any thread: those of a `client`, or of a program that has a `node`
/// inside. Some time over `request_timeout` is for the balancer, which gives up before.
class record_calls {
public:
  /// `carrier` names who carries the next call; null: nobody, and the call is `unavailable`.
  record_calls(std::function<call_carrier_actor()> carrier, milliseconds request_timeout)
      : carrier_{std::move(carrier)},
        request_timeout_{request_timeout} {}

  result<records_found> read(get_records request) const;
  void read(get_records request, std::function<void(result<records_found>)> done) const;
  result<record_changed> change(change_record request) const;
  void change(change_record request, std::function<void(result<record_changed>)> done) const;
  result<records_changed> change(change_records request) const;
  result<records_page> page(list_records request) const;
  result<changes_read> changes(read_changes request) const;
  result<collections_listed> collections() const;
  result<caches_listed> caches() const;

private:
  template <class Reply, class Request>
  result<Reply> ask(Request request, milliseconds extra = milliseconds{0}) const;
  template <class Reply, class Request>
  void ask(Request request, std::function<void(result<Reply>)> done) const;

  std::function<call_carrier_actor()> carrier_;
  milliseconds request_timeout_;
};

} // namespace troupe
