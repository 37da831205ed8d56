// SPDX-License-Identifier: Apache-2.0
#include "gateway/ask.hpp"
#include "gateway/entity_tag.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/openapi_text.hpp"

/// The OpenAPI document. Collections come and go with restarts of the control node, so they are
/// asked for each time; the document is made anew only when they have changed.
namespace troupe {

namespace {

http_response document_response(const http_call& call, const openapi_text::document& document) {
  http_response x{
    200,
    {{"Content-Type", "application/json"}, {"Cache-Control", "no-cache"}, {"ETag", document.tag}},
    {}};
  if (const auto known = call.request().header("if-none-match");
      !known.empty() && names_tag(known, document.tag))
    x.status = 304;
  else
    x.body = document.text;
  return x;
}

} // namespace

std::vector<described_route> gateway_state::described_routes() {
  std::vector<described_route> list;
  for (const auto& x : routes())
    list.push_back({x.method, x.pattern, x.needs, x.text});
  return list;
}

void gateway_state::get_openapi(http_call& call) {
  if (!openapi_)
    openapi_ = std::make_unique<openapi_text>(described_routes(), options_.access.required);
  if (!options_.declares_collections)
    return call.answer(document_response(call, openapi_->of({})));
  ask<collections_listed>(std::move(call), options_.records, options_.request_timeout,
                          list_collections{},
                          [this](const http_call& asked, const collections_listed& reply) {
                            return document_response(asked, openapi_->of(reply.collections));
                          });
}

} // namespace troupe
