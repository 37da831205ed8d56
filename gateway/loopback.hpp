// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace troupe {

/// Whether a host is an address of this machine only, or the name "localhost": nobody else can
/// reach it, whatever a name service says. Other names are not, even if they look like it.
bool is_loopback(std::string_view host);

} // namespace troupe
