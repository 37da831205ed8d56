// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/audit.hpp"
#include "gateway/doorkeeper.hpp"
#include "gateway/http_server.hpp"
#include "node/config.hpp"

/// What the configuration says, as a gateway takes it.
namespace troupe {

http_server_options http_options_of(const cluster_config& config, const node_settings& node);

audit_level audit_level_of(const cluster_config& config);

access_options access_options_of(const cluster_config& config, const node_settings& node);

} // namespace troupe
