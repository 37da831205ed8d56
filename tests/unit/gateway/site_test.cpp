// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>

#include "gateway/site.hpp"
#include "tests/support/temporary_folder.hpp"

namespace site_test {

using namespace troupe;

namespace {

/// A folder with a page in it.
class site_folder {
public:
  site_folder() { write("index.html", "<h1>Hello</h1>"); }

  std::filesystem::path path() const { return folder_.path() / "site"; }

  void write(const std::filesystem::path& name, const std::string& text) {
    std::filesystem::create_directories((path() / name).parent_path());
    std::ofstream{path() / name, std::ios::binary} << text;
  }

  site must_read() const {
    auto read = site::read(path());
    if (!read)
      FAIL(read.error().text);
    return std::move(*read);
  }

  /// Why it is refused.
  std::string problem() const {
    auto read = site::read(path());
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::config_invalid);
    return read.error().text;
  }

private:
  test::temporary_folder folder_;
};

} // namespace

TEST_CASE("a site has the files of its folder, with their types") {
  site_folder folder;
  folder.write("images/a.svg", "<svg/>");
  folder.write("images/unknown.xyz", std::string("\0\xff", 2));
  auto x = folder.must_read();

  CHECK(x.find("/index.html")->type == "text/html; charset=utf-8");
  CHECK(x.find("/images/a.svg")->type == "image/svg+xml");
  CHECK(x.find("/images/unknown.xyz")->type == "application/octet-stream");
  CHECK(x.find("/images/unknown.xyz")->bytes == std::string("\0\xff", 2));
}

TEST_CASE("at a folder's path is its index.html, if it has one") {
  site_folder folder;
  folder.write("help/index.html", "help");
  folder.write("images/a.svg", "<svg/>");
  auto x = folder.must_read();

  CHECK(x.find("/") == x.find("/index.html"));
  CHECK(x.find("/help/")->bytes == "help");
  CHECK(x.find("/help") == nullptr);
  CHECK(x.find("/images/") == nullptr);
  CHECK(x.find("") == nullptr);
}

TEST_CASE("the tag of a file is another when its bytes are others") {
  site_folder folder;
  auto before = folder.must_read();
  folder.write("index.html", "<h1>Good bye</h1>");

  CHECK(before.find("/")->bytes == "<h1>Hello</h1>");
  CHECK(before.find("/")->tag != folder.must_read().find("/")->tag);
}

TEST_CASE("S2 no path leads out of a site, and what is hidden is not served") {
  site_folder folder;
  folder.write("../beside.txt", "beside");
  folder.write(".git/config", "secret");
  folder.write(".env", "secret");
  folder.write("a/b.txt", "b");
  auto x = folder.must_read();

  for (const auto* path : {"/../beside.txt", "/a/../b.txt", "/a/../index.html", "//index.html",
                           "/.git/config", "/.env", "/a/./b.txt", "index.html"}) {
    CAPTURE(path);
    CHECK(x.find(path) == nullptr);
  }
}

TEST_CASE("S2 a link to a folder is left out of a site, so that it can have no end") {
  site_folder folder;
  std::filesystem::create_directory_symlink(folder.path(), folder.path() / "again");
  std::filesystem::create_symlink("index.html", folder.path() / "same.html");
  auto x = folder.must_read();

  CHECK(x.find("/again/index.html") == nullptr);
  CHECK(x.find("/same.html")->bytes == x.find("/")->bytes);
}

TEST_CASE("a folder that is no site is refused with the reason") {
  site_folder folder;
  auto missing = site::read(folder.path() / "nothing");
  REQUIRE_FALSE(missing);
  CHECK_THAT(missing.error().text, Catch::Contains("is no folder"));

  std::filesystem::rename(folder.path() / "index.html", folder.path() / "other.html");
  CHECK_THAT(folder.problem(), Catch::Contains("has no index.html"));
}

TEST_CASE("S2 a folder with too much in it is refused before it is read") {
  site_folder folder;
  folder.write("large.bin", "");
  std::filesystem::resize_file(folder.path() / "large.bin", site::bytes_max);
  CHECK_THAT(folder.problem(), Catch::Contains("16 MiB"));

  std::filesystem::remove(folder.path() / "large.bin");
  for (std::size_t i = 0; i < site::files_max; ++i)
    folder.write("files/" + std::to_string(i), "");
  CHECK_THAT(folder.problem(), Catch::Contains("1000 files"));
}

} // namespace site_test
