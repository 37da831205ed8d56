// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "messages/errors.hpp"
#include "messages/job.hpp"
#include "messages/lease.hpp"

/// What a job carries for those who look for it: its tags, and the trace of the request behind it.
namespace troupe {

/// Why the tags or the trace of a new job cannot be taken (`invalid_argument`); nothing if they
/// can. Tags are at most `limits::job_tags_max` different texts of 1 to `limits::job_tag_bytes_max`
/// bytes each, UTF-8 without control characters.
std::optional<error> refusal_of_labels(const new_job& job);

/// True for at most `limits::trace_parent_bytes_max` visible ASCII characters, and for none. That
/// it is a `traceparent` is for those to see to who take it from a request.
bool is_trace_parent(std::string_view text) noexcept;

/// The trace id in a W3C `traceparent`; empty if there is none where it must be.
std::string_view trace_id_in(std::string_view trace_parent) noexcept;

/// "job 12 lease 34", or "job 12 lease 34 trace 4bf9...": a delivery as log lines name it, so that
/// JSON logs have its ids as fields.
std::string delivery_name(const lease_key& lease, std::string_view trace_parent);

} // namespace troupe
