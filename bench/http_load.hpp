// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>

#include "bench/http_server.hpp"
#include "bench/load_script.hpp"
#include "bench/signal_watch.hpp"
#include "bench/wrk_output.hpp"

namespace troupe::bench {

/// What one slice of load on one server gave.
struct load_slice {
  wrk_figures answers;
  double server_seconds = 0; ///< that the server ran on the processor
  double other_cores = 0;    ///< that neither the server nor wrk kept busy, as a mean
};

/// Sends requests on 32 connections for so many seconds. Throws when one gets no answer, or a wrong
/// one. `checked` as in `load_script`.
load_slice load(const http_server& server, const load_plan& plan, int seconds, bool checked,
                const std::filesystem::path& directory, const signal_watch& signals);

} // namespace troupe::bench
