// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace valijson {
class SchemaParser;
}

namespace troupe {

/// Teaches the parser the keywords of schema_rewriter.hpp.
///
/// The validator's own `pattern` runs std::regex as it comes, whose time and stack grow without
/// limit with the text; its `uniqueItems` compares each item with each, and reports each pair. Both
/// are done here in time that grows with the size of the record.
void add_schema_constraints(valijson::SchemaParser& parser);

} // namespace troupe
