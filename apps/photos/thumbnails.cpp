// SPDX-License-Identifier: Apache-2.0
#include "apps/photos/thumbnails.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <vips/vips8>

#include "actors/step.hpp"

namespace photos {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t sizes_max = 16;

/// The text of libvips' last error is a list of lines; one is enough for people.
std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::string part_prefix(const thumbnail_request& request, troupe::job_id job) {
  return fmt::format(".{}.{}-", request.name, job);
}

/// What runs of this job left behind that were killed while they wrote.
void remove_old_parts(const thumbnail_request& request, const troupe::job_context& job) {
  auto prefix = part_prefix(request, job.id());
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{request.output_directory, ignored})
    if (entry.path().filename().string().starts_with(prefix))
      std::filesystem::remove(entry.path(), ignored);
}

vips::VImage decode(const std::filesystem::path& source, int size) {
  try {
    // In memory, so that whatever fails later is about writing.
    return vips::VImage::thumbnail(source.c_str(), size,
                                   vips::VImage::option()
                                     ->set("height", size)
                                     ->set("size", VIPS_SIZE_DOWN)
                                     ->set("fail_on", VIPS_FAIL_ON_ERROR))
      .copy_memory();
  } catch (const vips::VError& error) {
    vips_error_clear();
    throw unreadable_picture{
      fmt::format("cannot read the picture '{}': {}", source.string(), first_line(error.what()))};
  }
}

} // namespace

troupe::result<thumbnail_job> from_payload(std::string_view payload) {
  auto refuse = [](std::string why) {
    return troupe::failure(troupe::errc::invalid_argument, "payload: " + std::move(why));
  };
  auto document = json::parse(payload, nullptr, false);
  if (!document.is_object())
    return refuse("expected what the hook of a collection of photos sends, a JSON object");
  thumbnail_job job;
  auto& request = job.request;
  try {
    job.collection = document.at("collection").get<std::string>();
    const auto& photo = document.at("after");
    job.photo = photo.at("id").get<std::string>();
    request.source = photo.at("file").get<std::string>();
    const auto& wanted = photo.at("wanted");
    request.output_directory = wanted.at("directory").get<std::string>();
    request.name = wanted.at("name").get<std::string>();
    request.sizes = wanted.at("sizes").get<std::vector<int>>();
  } catch (const json::exception& error) {
    return refuse(error.what());
  }
  if (request.name.empty() || request.name.find('/') != std::string::npos)
    return refuse("'name' must be the name of a file");
  if (request.sizes.empty() || request.sizes.size() > sizes_max)
    return refuse(fmt::format("'sizes' must be 1 to {} numbers", sizes_max));
  for (auto size : request.sizes)
    if (size < 1 || size > pixels_max)
      return refuse(fmt::format("a size must be 1 to {} pixels, not {}", pixels_max, size));
  return job;
}

std::filesystem::path thumbnail_path(const thumbnail_request& request, int size) {
  return request.output_directory / fmt::format("{}-{}.jpg", request.name, size);
}

void start_image_library(const char* program) {
  if (VIPS_INIT(program) != 0)
    throw std::runtime_error{fmt::format("libvips does not start: {}", vips_error_buffer())};
  // Its warnings about broken pictures are in the jobs' errors already.
  g_log_set_handler(
    "VIPS", G_LOG_LEVEL_WARNING, [](const char*, GLogLevelFlags, const char*, void*) {}, nullptr);
  vips_concurrency_set(1);
  // A worker sees each picture once: libvips' cache of results would only cost memory.
  vips_cache_set_max(0);
}

thumbnail make_thumbnail(const thumbnail_request& request, int size, const std::string& part) {
  auto image = decode(request.source, size);
  auto path = thumbnail_path(request, size);
  auto part_path = request.output_directory / part;
  try {
    image.jpegsave(part_path.c_str(), vips::VImage::option()->set("Q", 85)->set("strip", true));
  } catch (const vips::VError& error) {
    vips_error_clear();
    std::error_code ignored;
    std::filesystem::remove(part_path, ignored);
    throw std::runtime_error{
      fmt::format("cannot write '{}': {}", path.string(), first_line(error.what()))};
  }
  auto bytes = std::filesystem::file_size(part_path);
  std::filesystem::rename(part_path, path);
  return {path, image.width(), image.height(), bytes};
}

std::string picture_problem(const std::filesystem::path& file) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed))
    return "it is missing";
  try {
    vips::VImage::new_from_file(file.c_str(),
                                vips::VImage::option()->set("fail_on", VIPS_FAIL_ON_WARNING))
      .copy_memory();
    return {};
  } catch (const vips::VError& error) {
    vips_error_clear();
    return first_line(error.what());
  }
}

picture_size size_of(const std::filesystem::path& file) {
  try {
    auto image = vips::VImage::new_from_file(file.c_str());
    return {image.width(), image.height()};
  } catch (const vips::VError& error) {
    vips_error_clear();
    throw unreadable_picture{
      fmt::format("cannot read the picture '{}': {}", file.string(), first_line(error.what()))};
  }
}

std::string camera_time(const std::filesystem::path& file) {
  constexpr auto field = "exif-ifd2-DateTimeOriginal";
  try {
    auto image = vips::VImage::new_from_file(file.c_str());
    return image.get_typeof(field) != 0 ? image.get_string(field) : std::string{};
  } catch (const vips::VError&) {
    // Whoever makes its thumbnails will say that it is no picture.
    vips_error_clear();
    return {};
  }
}

troupe::outcome run_thumbnail_job(troupe::job_context& job) {
  auto read = from_payload(job.payload());
  if (!read)
    return troupe::outcome::failure_final(read.error().text);
  const auto& request = read->request;
  std::filesystem::create_directories(request.output_directory);
  remove_old_parts(request, job);

  auto files = json::array();
  picture_size original;
  try {
    for (auto size : request.sizes) {
      if (job.stop_token().stop_requested())
        return troupe::outcome::release();
      // The epoch keeps a zombie's half file apart from ours.
      auto part = fmt::format("{}{}.part", part_prefix(request, job.id()), job.epoch());
      auto made = make_thumbnail(request, size, part);
      files.push_back({{"path", made.path.string()},
                       {"width", made.width},
                       {"height", made.height},
                       {"bytes", made.bytes}});
      job.progress(fmt::format("{} of {} sizes", files.size(), request.sizes.size()));
    }
    original = size_of(request.source);
  } catch (const unreadable_picture& error) {
    return troupe::outcome::failure_final(error.what());
  }
  const json change{{"state", "ready"},
                    {"width", original.width},
                    {"height", original.height},
                    {"thumbnails", files}};
  return troupe::outcome::success(
    json{{"files", std::move(files)}}.dump(),
    troupe::step{}.merge_patch(read->collection, read->photo, change.dump()));
}

} // namespace photos
