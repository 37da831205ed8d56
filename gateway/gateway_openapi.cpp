// SPDX-License-Identifier: Apache-2.0
#include "gateway/ask.hpp"
#include "gateway/entity_tag.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/openapi.hpp"

/// The OpenAPI document; collections come and go with restarts, so it is made for each caller.
namespace troupe {

namespace {

http_response document_response(const http_call& call,
                                const std::vector<stored_collection>& collections, bool tokens) {
  auto text = to_line(openapi_document(gateway_state::described_routes(), collections, tokens));
  const auto tag = content_tag(text);
  http_response x{
    200, {{"Content-Type", "application/json"}, {"Cache-Control", "no-cache"}, {"ETag", tag}}, {}};
  if (const auto known = call.request().header("if-none-match");
      !known.empty() && names_tag(known, tag))
    x.status = 304;
  else
    x.body = std::move(text);
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
  if (!options_.declares_collections)
    return call.answer(document_response(call, {}, options_.access.required));
  ask<collections_listed>(
    std::move(call), options_.records, options_.request_timeout, list_collections{},
    [this](const http_call& asked, const collections_listed& reply) {
      return document_response(asked, reply.collections, options_.access.required);
    });
}

} // namespace troupe
