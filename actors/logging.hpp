// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace caf {
class error;
class scheduled_actor;
struct down_msg;
} // namespace caf

namespace troupe {

/// First line of every actor function. CAF's own handlers print to stdout; with these
/// - a message that the actor does not know is logged and refused as `sec::unexpected_message`,
/// - an exception becomes the exit reason,
/// - an error that nobody handles becomes the exit reason,
/// - the actor's end is logged once, with its name, number and reason.
void log_to_spdlog(caf::scheduled_actor* self);

/// "the dispatcher 'mail' at 10.0.0.7 (#12) is down: unavailable: ..." for one line where a down
/// message is handled. `what` names the actor that ended.
void log_down(const caf::scheduled_actor* self, std::string_view what, const caf::down_msg& down);

/// An exit reason for people; "done" for a normal end.
std::string reason_text(const caf::error& reason);

} // namespace troupe
