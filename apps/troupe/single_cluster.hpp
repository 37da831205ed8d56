// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace troupe {

/// The text of config/single.toml, as it was when the program was built.
extern const char* const single_cluster;

} // namespace troupe
