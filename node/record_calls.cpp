// SPDX-License-Identifier: Apache-2.0
#include "node/record_calls.hpp"

namespace troupe {

namespace {

// A balancer needs its time, and must be heard when it gives up.
constexpr milliseconds balancer_grace{500};

} // namespace

template <class Reply, class Request>
result<Reply> record_calls::ask(Request request, milliseconds extra) const {
  return wait_for_call<records_actor, Reply>(carrier_(), client_call::target::records,
                                             std::move(request),
                                             request_timeout_ + balancer_grace + extra);
}

template <class Reply, class Request>
void record_calls::ask(Request request, std::function<void(result<Reply>)> done) const {
  make_call<records_actor, Reply>(carrier_(), client_call::target::records, std::move(request),
                                  request_timeout_ + balancer_grace, std::move(done));
}

result<records_found> record_calls::read(get_records request) const {
  return ask<records_found>(std::move(request));
}

void record_calls::read(get_records request,
                        std::function<void(result<records_found>)> done) const {
  ask<records_found>(std::move(request), std::move(done));
}

result<record_changed> record_calls::change(change_record request) const {
  return ask<record_changed>(std::move(request));
}

void record_calls::change(change_record request,
                          std::function<void(result<record_changed>)> done) const {
  ask<record_changed>(std::move(request), std::move(done));
}

result<records_changed> record_calls::change(change_records request) const {
  return ask<records_changed>(std::move(request));
}

result<records_page> record_calls::page(list_records request) const {
  return ask<records_page>(std::move(request));
}

result<changes_read> record_calls::changes(read_changes request) const {
  const auto wait = request.wait;
  return ask<changes_read>(std::move(request), wait);
}

result<collections_listed> record_calls::collections() const {
  return ask<collections_listed>(list_collections{});
}

result<caches_listed> record_calls::caches() const {
  return ask<caches_listed>(list_caches{});
}

} // namespace troupe
