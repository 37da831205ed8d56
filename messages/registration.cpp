// SPDX-License-Identifier: Apache-2.0
#include "messages/registration.hpp"

#include <caf/actor_system_config.hpp>

#include "messages/error_category.hpp"
#include "messages/interfaces.hpp"

namespace troupe {

std::string wire_identifier() {
  return std::string{wire_identifier_prefix} + std::to_string(wire_version);
}

void register_messages(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::troupe>();
  config.add_message_types<caf::id_block::troupe_interfaces>();
  config.add_error_category(error_category,
                            [](std::uint8_t code, caf::atom_value, const caf::message& context) {
                              auto text = to_string(static_cast<errc>(code));
                              if (context.match_elements<std::string>())
                                text += ": " + context.get_as<std::string>(0);
                              return text;
                            });
}

} // namespace troupe
