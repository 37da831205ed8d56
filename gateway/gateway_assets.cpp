// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "gateway/asset_response.hpp"
#include "gateway/assets.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/problem.hpp"

/// The dashboard's files.
namespace troupe {

namespace {

constexpr std::string_view not_built
  = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Troupe</title>\n"
    "<h1>The dashboard was not built</h1>\n"
    "<p>This program was compiled without Node.js and npm, or npm could not fetch its packages. "
    "Install them with <code>scripts/setup</code> and build again; the build's output says what "
    "was wrong.\n"
    "<p>Everything else is there: <a href=\"/v1/queues\">/v1/queues</a>, "
    "<a href=\"/v1/collections\">/v1/collections</a>.\n</html>\n";

const asset* find_asset(std::string_view name) {
  const auto all = embedded_assets();
  const auto found
    = std::find_if(all.begin(), all.end(), [name](const asset& x) { return x.name == name; });
  return found == all.end() ? nullptr : &*found;
}

http_response asset_response(const http_request& request, const asset& file,
                             std::string_view cache_control) {
  return with_file(page_response(200, file.type, cache_control), request,
                   '"' + std::string{file.hash} + '"', file.bytes);
}

void answer_with_page(const http_call& call, std::string_view name) {
  if (const auto* file = find_asset(name))
    return call.answer(asset_response(call.request(), *file, "no-cache"));
  auto x = page_response(404, "text/html; charset=utf-8", "no-store");
  x.body = not_built;
  call.answer(std::move(x));
}

} // namespace

void gateway_state::get_page(http_call& call) {
  answer_with_page(call, "index.html");
}

void gateway_state::get_documentation(http_call& call) {
  answer_with_page(call, "docs.html");
}

void gateway_state::get_asset(http_call& call) {
  const auto* file = find_asset(call.values[0]);
  if (file == nullptr)
    return call.answer(problem(http_refused::not_found));
  // Its name changes with its bytes.
  call.answer(asset_response(call.request(), *file, "public, max-age=31536000, immutable"));
}

} // namespace troupe
