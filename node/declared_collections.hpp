// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "actors/collection_settings.hpp"
#include "messages/errors.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe {

/// Makes the database know the collections that the configuration declares: new ones are created,
/// changed indexes are built. Blocks for as long as that takes.
///
/// `config_invalid`, and nothing is changed, if a schema has changed and a stored record breaks the
/// new one; the text names both and what is wrong.
result<void> declare(storage_engine& store, const std::vector<collection_settings>& collections);

} // namespace troupe
