// SPDX-License-Identifier: Apache-2.0
#include "gateway/openapi_text.hpp"

#include "gateway/entity_tag.hpp"
#include "gateway/json_response.hpp"

namespace troupe {

openapi_text::openapi_text(std::vector<described_route> routes, bool tokens)
    : routes_{std::move(routes)},
      tokens_{tokens} {}

const openapi_text::document& openapi_text::of(const std::vector<stored_collection>& collections) {
  std::vector<collection_declaration> declared;
  for (const auto& x : collections)
    declared.push_back(x.declaration);
  if (document_.text.empty() || declared != declared_) {
    document_.text = to_line(openapi_document(routes_, collections, tokens_));
    document_.tag = content_tag(document_.text);
    declared_ = std::move(declared);
  }
  return document_;
}

} // namespace troupe
