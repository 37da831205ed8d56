// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "tests/fuzz/target.hpp"

namespace seeds_test {

using namespace troupe;
using fuzz::targets;

namespace {

std::filesystem::path corpus_of(std::string_view target) {
  return std::filesystem::path{TROUPE_SOURCE_DIR} / "tests/fuzz/corpus" / target;
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::exists(folder))
    for (const auto& x : std::filesystem::directory_iterator{folder})
      files.push_back(x.path());
  return files;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

} // namespace

TEST_CASE("every fuzz target holds for its seeds and for what was found with it") {
  for (const auto& target : targets()) {
    const auto files = files_in(corpus_of(target.name));
    INFO(target.name);
    CHECK(files.size() >= 5);
    for (const auto& file : files) {
      INFO(file.filename().string());
      CHECK_NOTHROW(target.run(bytes_of(file)));
    }
  }
}

TEST_CASE("every fuzz target holds for no bytes, and for bytes that mean nothing") {
  for (const auto& target : targets())
    for (const auto* bytes : {"", "\n", "\n\n\n\n", "\xff\xfe\xff\n\x80", "0", "{", "\"", "[[[["}) {
      INFO(target.name << ": " << bytes);
      CHECK_NOTHROW(target.run(bytes));
    }
}

TEST_CASE("every folder of seeds belongs to a fuzz target, and every target has its name") {
  std::set<std::string> names;
  for (const auto& target : targets())
    names.emplace(target.name);
  CHECK(names.size() == targets().size());

  std::set<std::string> folders;
  for (const auto& x : files_in(corpus_of("")))
    folders.insert(x.filename().string());
  std::set<std::string> files;
  for (const auto& x : files_in(std::filesystem::path{TROUPE_SOURCE_DIR} / "tests/fuzz"))
    if (auto name = x.filename().string(); name.ends_with("_target.cpp"))
      files.insert(name.substr(0, name.size() - std::string_view{"_target.cpp"}.size()));

  CHECK(names == folders);
  CHECK(names == files);
}

} // namespace seeds_test
