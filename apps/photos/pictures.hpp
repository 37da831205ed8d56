// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/photos/thumbnails.hpp"
#include "messages/errors.hpp"

namespace photos {

/// The pictures directly in a folder, by name. `invalid_argument` when there are none, or there is
/// no such folder.
troupe::result<std::vector<std::filesystem::path>>
find_pictures(const std::filesystem::path& directory);

/// A request for each picture, all with names of their own. If that makes fewer than `jobs_min`,
/// each picture is asked for again in other sizes until there are enough.
std::vector<thumbnail_request> plan_thumbnails(const std::vector<std::filesystem::path>& pictures,
                                               const std::filesystem::path& output_directory,
                                               const std::vector<int>& sizes, std::size_t jobs_min);

/// Looks at every file that should be there now: one line for each that is missing or no picture.
std::vector<std::string> missing_thumbnails(const std::vector<thumbnail_request>& requests);

} // namespace photos
