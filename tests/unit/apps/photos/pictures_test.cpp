// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "apps/photos/pictures.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pictures_test {

using namespace photos;

TEST_CASE("too few pictures are taken again in other sizes, and no two files share a name") {
  auto requests = plan_thumbnails({"/p/a.jpg", "/p/b.jpg", "/p/a.png"}, "/out", {160, 640}, 8);

  REQUIRE(requests.size() == 9);
  CHECK(requests[0].sizes == std::vector<int>{160, 640});
  CHECK(requests[3].sizes == std::vector<int>{180, 720});
  std::set<std::filesystem::path> files;
  for (const auto& request : requests)
    for (auto size : request.sizes)
      CHECK(files.insert(thumbnail_path(request, size)).second);
}

TEST_CASE("enough pictures are taken once each") {
  auto requests = plan_thumbnails({"/p/a.jpg", "/p/b.jpg"}, "/out", {160}, 2);

  REQUIRE(requests.size() == 2);
  CHECK(requests[0].name == "a");
  CHECK(requests[0].source == "/p/a.jpg");
  CHECK(requests[1].name == "b");
  CHECK(plan_thumbnails({}, "/out", {160}, 2).empty());
}

TEST_CASE("a folder's pictures are found by their ending, in order") {
  troupe::test::temporary_folder temporary;
  const auto& folder = temporary.path();
  for (auto name : {"b.JPG", "a.png", "notes.txt"})
    std::ofstream{folder / name} << "x";
  std::filesystem::create_directory(folder / "c.jpg");

  auto found = find_pictures(folder);
  std::filesystem::remove(folder / "a.png");
  std::filesystem::remove(folder / "b.JPG");
  auto none = find_pictures(folder);

  REQUIRE(found);
  CHECK(*found == std::vector{folder / "a.png", folder / "b.JPG"});
  REQUIRE_FALSE(none);
  CHECK_THAT(none.error().text, Catch::Contains(folder.string()));
  CHECK_FALSE(find_pictures(folder / "nowhere"));
}

} // namespace pictures_test
