// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vips/vips8>

#include "apps/photos/photo.hpp"
#include "apps/photos/pictures.hpp"
#include "apps/photos/thumbnails.hpp"
#include "messages/record.hpp"
#include "tests/support/lone_context.hpp"
#include "tests/support/temporary_folder.hpp"

namespace thumbnails_test {

using namespace photos;

namespace {

/// A folder of its own for each test, with a picture of 400 by 300 in it.
class picture_folder {
public:
  picture_folder() {
    static const bool started = (start_image_library("thumbnails_test"), true);
    REQUIRE(started);
    auto noise = vips::VImage::gaussnoise(400, 300).cast(VIPS_FORMAT_UCHAR);
    noise.jpegsave(picture().c_str());
  }

  const std::filesystem::path& path() const { return folder_.path(); }
  std::filesystem::path picture() const { return path() / "picture.jpg"; }
  thumbnail_request request() const { return {picture(), path() / "out", "small", {40, 80}}; }

  /// Names of what is in the folder of results.
  std::vector<std::string> results() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{path() / "out"})
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

private:
  troupe::test::temporary_folder folder_;
};

/// Asks the handler to stop after its first report.
class hasty_context : public troupe::test::lone_context {
public:
  using lone_context::lone_context;

  void progress(std::string_view) override { stop.request_stop(); }
};

troupe::leased_job lease(std::string payload) {
  troupe::leased_job x;
  x.lease = {7, 9};
  x.payload = std::move(payload);
  return x;
}

/// What the hook sends when the record of this picture is created.
std::string payload_of(const thumbnail_request& request) {
  photo x{.title = "A picture", .size = 1, .taken_at = {}, .tags = {}, .wanted = request};
  troupe::record made{"p1", 1, {}, {}, to_record(x)};
  return troupe::hook_payload("photos", troupe::change_kind::created, {}, made);
}

std::string payload_with(const std::string& wanted) {
  return R"({"collection": "photos", "after": {"id": "p1", "file": "a.jpg", "wanted": {)" + wanted
         + "}}}";
}

} // namespace

TEST_CASE("a request survives its way through a record and its hook's payload") {
  picture_folder folder;

  auto read = from_payload(payload_of(folder.request()));

  REQUIRE(read);
  CHECK(*read == thumbnail_job{"photos", "p1", folder.request()});
}

TEST_CASE("a payload that asks for nothing sensible is refused with the reason") {
  auto [payload, reason] = GENERATE(table<std::string, std::string>(
    {{"", "expected what the hook"},
     {"[1]", "expected what the hook"},
     {R"({"collection": "photos", "after": null})", "null"},
     {payload_with(R"("name": "a", "sizes": [1])"), "directory"},
     {payload_with(R"("directory": 5, "name": "a", "sizes": [1])"), "string"},
     {payload_with(R"("directory": "o", "name": "a", "sizes": [])"), "1 to 16 numbers"},
     {payload_with(R"("directory": "o", "name": "a", "sizes": [0])"), "not 0"},
     {payload_with(R"("directory": "o", "name": "a", "sizes": [99999])"), "not 99999"},
     {payload_with(R"("directory": "o", "name": "../x", "sizes": [1])"), "name"}}));

  auto read = from_payload(payload);

  REQUIRE_FALSE(read);
  CHECK(read.error().code == troupe::errc::invalid_argument);
  CHECK_THAT(read.error().text, Catch::Contains(reason));
}

TEST_CASE("a job makes every size, and its result names the files") {
  picture_folder folder;
  auto job = lease(payload_of(folder.request()));
  troupe::test::lone_context context{job};

  auto ended = run_thumbnail_job(context);

  REQUIRE(ended.kind() == troupe::outcome_kind::succeeded);
  CHECK(folder.results() == std::vector<std::string>{"small-40.jpg", "small-80.jpg"});
  CHECK(missing_thumbnails({folder.request()}).empty());
  auto files = nlohmann::json::parse(ended.output())["files"];
  REQUIRE(files.size() == 2);
  CHECK(files[0]["width"] == 40);
  CHECK(files[0]["height"] == 30);
  CHECK(context.last_progress == "2 of 2 sizes");
}

