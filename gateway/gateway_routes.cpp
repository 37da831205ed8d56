// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "gateway/cross_site.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/problem.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

using enum http_method;

// Calls that may wait for their answers; more are told to come back.
constexpr std::size_t open_calls_max = 20'000;

// In which a record service must answer; those who look at health do not wait long.
constexpr milliseconds ready_timeout{1500};

constexpr std::string_view patch_types
  = "application/merge-patch+json, application/json-patch+json";

} // namespace

void gateway_state::watch(http_exchange& exchange, std::string_view pattern) {
  if (leaving_)
    exchange.close_connection();
  auto id = log_->id_of(exchange.request());
  exchange.add_header("X-Request-Id", id);
  exchange.watch([log = log_, x = &exchange, pattern, id = std::move(id), clock = &self_->clock(),
                  begun = self_->clock().now()](int status, std::size_t bytes) {
    log->answered(x->request(), pattern, status, bytes, clock->now() - begun, id);
  });
}

void gateway_state::take(http_exchange_ptr exchange) {
  const auto& request = exchange->request();
  auto found = router_.find(request.method, request.path);
  using kind = router::found::kind;
  const bool routed = found.what == kind::route;
  watch(*exchange, routed ? routes()[found.route].pattern : std::string_view{});
  const auto run = routed ? routes()[found.route].run : nullptr;
  const bool health = run == &gateway_state::live || run == &gateway_state::ready;
  if (open_ >= open_calls_max && !health)
    return exchange->answer(
      problem({errc::overloaded, "too many requests wait for their answers; try again soon"}));
  if (!options_.access.hosts.knows(request))
    return exchange->answer(
      problem(421, {errc::invalid_argument,
                    "this gateway does not go by the name '" + host_name_of(request.header("host"))
                      + "'; name it in hosts, in [http] of the cluster file, or use tokens"}));
  if (is_cross_site_change(request))
    return exchange->answer(
      problem(403, {errc::invalid_argument, "a page of another site may change nothing here"}));
  if (found.what == kind::malformed)
    return exchange->answer(problem({errc::invalid_argument, "the path is malformed"}));
  if (found.what == kind::no_path)
    return exchange->answer(
      problem(404, {errc::invalid_argument, "there is nothing at this path"}));
  if (request.method == options || found.what == kind::no_method) {
    auto allowed = allow_header(found.allowed);
    auto response
      = request.method == options
          ? http_response{204, {}, {}}
          : problem(405, {errc::invalid_argument, "this path takes " + allowed + ", not "
                                                    + std::string{to_string(request.method)}});
    response.headers.emplace_back("Allow", std::move(allowed));
    if (std::count(found.allowed.begin(), found.allowed.end(), patch) > 0)
      response.headers.emplace_back("Accept-Patch", patch_types);
    return exchange->answer(std::move(response));
  }
  enter({std::move(exchange), std::move(found.values), {}, nullptr}, found.route, false);
}

void gateway_state::live(http_call& call) {
  call.answer({200, {{"Content-Type", "text/plain"}}, "alive\n"});
}

void gateway_state::ready(http_call& call) {
  if (leaving_)
    return call.refuse({errc::shutting_down, "this node is stopping"});
  if (!dispatcher_)
    return call.refuse({errc::unavailable, "no dispatcher is known yet"});
  const auto yes = [] {
    return http_response{
      200, {{"Content-Type", "text/plain"}, {"Cache-Control", "no-store"}}, "ready\n"};
  };
  if (!options_.declares_collections)
    return call.answer(yes());
  auto asked = std::make_shared<http_call>(std::move(call));
  // Of no collection: the record service itself refuses it, and asks nobody who may be busy.
  self_->request(options_.records, ready_timeout, get_records{})
    .then([asked, yes](const records_found&) { asked->answer(yes()); },
          [asked, yes](const caf::error& why) {
            if (why == errc::unknown_collection || why == errc::invalid_argument)
              return asked->answer(yes());
            asked->refuse({errc::unavailable, "records do not answer: " + from_caf(why).text});
          });
}

} // namespace troupe
