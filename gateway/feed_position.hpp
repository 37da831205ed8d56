// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/record_storage.hpp"

namespace troupe {

/// A place in a collection's changes as clients carry it about: "4711-5f3a", the sequence number of
/// the last change that they have seen, and the generation of the database that it is of. The
/// number alone is taken, too; it is not said then of which database it is.
struct feed_position {
  std::uint64_t after = 0;
  database_generation generation = 0;

  bool operator==(const feed_position&) const = default;
};

std::string to_string(const feed_position& x);

/// Also "latest": only what comes from now on. Nothing if it is none of these.
std::optional<feed_position> read_feed_position(std::string_view text);

/// What stands behind the dash, in positions and in the tags of records; empty for 0.
std::string generation_text(database_generation x);
std::optional<database_generation> read_generation(std::string_view text);

} // namespace troupe
