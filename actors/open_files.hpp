// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace troupe {

/// Lets this process open as many files as its hard limit allows (a million at most). The usual
/// soft limit of 1024 is for programs that use select(2), not for those that hold many connections
/// and pipes.
void raise_open_files() noexcept;

/// Takes that back in a process that becomes another program. May be called between fork and exec.
void restore_open_files() noexcept;

} // namespace troupe
