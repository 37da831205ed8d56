// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/photos/thumbnails.hpp"
#include "messages/record_requests.hpp"
#include "messages/time.hpp"

namespace photos {

/// What the uploader knows of a picture: its record in the collection `photos`, while its state is
/// "new".
struct photo {
  std::string title;
  std::uintmax_t size = 0; ///< bytes
  troupe::timestamp taken_at{};
  std::vector<std::string> tags;
  thumbnail_request wanted; ///< names the picture's file, too
};

/// "Infinite-Sea_by_Aury88.jpg" is "Infinite Sea by Aury88".
std::string title_of(const std::filesystem::path& file);

/// The words of the name of the folder that holds the file, in small letters.
std::vector<std::string> tags_of(const std::filesystem::path& file);

/// "2016:01:31 10:11:12", as cameras write it, taken for UTC. Nothing if it is no such time.
std::optional<troupe::timestamp> parse_exif_time(std::string_view text);

/// Looks at the picture's file. When it was taken is what the camera wrote into it, else the time
/// of its last change.
photo describe(const thumbnail_request& request);

/// The record of a new photo, as JSON.
std::string to_record(const photo& x);

/// Batches of requests that create the records of these photos.
std::vector<std::vector<troupe::change_record>> to_changes(const std::vector<photo>& photos,
                                                           const std::string& collection);

} // namespace photos
