// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace caf {
class actor_system_config;
}

namespace troupe {

/// The version of the wire format. Any change to a message's fields, to the order of an enum or to
/// an interface needs a new one; the golden bytes in tests/wire say when. Nodes of different
/// versions refuse each other.
inline constexpr std::uint32_t wire_version = 4;

/// What every node tells its peers at connect (CAF's `middleman.app-identifiers`).
inline constexpr std::string_view wire_identifier_prefix = "troupe.wire.";
std::string wire_identifier();

/// Makes every message type and error code known to a system. Call before the system starts.
void register_messages(caf::actor_system_config& config);

} // namespace troupe
