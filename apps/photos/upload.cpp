// SPDX-License-Identifier: Apache-2.0
#include "apps/photos/upload.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <vips/vips8>

#include "actors/step.hpp"
#include "apps/photos/thumbnails.hpp"
#include "gateway/text_encoding.hpp"

namespace photos {

namespace {

using json = nlohmann::ordered_json;

constexpr auto collection = "photos";

// libvips has more, for documents and drawings, whose decoders were not made for what strangers
// send.
constexpr std::array<std::string_view, 5> loaders{
  "VipsForeignLoadJpegBuffer", "VipsForeignLoadPngBuffer", "VipsForeignLoadWebpBuffer",
  "VipsForeignLoadNsgifBuffer", "VipsForeignLoadTiffBuffer"};

void check_format(std::string_view picture) {
  const auto* loader = vips_foreign_find_load_buffer(picture.data(), picture.size());
  vips_error_clear();
  if (loader == nullptr || std::ranges::find(loaders, loader) == loaders.end())
    throw unreadable_picture{"it is no JPEG, PNG, WebP, GIF or TIFF"};
}

/// Width and height, from the first bytes alone.
preview measure(std::string_view picture) {
  auto image = vips::VImage::new_from_buffer(picture.data(), picture.size(), "");
  preview x{{}, image.width(), image.height()};
  if (const auto pixels = std::int64_t{x.width} * x.height; pixels > megapixels_max * 1'000'000LL)
    throw unreadable_picture{fmt::format("its {} by {} pixels are too many; at most {} megapixels "
                                         "are taken",
                                         x.width, x.height, megapixels_max)};
  if (vips_image_get_orientation_swap(image.get_image()))
    std::swap(x.width, x.height);
  return x;
}

std::string make_jpeg(std::string_view picture) {
  // In two steps: what libvips reads and shrinks at once may be half a picture, and it says
  // nothing.
  const auto whole = vips::VImage::new_from_buffer(
    picture.data(), picture.size(), "", vips::VImage::option()->set("fail_on", VIPS_FAIL_ON_ERROR));
  auto image = whole.thumbnail_image(preview_edge, vips::VImage::option()
                                                     ->set("height", preview_edge)
                                                     ->set("size", VIPS_SIZE_DOWN)
                                                     ->set("export_profile", "srgb"));
  if (image.has_alpha())
    image = image.flatten(vips::VImage::option()->set("background", std::vector<double>{255}));
  const std::unique_ptr<VipsBlob, void (*)(VipsBlob*)> made{
    image.jpegsave_buffer(vips::VImage::option()->set("Q", 75)->set("strip", true)),
    [](VipsBlob* x) { vips_area_unref(&x->area); }};
  std::size_t size = 0;
  const auto* bytes = static_cast<const char*>(vips_blob_get(made.get(), &size));
  return {bytes, size};
}

/// What a record is told of its upload.
json describe(const upload& x) {
  try {
    const auto picture = troupe::base64_decode(x.picture);
    if (!picture)
      throw unreadable_picture{"it was not sent as base64"};
    const auto made = make_preview(*picture);
    return {{"state", "ready"},
            {"problem", nullptr},
            {"width", made.width},
            {"height", made.height},
            {"thumbnail", troupe::base64(made.jpeg)}};
  } catch (const unreadable_picture& why) {
    return {{"state", "failed"}, {"problem", why.what()}};
  }
}

} // namespace

troupe::result<upload> read_upload(std::string_view payload) {
  auto refuse = [](const std::string& why) {
    return troupe::failure(troupe::errc::invalid_argument, "payload: " + why);
  };
  auto document = json::parse(payload, nullptr, false);
  if (!document.is_object())
    return refuse("expected what the hook of a collection of uploads sends, a JSON object");
  try {
    const auto& record = document.at("after");
    return upload{record.at("id").get<std::string>(), record.at("picture").get<std::string>()};
  } catch (const json::exception& error) {
    return refuse(error.what());
  }
}

preview make_preview(std::string_view picture) {
  if (picture.empty())
    throw unreadable_picture{"it is empty"};
  check_format(picture);
  try {
    auto x = measure(picture);
    x.jpeg = make_jpeg(picture);
    return x;
  } catch (const vips::VError& error) {
    vips_error_clear();
    const std::string text{error.what()};
    throw unreadable_picture{"it cannot be decoded: " + text.substr(0, text.find('\n'))};
  }
}

troupe::outcome run_upload_job(troupe::job_context& job) {
  auto read = read_upload(job.payload());
  if (!read)
    return troupe::outcome::failure_final(read.error().text);
  const auto change = describe(*read);
  return troupe::outcome::success(
    change.at("state").get<std::string>(),
    troupe::step{}.merge_patch(collection, read->id,
                               change.dump(-1, ' ', false, json::error_handler_t::replace)));
}

} // namespace photos
