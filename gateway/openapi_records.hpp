// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "gateway/openapi.hpp"

/// How /openapi.json speaks of the records of one collection.
namespace troupe {

/// Whether a schema is about records, and is said once more for every collection.
bool speaks_of_records(std::string_view schema);

/// Makes what is said of any record speak of a collection's.
void speak_of(json& x, const std::string& collection);

/// Adds what is said of any record, for this collection and with its schema.
void add_schemas(json& schemas, const collection_declaration& declared);

/// Of a record with these fields: that any of them may be missing, or a part of it.
json part_schema(const json& fields, const json& any_part);

/// Calls `change` (`void(json&)`) with every reference in `x`.
template <class Change>
void for_each_reference(json& x, const Change& change) {
  if (x.is_object())
    if (auto reference = x.find("$ref"); reference != x.end() && reference->is_string())
      change(*reference);
  if (x.is_structured())
    for (auto& part : x)
      for_each_reference(part, change);
}

} // namespace troupe