TEST_CASE("the step that ends a job makes the photo's record ready and names the files in it") {
  picture_folder folder;
  auto job = lease(payload_of(folder.request()));
  troupe::test::lone_context context{job};

  auto ended = run_thumbnail_job(context);

  REQUIRE(ended.step());
  REQUIRE(ended.step()->changes.size() == 1);
  const auto& change = ended.step()->changes.front();
  CHECK(change.collection == "photos");
  CHECK(change.id == "p1");
  CHECK(change.verb == troupe::record_verb::merge_patch);
  auto patch = nlohmann::json::parse(change.body);
  CHECK(patch["state"] == "ready");
  CHECK(patch["width"] == 400);
  CHECK(patch["height"] == 300);
  CHECK(patch["thumbnails"] == nlohmann::json::parse(ended.output())["files"]);
}

TEST_CASE("a job that is asked to stop hands itself back between two sizes") {
  picture_folder folder;
  auto job = lease(payload_of(folder.request()));
  hasty_context context{job};

  auto ended = run_thumbnail_job(context);

  CHECK(ended.kind() == troupe::outcome_kind::released);
  CHECK(folder.results() == std::vector<std::string>{"small-40.jpg"});
}

TEST_CASE("a picture that cannot be read is given up at once and leaves nothing") {
  picture_folder folder;
  auto broken = GENERATE(as<std::string>{}, "missing", "text", "truncated");
  if (broken == "missing")
    std::filesystem::remove(folder.picture());
  else if (broken == "text")
    std::ofstream{folder.picture()} << "no picture";
  else
    std::filesystem::resize_file(folder.picture(),
                                 std::filesystem::file_size(folder.picture()) / 2);
  auto job = lease(payload_of(folder.request()));
  troupe::test::lone_context context{job};

  auto ended = run_thumbnail_job(context);

  INFO(broken << ": " << ended.output());
  CHECK(ended.kind() == troupe::outcome_kind::failed_final);
  CHECK_THAT(ended.output(), Catch::Contains(folder.picture().string()));
  CHECK(folder.results().empty());
}

TEST_CASE("a result that cannot be written is no picture's fault") {
  picture_folder folder;
  auto request = folder.request();
  request.output_directory = "/proc/nowhere";
  auto job = lease(payload_of(request));
  troupe::test::lone_context context{job};

  CHECK_THROWS_AS(run_thumbnail_job(context), std::exception);
}

TEST_CASE("the next run of a killed job clears its half file away") {
  picture_folder folder;
  std::filesystem::create_directory(folder.path() / "out");
  std::ofstream{folder.path() / "out" / ".small.7-5.part"} << "half";
  std::ofstream{folder.path() / "out" / ".small.8-5.part"} << "of another job";
  auto job = lease(payload_of(folder.request()));
  troupe::test::lone_context context{job};

  auto ended = run_thumbnail_job(context);

  CHECK(ended.kind() == troupe::outcome_kind::succeeded);
  CHECK(folder.results()
        == std::vector<std::string>{".small.8-5.part", "small-40.jpg", "small-80.jpg"});
}

TEST_CASE("a file that is missing, empty or cut off is no picture") {
  picture_folder folder;
  CHECK(picture_problem(folder.picture()).empty());
  CHECK(picture_problem(folder.path() / "nothing.jpg") == "it is missing");

  std::filesystem::resize_file(folder.picture(), std::filesystem::file_size(folder.picture()) / 2);
  CHECK_FALSE(picture_problem(folder.picture()).empty());
  std::filesystem::resize_file(folder.picture(), 0);
  CHECK_FALSE(picture_problem(folder.picture()).empty());
}

} // namespace thumbnails_test
