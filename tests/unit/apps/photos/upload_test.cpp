// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <vips/vips8>

#include "apps/photos/thumbnails.hpp"
#include "apps/photos/upload.hpp"
#include "gateway/text_encoding.hpp"
#include "messages/record.hpp"
#include "node/config.hpp"
#include "tests/support/lone_context.hpp"

namespace upload_test {

using namespace photos;
using nlohmann::json;

namespace {

/// A picture in memory, in the format that the suffix names.
std::string encode(const vips::VImage& image, const std::string& suffix) {
  void* bytes = nullptr;
  std::size_t size = 0;
  image.write_to_buffer(suffix.c_str(), &bytes, &size);
  std::string text{static_cast<const char*>(bytes), size};
  g_free(bytes);
  return text;
}

vips::VImage noise(int width, int height) {
  static const bool started = (start_image_library("upload_test"), true);
  REQUIRE(started);
  return vips::VImage::gaussnoise(width, height).cast(VIPS_FORMAT_UCHAR);
}

/// Many pixels in few bytes.
std::string black_png(int width, int height) {
  (void)noise(1, 1);
  return encode(vips::VImage::black(width, height), ".png");
}

/// What the hook sends when an upload is stored.
troupe::leased_job job_for(const std::string& picture) {
  const json body{{"picture", picture}};
  const troupe::record made{"p1", 1, {}, {}, body.dump()};
  troupe::leased_job x;
  x.payload = troupe::hook_payload("uploads", troupe::change_kind::created, {}, made);
  return x;
}

/// The patch of the photo's record that the job of an upload ends with.
json patch_after(const std::string& picture) {
  const auto job = job_for(picture);
  troupe::test::lone_context context{job};
  const auto ended = run_upload_job(context);
  REQUIRE(ended.kind() == troupe::outcome_kind::succeeded);
  REQUIRE(ended.step());
  REQUIRE(ended.step()->changes.size() == 1);
  const auto& change = ended.step()->changes.front();
  CHECK(change.collection == "photos");
  CHECK(change.id == "p1");
  CHECK(change.verb == troupe::record_verb::merge_patch);
  return json::parse(change.body);
}

long peak_memory_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

} // namespace

TEST_CASE("a job makes a small JPEG of an upload and puts it into the photo's record") {
  auto suffix = GENERATE(as<std::string>{}, ".jpg", ".png", ".webp", ".gif", ".tif");
  CAPTURE(suffix);
  auto patch = patch_after(troupe::base64(encode(noise(800, 600), suffix)));

  CHECK(patch["state"] == "ready");
  CHECK(patch["problem"].is_null());
  CHECK(patch["width"] == 800);
  CHECK(patch["height"] == 600);
  auto jpeg = troupe::base64_decode(patch["thumbnail"].get<std::string>());
  REQUIRE(jpeg);
  auto shown = vips::VImage::new_from_buffer(*jpeg, "");
  CHECK(std::string{shown.get_string("vips-loader")} == "jpegload_buffer");
  CHECK(shown.width() == preview_edge);
  CHECK(shown.height() == 240);
}

TEST_CASE("a picture that is smaller than a thumbnail stays as small") {
  auto made = make_preview(encode(noise(20, 10), ".png"));
  CHECK(vips::VImage::new_from_buffer(made.jpeg, "").width() == 20);
}

TEST_CASE("a picture that a camera took upright is shown upright") {
  auto image = noise(80, 40);
  image.set("orientation", 6);
  auto made = make_preview(encode(image, ".jpg"));

  CHECK(made.width == 40);
  CHECK(made.height == 80);
  auto shown = vips::VImage::new_from_buffer(made.jpeg, "");
  CHECK(shown.width() == 40);
  CHECK(shown.height() == 80);
}

TEST_CASE("what shines through a picture is white") {
  auto clear = noise(40, 40)
                 .bandjoin({vips::VImage::black(40, 40)})
                 .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W));
  auto made = make_preview(encode(clear, ".png"));

  CHECK(vips::VImage::new_from_buffer(made.jpeg, "").avg() > 250);
}

TEST_CASE("S2 an upload that is no picture fails, and its record says why") {
  auto good = encode(noise(300, 200), ".jpg");
  auto [picture, reason] = GENERATE_COPY(table<std::string, std::string>(
    {{"", "it is empty"},
     {"no base64!", "base64"},
     {troupe::base64("no picture"), "it is no JPEG"},
     {troupe::base64("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"), "no JPEG"},
     {troupe::base64("%PDF-1.4\n"), "no JPEG"},
     {troupe::base64(good.substr(0, good.size() / 2)), "cannot be decoded"},
     {troupe::base64("\x89PNG\r\n\x1a\n" + std::string(40, '\0')), "cannot be decoded"}}));
  CAPTURE(reason);

  auto patch = patch_after(picture);

  CHECK(patch["state"] == "failed");
  CHECK_THAT(patch["problem"].get<std::string>(), Catch::Contains(reason));
  CHECK_FALSE(patch.contains("thumbnail"));
}

TEST_CASE("S2 a picture that would fill the memory is refused before it is decoded") {
  auto bomb = black_png(20'000, 20'000);
  CHECK(bomb.size() < 1024 * 1024);
  auto before = peak_memory_kib();

  auto patch = patch_after(troupe::base64(bomb));

  CHECK(patch["state"] == "failed");
  CHECK_THAT(patch["problem"].get<std::string>(),
             Catch::Contains("20000 by 20000") && Catch::Contains("24 megapixels"));
  // Decoded it has 400 MB.
  CHECK(peak_memory_kib() - before < 64 * 1024);
}

TEST_CASE("the largest picture that is taken is decoded") {
  CHECK(make_preview(black_png(6000, 4000)).width == 6000);
  CHECK_THROWS_AS(make_preview(black_png(6001, 4000)), unreadable_picture);
}

TEST_CASE("a payload that is of no upload is given up at once") {
  auto payload = GENERATE(as<std::string>{}, "", "[1]", R"({"after": null})",
                          R"({"after": {"id": "p1"}})", R"({"after": {"picture": "", "id": 7}})");
  CAPTURE(payload);
  troupe::leased_job job;
  job.payload = payload;
  troupe::test::lone_context context{job};

  auto ended = run_upload_job(context);

  CHECK(ended.kind() == troupe::outcome_kind::failed_final);
  CHECK_THAT(ended.output(), Catch::StartsWith("payload: "));
}

TEST_CASE("album.toml takes the largest record into a job, as it was and as it is") {
  auto config = troupe::load_config(TROUPE_SOURCE_DIR "/config/album.toml");
  REQUIRE(config);
  const auto& uploads = *config->find_collection("uploads");
  CHECK(uploads.record_max == 384 * 1024);
  CHECK(config->find_queue(uploads.hooks.on_create)->handler == "upload");
  CHECK(std::filesystem::exists(config->http.site / "index.html"));
}

} // namespace upload_test
