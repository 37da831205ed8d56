// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "apps/troupe/command.hpp"
#include "gateway/collection_json.hpp"
#include "node/client.hpp"

/// The parts of `troupe records`, which has a file for each kind of work.
namespace troupe {

void add_record_commands(CLI::App& group, cli& shared);       ///< get, create, put, patch, delete
void add_record_list_commands(CLI::App& group, cli& shared);  ///< list, search, collections
void add_record_watch_command(CLI::App& group, cli& shared);  ///< watch
void add_record_export_command(CLI::App& group, cli& shared); ///< export
void add_record_import_command(CLI::App& group, cli& shared); ///< import

/// The first positional option of all of them.
void add_collection_option(CLI::App& command, std::string& collection);

/// The text itself; of "-" what comes on standard input; of "@FILE" what is in the file. Throws
/// what becomes `exit_usage`.
std::string body_of(const std::string& option, const std::string& text);

/// Writes a record as a line of JSON.
void print_record(const record& x);

json json_of(const record& x);
json json_of(const record_changed& x);
/// {"sequence", "change", "record"}.
json json_of(const record_change& x);

} // namespace troupe
