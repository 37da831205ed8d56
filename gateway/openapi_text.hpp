// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "gateway/openapi.hpp"

namespace troupe {

/// The OpenAPI document as it is served. Making it takes long with many collections: it is made
/// when they have changed, not for each caller.
class openapi_text {
public:
  struct document {
    std::string text;
    std::string tag; ///< its ETag
  };

  openapi_text(std::vector<described_route> routes, bool tokens);

  /// Stays the same, in the same place, until a collection comes, goes or is declared anew.
  const document& of(const std::vector<stored_collection>& collections);

private:
  std::vector<described_route> routes_;
  bool tokens_;
  std::vector<collection_declaration> declared_;
  document document_;
};

} // namespace troupe
