// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>

namespace troupe::bench {

/// Measures the storage engine alone, one thread, with a database in `folder` that is left there;
/// it should be on a real disk. Prints one line a figure. Throws when the store fails.
void run_store_benchmark(const std::filesystem::path& folder, std::size_t jobs);

} // namespace troupe::bench
