// SPDX-License-Identifier: Apache-2.0
#include "gateway/asset_response.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/problem.hpp"
#include "gateway/site.hpp"

/// The files of `[http] site`.
namespace troupe {

namespace {

// A page shows images that it got as parts of records, or that it has yet to send.
constexpr std::string_view images = "data: blob:";

http_response moved_to(std::string path) {
  return {308, {{"Location", std::move(path)}, {"Cache-Control", "no-cache"}}, {}};
}

} // namespace

void gateway_state::get_site(http_call& call) {
  const auto& path = call.values[0];
  const auto find
    = [this](const std::string& x) { return options_.site ? options_.site->find(x) : nullptr; };
  const auto* file = find(path);
  // Without its slash, what the page names would be looked for elsewhere.
  if (file == nullptr && find(path + "/") != nullptr)
    return call.answer(moved_to(call.request().path + "/"));
  if (file == nullptr)
    return call.answer(problem(http_refused::not_found));
  call.answer(with_file(page_response(200, file->type, "no-cache", images), call.request(),
                        file->tag, file->bytes));
}

} // namespace troupe
