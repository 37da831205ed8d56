// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

namespace troupe {

/// Ends the process groups of programs when this process has ended, however it ended.
///
///     this process --- socket --- keeper (a shell of its own session)
///         | fork                     knows the groups that run
///       program: says its group to the keeper, then becomes the program
///
/// A killed process can end nobody, and the kernel's own "kill me when my parent dies" reaches only
/// the program itself, not what it started. So a small process watches: when the other end of its
/// socket closes, it kills the groups that it knows. It holds none of this process's descriptors,
/// and ignores the signals that stop services, for it is needed until the last program has ended.
namespace keeper {

/// Starts the keeper if none runs. The socket on which programs and this process talk to it; -1 if
/// it cannot be started: then only the programs themselves end with this process. Stays open while
/// this process lives.
int socket() noexcept;

/// Says that a group runs; for the program's process, before it becomes the program. May be called
/// between fork and exec.
void watch(int socket, pid_t group) noexcept;

/// Says that a group is no more, before its number can be another's.
void forget(int socket, pid_t group) noexcept;

} // namespace keeper

} // namespace troupe
