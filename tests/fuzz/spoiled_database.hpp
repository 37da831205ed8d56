// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string_view>

namespace troupe::fuzz {

/// The queues and the collection of the database below.
inline constexpr const char* stored_queue_name = "q";
inline constexpr const char* stored_dead_letter_name = "q.dead";
inline constexpr const char* stored_collection_name = "notes";

/// Writes a database at `path` that has jobs in all states, records, their changes and tokens, and
/// spoils it: each line of `edits` is "TABLE COLUMN ROW VALUE", where VALUE is n for NULL, or
/// begins with i (a whole number), r (any number), t (a text) or b (bytes). What cannot be done is
/// left out.
void write_spoiled_database(const std::filesystem::path& path, std::string_view edits);

} // namespace troupe::fuzz
