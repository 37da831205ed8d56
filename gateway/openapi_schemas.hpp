// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace troupe {

/// The schemas of /openapi.json as JSON: an object by name. Those of `record`, `record_fields`,
/// `record_page`, `record_change`, `record_batch` and `batch_change` are for any collection.
extern const std::string_view openapi_schemas;

} // namespace troupe
