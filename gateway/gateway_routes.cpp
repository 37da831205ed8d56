// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "gateway/cross_origin.hpp"
#include "gateway/cross_site.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/media_type.hpp"
#include "gateway/problem.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

using enum http_method;

// Calls that may wait for their answers; more are told to come back.
constexpr std::size_t open_calls_max = 20'000;

// In which a record service must answer; those who look at health do not wait long.
constexpr milliseconds ready_timeout{1500};

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

/// Where a path without its last slash leads somewhere, that is what was meant.
http_response gateway_state::nothing_at(const http_request& request) const {
  std::string_view path = request.path;
  if (path.size() < 2 || !path.ends_with('/'))
    return problem(http_refused::not_found);
  path.remove_suffix(1);
  const auto found = router_.find(request.method, path);
  if (found.what != router::found::kind::route)
    return problem(http_refused::not_found);
  auto target = std::string{path};
  if (!request.query.empty())
    target += '?' + request.query;
  return {308, {{"Location", std::move(target)}, {"Cache-Control", "no-cache"}}, {}};
}

/// What a path takes, for a method that it does not take, or for OPTIONS.
http_response gateway_state::methods_response(const http_request& request,
                                              const std::vector<http_method>& allowed) const {
  auto methods = allow_header(allowed);
  if (is_preflight(request, options_.origins))
    return preflight_response(methods);
  auto response
    = request.method == options
        ? http_response{204, {}, {}}
        : problem(http_refused::method_not_allowed,
                  "this path takes " + methods + ", not " + std::string{to_string(request.method)});
  response.headers.emplace_back("Allow", std::move(methods));
  if (std::count(allowed.begin(), allowed.end(), patch) > 0)
    response.headers.emplace_back("Accept-Patch", patch_types);
  return response;
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
      problem(http_refused::misdirected,
              "this gateway does not go by the name '" + host_name_of(request.header("host"))
                + "'; name it in hosts, in [http] of the cluster file, or use tokens"));
  if (is_cross_site_change(request, options_.origins))
    return exchange->answer(problem(http_refused::cross_site));
  if (request.method == options && request.path == "*")
    return exchange->answer({204, {}, {}}); // the server as a whole (RFC 9110, 9.3.7)
  if (found.what == kind::malformed)
    return exchange->answer(problem({errc::invalid_argument, "the path is malformed"}));
  if (found.what == kind::no_path)
    return exchange->answer(nothing_at(request));
  if (request.method == options || found.what == kind::no_method)
    return exchange->answer(methods_response(request, found.allowed));
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
