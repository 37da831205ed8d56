// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "gateway/gateway_state.hpp"
#include "gateway/openapi.hpp"

/// Prints the OpenAPI document as a gateway with some collections serves it, for the linter.
int main() {
  using namespace troupe;
  stored_collection notes;
  notes.declaration.name = "notes";
  notes.declaration.schema = R"({
    "type": "object",
    "required": ["title"],
    "additionalProperties": false,
    "properties": {
      "title": {"type": "string", "minLength": 1, "maxLength": 200},
      "author": {"$ref": "#/$defs/person"},
      "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 20}
    },
    "$defs": {"person": {"type": "object", "properties": {"name": {"type": "string"}}}}
  })";
  stored_collection anything;
  anything.declaration.name = "any-thing_2";
  std::cout << to_line(openapi_document(gateway_state::described_routes(), {notes, anything}, true))
            << '\n';
  return std::cout.good() ? 0 : 1;
}
