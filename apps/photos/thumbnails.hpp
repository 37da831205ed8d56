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

/// What a job's payload asks for.
struct thumbnail_request {
  std::filesystem::path source;
  std::filesystem::path output_directory;
  std::string name;       ///< the files are called NAME-SIZE.jpg
  std::vector<int> sizes; ///< of the longer edge, in pixels

  bool operator==(const thumbnail_request&) const = default;
};

/// As JSON, and back. `invalid_argument` when it is none, or a value is missing or absurd.
std::string to_payload(const thumbnail_request& request);
troupe::result<thumbnail_request> from_payload(std::string_view payload);

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

/// Opens and decodes a picture; what is wrong with it, or an empty text.
std::string picture_problem(const std::filesystem::path& file);

/// The handler `thumbnail`. Its result names the files it made.
troupe::outcome run_thumbnail_job(troupe::job_context& job);

} // namespace photos
