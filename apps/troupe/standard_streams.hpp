// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace troupe {

/// Opens /dev/null for standard streams that are closed: no socket and no file of ours may get
/// their numbers, and with them what is printed. To be called before anything is opened.
void open_standard_streams();

/// Has whoever read the pipe that is standard output gone? What is written then reaches nobody.
bool reader_has_gone();

/// Hands on what is printed, and says whether all of it could be written.
bool printed_all();

} // namespace troupe
