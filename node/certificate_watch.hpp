// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/atom.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "actors/environment.hpp"
#include "gateway/metrics_text.hpp"
#include "node/config.hpp"

namespace troupe {

/// How long before its end a certificate is spoken of.
inline constexpr std::chrono::hours certificate_warning{30 * 24};

/// The certificates that a node shows: to other nodes, and to those who call its gateway.
std::vector<std::filesystem::path> certificates_of(const cluster_config& config,
                                                   const node_settings& node);

/// What those files say now; one that cannot be read is left out.
std::vector<certificate_figure> read_certificates(const std::vector<std::filesystem::path>& files);

/// What to tell people of a certificate; empty: it is valid for long.
std::string remark_on(const certificate_figure& x, timestamp now);

/// Looks at files of certificates once a day, and warns of those that end soon.
using certificate_watch_actor = caf::typed_actor<caf::reacts_to<caf::tick_atom>>;

certificate_watch_actor::behavior_type watch_certificates(certificate_watch_actor::pointer self,
                                                          std::vector<std::filesystem::path> files,
                                                          environment env);

} // namespace troupe
