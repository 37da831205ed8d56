// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "apps/troupe/json_output.hpp"

namespace json_output_test {

using namespace troupe;

TEST_CASE("ids are texts in JSON, because they may be larger than a double can hold") {
  job x;
  x.id = 18'446'744'073'709'551'615u;
  x.state = job_state::succeeded;

  auto document = json_of(x, true);

  CHECK(document["id"] == "18446744073709551615");
  CHECK(document["state"] == "succeeded");
  CHECK(document["created_at"].is_null());
}

TEST_CASE("a payload that is no text is base64 in JSON") {
  job x;
  x.payload = "\xc3\xa4";
  x.result = "\xff\x00";

  auto document = json_of(x, true);

  CHECK(document["payload"] == x.payload);
  CHECK_FALSE(document.contains("result"));
  CHECK(document["result_base64"] == "/w==");
  CHECK(json::parse(to_line(document)) == document);
}

TEST_CASE("a payload that is a JSON object or array is shown as such, anything else as its text") {
  const auto shown = [](const std::string& payload) {
    job x;
    x.payload = payload;
    return json_of(x, true)["payload"];
  };

  CHECK(shown(R"( {"b": [1, 2.5], "a": null}
)") == json::parse(R"({"b":[1,2.5],"a":null})"));
  CHECK(shown("[]\n") == json::array());
  CHECK(shown("18446744073709551615") == "18446744073709551615");
  for (const auto* text : {"", " ", "7", "true", "null", "\"a\"", "a", "{", "[1",
                           R"({"a":1,"a":2})", "[1e999]", "{} {}"})
    CHECK(shown(text) == text);
}

TEST_CASE("times in JSON have microseconds, whatever they are of") {
  job x;
  x.created_at = timestamp{std::chrono::seconds{1'000'000'000} + std::chrono::microseconds{1500}};

  CHECK(json_of(x, false)["created_at"] == "2001-09-09T01:46:40.001500Z");
}

TEST_CASE("a short description of a job leaves out what may be large") {
  auto document = json_of(job{}, false);

  CHECK_FALSE(document.contains("payload"));
  CHECK_FALSE(document.contains("history"));
}

TEST_CASE("an error in JSON has a code for programs and a text for people") {
  CHECK(to_line(json_of(error{errc::unknown_queue, "no queue 'mail' is declared"}))
        == R"({"error":{"code":"unknown_queue","text":"no queue 'mail' is declared"}})");
}

} // namespace json_output_test
