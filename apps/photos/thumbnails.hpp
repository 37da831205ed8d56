// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "actors/handler.hpp"
#include "messages/errors.hpp"

namespace photos {

/// The largest thumbnail.
inline constexpr int pixels_max = 16'384;

/// Which thumbnails are wanted of a picture.
struct thumbnail_request {
  std::filesystem::path source;
  std::filesystem::path output_directory;
  std::string name;       ///< the files are called NAME-SIZE.jpg
  std::vector<int> sizes; ///< of the longer edge, in pixels

  bool operator==(const thumbnail_request&) const = default;
};

/// A job: the record whose creation it comes from, and what to do.
struct thumbnail_job {
  std::string collection;
  std::string photo; ///< id of the record
  thumbnail_request request;

  bool operator==(const thumbnail_job&) const = default;
};

/// Reads a job's payload: what the hook of the collection makes of a new record.
/// `invalid_argument` when it is none, or a value is missing or absurd.
troupe::result<thumbnail_job> from_payload(std::string_view payload);

/// Where the thumbnail of that size goes.
std::filesystem::path thumbnail_path(const thumbnail_request& request, int size);

/// The picture itself is to blame: trying again is useless.
struct unreadable_picture : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct thumbnail {
  std::filesystem::path path;
  int width = 0;
  int height = 0;
  std::uintmax_t bytes = 0;
};

/// Prepares libvips for a program whose slots, not libvips' own threads, use the cores. First call
/// of `main`, once.
void start_image_library(const char* program);

/// Writes one thumbnail. Whoever looks sees no file or the whole file: it is written as `part` in
/// the same folder and renamed. Throws `unreadable_picture`, or std::runtime_error when it cannot
/// be written.
thumbnail make_thumbnail(const thumbnail_request& request, int size, const std::string& part);

/// The size of a picture in pixels. Throws `unreadable_picture`.
struct picture_size {
  int width = 0;
  int height = 0;
};
picture_size size_of(const std::filesystem::path& file);

/// When the camera says the picture was taken, in its own words; empty if it says nothing.
std::string camera_time(const std::filesystem::path& file);

/// Opens and decodes a picture; what is wrong with it, or an empty text.
std::string picture_problem(const std::filesystem::path& file);

/// The handler `thumbnail`. Its result names the files it made. In the same step that ends the job,
/// the photo's record gets them too, and its state becomes "ready".
troupe::outcome run_thumbnail_job(troupe::job_context& job);

} // namespace photos
