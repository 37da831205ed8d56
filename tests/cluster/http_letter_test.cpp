// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "gateway/content_coding.hpp"
#include "tests/support/gateway_cluster.hpp"
#include "tests/support/http_caller.hpp"

namespace http_letter_test {

using namespace troupe;
using namespace troupe::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

const std::string declared = "[queues.mail]\n[collections.notes]\n";

struct open_cluster : gateway_cluster {
  open_cluster() : gateway_cluster{"[http]\norigins = [\"https://app.example\"]\n" + declared} {}
};

/// It asks for tokens.
struct closed_cluster : gateway_cluster {
  closed_cluster() : gateway_cluster{"[http]\nauth = true\n" + declared} {}
};

const std::string records = "/v1/collections/notes/records";
const std::string is_json = "Content-Type: application/json";

std::string code_of(const http_answer& x) {
  return json::parse(x.body, nullptr, false).value("code", "");
}

} // namespace

TEST_CASE_METHOD(open_cluster, "a record is written by the letter of HTTP") {
  CHECK(send("PUT", records + "/a", R"({"n":1})", {"Content-Type: Application/JSON"}).status
        == 201);
  const auto again = send("POST", records, R"({"id":"a"})", {is_json});
  CHECK(again.status == 409);
  CHECK(code_of(again) == "record_exists");
  CHECK(send("POST", records, R"({"id":"a"})", {is_json, "If-None-Match: *"}).status == 412);

  const auto merged = send("PATCH", records + "/a", R"({"m":2})", {is_json});
  CHECK(merged.status == 200);
  CHECK(json::parse(merged.body)["n"] == 1);
  const auto tag = merged.headers.at("etag");
  const auto put = [this](const std::string& match) {
    return send("PUT", records + "/a", R"({"n":3})", {is_json, "If-Match: " + match});
  };
  CHECK(put("\"1000\", \"1001\"").status == 412);
  const auto weak = put("W/" + tag);
  CHECK(weak.status == 412);
  CHECK_THAT(weak.body, Contains("weak") && !Contains("18446744073709551615"));
  CHECK(put("\"1000\", " + tag).status == 200);
  CHECK(put("\"1000\", " + tag).status == 412);

  CHECK(send("GET", records + "/a", {}, {"If-Match: " + tag}).status == 412);
  CHECK(send("GET", records + "/a", {}, {"If-Match: *"}).status == 200);
  CHECK(send("GET", records + "/b", {}, {"If-Match: " + tag}).status == 404);
}

TEST_CASE_METHOD(open_cluster, "each kind of refusal has a code of its own") {
  CHECK(code_of(send("GET", "/v1/nothing")) == "not_found");
  CHECK(code_of(send("DELETE", "/v1/queues")) == "method_not_allowed");
  CHECK(code_of(send("PATCH", records + "/a", "x", {"Content-Type: text/plain"}))
        == "unsupported_media_type");
  CHECK(code_of(send("POST", records, "x", {is_json, "Content-Encoding: br"}))
        == "unsupported_coding");
  CHECK_THAT(ask(web.number(), "GET / HTTP/1.1\r\nHost: bad.example\r\nConnection: close\r\n\r\n"),
             Contains("\"misdirected\""));
  CHECK(code_of(send("POST", records, "{}", {is_json, "Origin: https://bad.example"}))
        == "cross_site");
}

TEST_CASE_METHOD(open_cluster, "a path with a slash too many leads to where it was meant to") {
  const auto moved = send("GET", records + "/?limit=1");
  CHECK(moved.status == 308);
  CHECK(moved.headers.at("location") == records + "?limit=1");
  CHECK(send("GET", "/v1/nothing/").status == 404);
  CHECK(send("GET", records + "//").status == 400);
}

TEST_CASE_METHOD(open_cluster, "R3 a compressed record has a tag that writes and reads take") {
  const std::string large = R"({"text":")" + std::string(20'000, 'x') + "\"}";
  REQUIRE(
    send("POST", records, gzip(R"({"id":"a","n":1})"), {is_json, "Content-Encoding: gzip"}).status
    == 201);
  REQUIRE(send("PUT", records + "/a", large, {is_json}).status == 200);
  const auto coded = send("GET", records + "/a", {}, {"Accept-Encoding: gzip"});
  REQUIRE(coded.headers.at("content-encoding") == "gzip");
  CHECK_THAT(coded.headers.at("vary"), Contains("Accept-Encoding"));
  CHECK(json::parse(*gunzip(coded.body, 100'000))["text"].get<std::string>().size() == 20'000);
  const auto tag = coded.headers.at("etag");
  CHECK_THAT(tag, Catch::EndsWith("-gzip\""));
  const auto same
    = send("GET", records + "/a", {}, {"Accept-Encoding: gzip", "If-None-Match: " + tag});
  CHECK(same.status == 304);
  CHECK(same.headers.at("etag") == tag);
  CHECK(send("PUT", records + "/a", "{}", {is_json, "If-Match: " + tag}).status == 200);

  const auto bomb = gzip(std::string(50'000'000, ' '));
  CHECK(send("POST", records, bomb, {is_json, "Content-Encoding: gzip"}).status == 413);
  CHECK(send("POST", records, "no gzip", {is_json, "Content-Encoding: gzip"}).status == 400);
}

TEST_CASE_METHOD(open_cluster, "a page of a named origin may ask and others may not") {
  const auto asked = send("OPTIONS", records, {},
                          {"Origin: https://app.example", "Access-Control-Request-Method: POST"});
  CHECK(asked.status == 204);
  CHECK(asked.headers.at("access-control-allow-origin") == "https://app.example");
  CHECK_THAT(asked.headers.at("access-control-allow-methods"), Contains("POST"));
  const auto made = send("POST", records, "{}", {is_json, "Origin: https://app.example"});
  CHECK(made.status == 201);
  CHECK(made.headers.at("access-control-allow-origin") == "https://app.example");
  CHECK_THAT(made.headers.at("access-control-expose-headers"), Contains("ETag"));
  const auto other = send("GET", records, {}, {"Origin: https://bad.example"});
  CHECK(other.headers.count("access-control-allow-origin") == 0);
  CHECK(other.headers.at("x-content-type-options") == "nosniff");
}

TEST_CASE_METHOD(closed_cluster, "S2 who may not ask is told so before the body is read") {
  const auto refusal_of = [this](const std::string& head) {
    http_caller x{web.number()};
    REQUIRE(x.send(head + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8000000\r\n\r\n{"));
    return x.read_until("\r\n\r\n");
  };
  CHECK_THAT(refusal_of("POST " + records), Catch::StartsWith("HTTP/1.1 401 "));
  CHECK_THAT(refusal_of("POST /v1/nothing"), Catch::StartsWith("HTTP/1.1 404 "));
  CHECK_THAT(refusal_of("PUT " + records), Catch::StartsWith("HTTP/1.1 405 "));
}

} // namespace http_letter_test
