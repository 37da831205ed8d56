// SPDX-License-Identifier: Apache-2.0
#include "apps/photos/pictures.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>
#include <set>
#include <string_view>

namespace photos {

namespace {

constexpr std::array<std::string_view, 6> extensions{".jpg", ".jpeg", ".png",
                                                     ".tif", ".tiff", ".webp"};

bool is_picture(const std::filesystem::path& file) {
  auto extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char character) {
    return static_cast<char>(std::tolower(character));
  });
  return std::ranges::find(extensions, extension) != extensions.end();
}

/// "a", and for another picture of that name "a-2".
std::string unused_name(const std::string& stem, std::set<std::string>& used) {
  auto name = stem;
  for (int i = 2; !used.insert(name).second; ++i)
    name = fmt::format("{}-{}", stem, i);
  return name;
}

} // namespace

troupe::result<std::vector<std::filesystem::path>>
find_pictures(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> pictures;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator{directory, failed})
    if (entry.is_regular_file() && is_picture(entry.path()))
      // Workers have working directories of their own.
      pictures.push_back(std::filesystem::absolute(entry.path()));
  if (failed)
    return troupe::failure(troupe::errc::invalid_argument,
                           fmt::format("'{}': {}", directory.string(), failed.message()));
  if (pictures.empty())
    return troupe::failure(
      troupe::errc::invalid_argument,
      fmt::format("'{}' holds no pictures ({})", directory.string(), fmt::join(extensions, ", ")));
  std::ranges::sort(pictures);
  return pictures;
}

std::vector<thumbnail_request> plan_thumbnails(const std::vector<std::filesystem::path>& pictures,
                                               const std::filesystem::path& output_directory,
                                               const std::vector<int>& sizes,
                                               std::size_t jobs_min) {
  std::vector<thumbnail_request> requests;
  if (pictures.empty())
    return requests;
  std::set<std::string> used;
  auto directory = std::filesystem::absolute(output_directory);
  for (auto round_sizes = sizes; requests.empty() || requests.size() < jobs_min;) {
    for (const auto& picture : pictures)
      requests.push_back(
        {picture, directory, unused_name(picture.stem().string(), used), round_sizes});
    for (auto& size : round_sizes)
      size = std::min(size + size / 8, pixels_max);
  }
  return requests;
}

std::vector<std::string> missing_thumbnails(const std::vector<thumbnail_request>& requests) {
  std::vector<std::string> problems;
  for (const auto& request : requests)
    for (auto size : request.sizes) {
      auto path = thumbnail_path(request, size);
      if (auto problem = picture_problem(path); !problem.empty())
        problems.push_back(fmt::format("{}: {}", path.string(), problem));
    }
  return problems;
}

} // namespace photos
