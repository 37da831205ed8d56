// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "tests/support/memory_store.hpp"

namespace troupe::test {

/// A reader of what a `memory_store` has committed.
std::unique_ptr<storage_reader> make_memory_reader(std::shared_ptr<memory_store::disk> on);

} // namespace troupe::test
