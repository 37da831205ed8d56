// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vips/vips8>

#include "actors/record_schema.hpp"
#include "apps/photos/album.hpp"
#include "apps/photos/photo.hpp"
#include "messages/record.hpp"
#include "node/config.hpp"
#include "tests/support/temporary_folder.hpp"

namespace photo_test {

using namespace photos;

namespace {

photo a_photo() {
  return {.title = "A picture",
          .size = 5,
          .taken_at = {},
          .tags = {"italy", "2019"},
          .wanted = {"/p/a.jpg", "/out", "a", {160, 640}}};
}

troupe::record_change change(troupe::change_kind kind, const std::string& id,
                             const std::string& state) {
  troupe::record_change x;
  x.kind = kind;
  x.value.id = id;
  if (!state.empty())
    x.value.fields = R"({"state":")" + state + "\"}";
  return x;
}

} // namespace

TEST_CASE("a photo's title is the words of its file's name") {
  CHECK(title_of("/p/Infinite-Sea_by_Aury88.jpg") == "Infinite Sea by Aury88");
  CHECK(title_of("/p/a  b.jpeg") == "a b");
  CHECK(title_of("/p/__.jpg") == "__.jpg");
}

TEST_CASE("a photo's tags are the words of its folder's name") {
  CHECK(tags_of("/p/Italy 2019/a.jpg") == std::vector<std::string>{"italy", "2019"});
  CHECK(tags_of("/a.jpg").empty());
}

TEST_CASE("a camera's time is read, and nonsense is not") {
  auto time = parse_exif_time("2016:01:31 10:11:12 (2016:01:31 10:11:12, ASCII, 20 components)");
  REQUIRE(time);
  CHECK(troupe::rfc3339(*time) == "2016-01-31T10:11:12.000000Z");

  auto wrong = GENERATE(as<std::string>{}, "", "yesterday", "0000:00:00 00:00:00",
                        "2016:02:30 10:11:12", "2016:01:31 24:00:00", "2016:01:31");
  CHECK_FALSE(parse_exif_time(wrong));
}

TEST_CASE("a photo's time is the camera's, else that of its file") {
  troupe::test::temporary_folder folder;
  static const bool started = (start_image_library("photo_test"), true);
  REQUIRE(started);
  auto plain = folder.path() / "plain.jpg";
  auto image = vips::VImage::black(8, 8);
  image.jpegsave(plain.c_str());
  std::chrono::sys_seconds changed = std::chrono::sys_days{std::chrono::year{2020} / 5 / 6};
  std::filesystem::last_write_time(plain, std::chrono::file_clock::from_sys(changed));

  CHECK(troupe::rfc3339(describe({plain, "/out", "a", {8}}).taken_at)
        == "2020-05-06T00:00:00.000000Z");

  auto dated = folder.path() / "dated.jpg";
  image.set("exif-ifd2-DateTimeOriginal", "2016:01:31 10:11:12");
  image.jpegsave(dated.c_str());
  CHECK(troupe::rfc3339(describe({dated, "/out", "a", {8}}).taken_at)
        == "2016-01-31T10:11:12.000000Z");
}

TEST_CASE(
  "a new photo's record obeys the collection's schema, and so does what its job makes of it") {
  auto config = troupe::load_config(TROUPE_SOURCE_DIR "/config/photos.toml");
  REQUIRE(config);
  auto collection = config->find_collection("photos");
  REQUIRE(collection);
  auto schema = troupe::record_schema::compile(collection->schema);
  REQUIRE(schema);
  auto record = troupe::read_own_json(to_record(a_photo()));

  CHECK(schema->violations(record, "a") == std::vector<std::string>{});
  CHECK(record["state"] == "new");
  CHECK(record["file"] == "/p/a.jpg");
  CHECK(record["tags"].size() == 2);

  record["state"] = "ready";
  record["width"] = record["height"] = 9;
  record["thumbnails"] = {{{"path", "/out/a-160.jpg"}, {"width", 1}, {"height", 1}, {"bytes", 1}}};
  CHECK(schema->violations(record, "a") == std::vector<std::string>{});
}

TEST_CASE("many photos become batches of new records") {
  auto batches = to_changes(std::vector<photo>(101, a_photo()), "photos");

  REQUIRE(batches.size() == 2);
  CHECK(batches[0].size() == 100);
  REQUIRE(batches[1].size() == 1);
  CHECK(batches[1][0].collection == "photos");
  CHECK(batches[1][0].verb == troupe::record_verb::create);
}

TEST_CASE("the ledger tells records that became ready once from those that did not") {
  using troupe::change_kind;
  photo_ledger ledger{{"a", "b", "c"}};
  for (auto id : {"a", "b", "c", "of somebody else"})
    ledger.apply(change(change_kind::created, id, "new"));
  CHECK(ledger.created() == 3);
  CHECK(ledger.ready_once() == 0);

  ledger.apply(change(change_kind::updated, "a", "ready"));
  ledger.apply(change(change_kind::updated, "b", "ready"));
  ledger.apply(change(change_kind::updated, "b", "ready"));
  ledger.apply(change(change_kind::updated, "of somebody else", "ready"));
  ledger.apply(change(change_kind::deleted, "c", ""));

  CHECK(ledger.ready_once() == 1);
  CHECK(ledger.changed_again() == 1);
}

} // namespace photo_test
