#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vips/vips8>

#include "apps/photos/pictures.hpp"
#include "apps/photos/thumbnails.hpp"
#include "tests/support/lone_context.hpp"
#include "tests/support/temporary_folder.hpp"

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

} // namespace

TEST_CASE("a request survives its way through a payload") {
  thumbnail_request request{"/pictures/a b.jpg", "/out", "a b-2", {160, 640}};

  auto read = from_payload(to_payload(request));

  REQUIRE(read);
  CHECK(*read == request);
}

TEST_CASE("a payload that asks for nothing sensible is refused with the reason") {
  auto [payload, reason] = GENERATE(table<std::string, std::string>(
    {{"", "expected a JSON object"},
     {"[1]", "expected a JSON object"},
     {R"({"source": "a.jpg", "sizes": [1]})", "output_directory"},
     {R"({"source": 5, "output_directory": "o", "sizes": [1]})", "string"},
     {R"({"source": "a.jpg", "output_directory": "o", "sizes": []})", "1 to 16 numbers"},
     {R"({"source": "a.jpg", "output_directory": "o", "sizes": [0]})", "not 0"},
     {R"({"source": "a.jpg", "output_directory": "o", "sizes": [99999]})", "not 99999"},
     {R"({"source": "a.jpg", "output_directory": "o", "sizes": [1], "name": "../x"})", "name"}}));

  auto read = from_payload(payload);

  REQUIRE_FALSE(read);
  CHECK(read.error().code == troupe::errc::invalid_argument);
  CHECK_THAT(read.error().text, Catch::Contains(reason));
}

TEST_CASE("a job makes every size, and its result names the files") {
  picture_folder folder;
  auto job = lease(to_payload(folder.request()));
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

TEST_CASE("a job that is asked to stop hands itself back between two sizes") {
  picture_folder folder;
  auto job = lease(to_payload(folder.request()));
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
  auto job = lease(to_payload(folder.request()));
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
  auto job = lease(to_payload(request));
  troupe::test::lone_context context{job};

  CHECK_THROWS_AS(run_thumbnail_job(context), std::exception);
}

TEST_CASE("the next run of a killed job clears its half file away") {
  picture_folder folder;
  std::filesystem::create_directory(folder.path() / "out");
  std::ofstream{folder.path() / "out" / ".small.7-5.part"} << "half";
  std::ofstream{folder.path() / "out" / ".small.8-5.part"} << "of another job";
  auto job = lease(to_payload(folder.request()));
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
