// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <csignal>
#include <fmt/format.h>
#include <future>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/gateway_cluster.hpp"
#include "tests/support/http_caller.hpp"

namespace http_bad_input_test {

using namespace troupe;
using namespace troupe::test;
using Catch::Matchers::Contains;

namespace {

struct web_cluster : gateway_cluster {
  web_cluster()
      : gateway_cluster{"[http]\nhosts = [\"troupe.example\"]\n"
                        "[queues.mail]\n[queues.empty]\n[collections.notes]\n"} {}

  /// Says this, to the end of the connection.
  std::string say(const std::string& text) const { return ask(web.number(), text); }
};

const std::string json_type = "Content-Type: application/json";

void check_problem(const http_answer& x, int status, const std::string& code = {}) {
  CHECK(x.status == status);
  CHECK(x.headers.at("content-type") == "application/problem+json");
  const auto problem = nlohmann::json::parse(x.body, nullptr, false);
  REQUIRE(problem.is_object());
  if (!code.empty())
    CHECK(problem["code"] == code);
}

/// The head of an answer: status line and headers, without those that differ from call to call.
std::set<std::string> head_of(const std::string& answer) {
  std::set<std::string> lines;
  const auto end = answer.find("\r\n\r\n");
  for (std::size_t at = 0; at < end; at = answer.find("\r\n", at) + 2) {
    auto line = answer.substr(at, answer.find("\r\n", at) - at);
    bool varies = false;
    // Figures of what is going on have another length each time, and a stream has none.
    for (const auto* name : {"Date:", "X-Request-Id:", "Transfer-Encoding:", "Content-Length:",
                             "Age:", "Cache-Status:"})
      varies = varies || line.starts_with(name);
    if (!varies)
      lines.insert(std::move(line));
  }
  return lines;
}

/// Paths of the document's GET routes, with names for what stands in braces.
std::vector<std::string> readable_paths(const nlohmann::json& document) {
  std::vector<std::string> paths;
  for (const auto& [pattern, methods] : document["paths"].items()) {
    if (!methods.contains("get"))
      continue;
    auto path = pattern;
    for (const auto& [name, value] :
         std::map<std::string, std::string>{{"{collection}", "notes"}, {"{record}", "a"}})
      if (const auto at = path.find(name); at != std::string::npos)
        path.replace(at, name.size(), value);
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{'))
      path.replace(at, path.find('}') - at + 1, "1");
    paths.push_back(std::move(path));
  }
  return paths;
}

} // namespace

TEST_CASE_METHOD(web_cluster, "S2 a page whose name stands for this machine gets nothing here") {
  const auto get = [this](const std::string& host) {
    return say("GET /v1/queues HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n");
  };
  for (const auto* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example"}) {
    const auto refused = get(fmt::format("Host: {}:{}\r\n", host, web.number()));
    CHECK_THAT(refused, Contains("HTTP/1.1 421 ") && Contains("application/problem+json")
                          && Contains("'" + std::string{host} + "'") && Contains("hosts"));
  }
  for (const auto* host : {"localhost", "127.0.0.1", "[::1]", "troupe.example", "Troupe.Example"})
    CHECK_THAT(get(fmt::format("Host: {}:{}\r\n", host, web.number())), Contains("HTTP/1.1 200 "));
  CHECK_THAT(get(""), Contains("HTTP/1.1 400 "));
  CHECK_THAT(say("GET /v1/queues HTTP/1.0\r\n\r\n"), Contains("HTTP/1.1 200 "));
  CHECK_THAT(get("Host: localhost\r\nHost: localhost\r\n"), Contains("HTTP/1.1 400 "));
}

TEST_CASE_METHOD(web_cluster, "HEAD says what GET says, without a body") {
  REQUIRE(send("PUT", "/v1/collections/notes/records/a", R"({"n":1})", {json_type}).status == 201);
  REQUIRE(send("POST", "/v1/queues/mail/jobs", R"({"payload":"a"})", {json_type}).status == 201);
  auto paths = readable_paths(nlohmann::json::parse(send("GET", "/openapi.json").body));
  CHECK(paths.size() > 15);
  for (const auto& path : paths)
    for (const std::string accept : {"*/*", "text/event-stream"}) {
      CAPTURE(path, accept);
      const auto request = [&](const std::string& method) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: " + accept
               + "\r\nConnection: close\r\n\r\n";
      };
      const auto head = say(request("HEAD"));
      CHECK(head.ends_with("\r\n\r\n"));
      http_caller get{web.number()};
      REQUIRE(get.send(request("GET")));
      const auto got = get.read_until("\r\n\r\n"); // a stream has no end
      CHECK(head_of(head) == head_of(got));
      const auto has_length
        = [](const std::string& x) { return x.find("\r\nContent-Length: ") != std::string::npos; };
      CHECK(has_length(head) == has_length(got));
    }
}

TEST_CASE_METHOD(web_cluster, "a gateway that stops ends requests that wait, as their time would") {
  const auto made = send("POST", "/v1/queues/mail/jobs", R"({"payload":"a"})", {json_type});
  REQUIRE(made.status == 201);
  const auto job = nlohmann::json::parse(made.body)["ids"][0].get<std::string>();

  http_caller lease{web.number()}, result{web.number()}, changes{web.number()};
  const std::string end = " HTTP/1.1\r\nHost: localhost\r\n";
  const std::string body = R"({"worker":"w","wait":30})";
  REQUIRE(lease.send("POST /v1/queues/empty/leases" + end + json_type
                     + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
  REQUIRE(result.send("GET /v1/jobs/" + job + "/result?wait=60" + end + "\r\n"));
  REQUIRE(changes.send("GET /v1/collections/notes/changes?wait=60" + end + "\r\n"));
  // The gateway has read them when it answers who came later.
  REQUIRE(cluster.eventually([this] {
    return send("GET", "/metrics").body.find("troupe_http_requests_open 3") != std::string::npos;
  }));

  cluster.terminate("gateway");
  CHECK_THAT(lease.read_all(), Contains("HTTP/1.1 200 ") && Contains(R"({"jobs":[]})"));
  CHECK_THAT(result.read_all(), Contains("HTTP/1.1 202 ") && Contains("\"" + job + "\""));
  CHECK_THAT(changes.read_all(), Contains("HTTP/1.1 200 ") && Contains("Troupe-Next: "));
  CHECK(cluster.wait_for_end("gateway", milliseconds{20'000}) == 0);
}

TEST_CASE_METHOD(web_cluster, "S2 bodies that are no JSON, or of another type, are refused") {
  const std::string records = "/v1/collections/notes/records";
  for (const auto* body : {"{", "[1,", "nonsense", "{\"a\":1}x", "\xff\xfe", "{\"a\":\"\xff\"}"}) {
    CAPTURE(body);
    check_problem(send("POST", records, body, {json_type}), 400, "invalid_argument");
    check_problem(send("POST", "/v1/queues/mail/jobs", body, {json_type}), 400, "invalid_argument");
  }
  for (const auto* type : {"text/plain", "application/xml", "nonsense", "multipart/form-data"}) {
    CAPTURE(type);
    const auto header = "Content-Type: " + std::string{type};
    check_problem(send("POST", records, "{}", {header}), 415);
    check_problem(send("PATCH", records + "/a", "{}", {header}), 415);
  }
}

TEST_CASE_METHOD(web_cluster, "S2 a batch with one change that cannot be taken changes nothing") {
  const std::string path = "/v1/collections/notes/records:batch";
  const std::string good = R"({"op":"create","id":"good","body":{"n":1}})";
  const std::string deep(1000, '[');
  for (const auto& bad :
       {std::string{R"({"op":"create","body":)"} + deep + std::string(1000, ']') + "}",
        std::string{R"({"op":"create","op":"delete","id":"a"})"},
        std::string{R"({"op":"delete","id":"a","if_version":"1"})"},
        std::string{R"({"op":"delete","id":"a","if_absent":1})"},
        std::string{R"({"op":"create","body":{},"color":"red"})"}, std::string{R"({"op":"make"})"},
        std::string{R"({"op":"delete","id":1})"}, std::string{"7"}}) {
    INFO(bad);
    check_problem(send("POST", path, R"({"changes":[)" + good + "," + bad + "]}", {json_type}), 400,
                  "invalid_argument");
  }
  check_problem(send("POST", path, R"({"changes":{}})", {json_type}), 400, "invalid_argument");
  check_problem(send("POST", path, "[]", {json_type}), 400, "invalid_argument");
  CHECK(send("GET", "/v1/collections/notes/records/good").status == 404);
  CHECK(send("POST", path, R"({"changes":[)" + good + "]}", {json_type}).status == 200);
}

TEST_CASE_METHOD(web_cluster, "S2 a method that a route lacks is refused with those that it has") {
  const auto refused = send("DELETE", "/v1/queues");
  check_problem(refused, 405);
  CHECK(refused.headers.at("allow") == "GET, HEAD, OPTIONS");
  check_problem(send("PUT", "/v1/queues/mail/jobs", "{}", {json_type}), 405);
  check_problem(send("TRACE", "/"), 405);
  check_problem(send("PROPFIND", "/v1/queues"), 405);
  CHECK_THAT(say("BREW / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
             Contains("HTTP/1.1 405 "));
}

TEST_CASE_METHOD(web_cluster, "S2 no path leads out of what is served") {
  for (const std::string path :
       {"/../etc/passwd", "/assets/../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2fetc%2fpasswd", "/site/../../etc/passwd",
        "/site/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/assets//etc/passwd", "/assets/%00",
        "/%", "/%zz"}) {
    CAPTURE(path);
    const auto answer
      = say("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    CHECK_THAT(answer, Contains("HTTP/1.1 40") && Contains("application/problem+json"));
    CHECK_THAT(answer, !Contains("root:"));
  }
}

TEST_CASE_METHOD(web_cluster, "S2 line ends in names and ids split no header") {
  const auto made
    = send("POST", "/v1/collections/notes/records", R"({"id":"a\r\nSet-Cookie: b"})", {json_type});
  CHECK(made.headers.count("set-cookie") == 0);
  for (const std::string path : {"/v1/collections/notes/records/a%0d%0aSet-Cookie:%20b",
                                 "/v1/collections/no%0d%0aSet-Cookie:%20b/records"}) {
    const auto answer = send("PUT", path, "{}", {json_type});
    CHECK(answer.headers.count("set-cookie") == 0);
    CHECK(answer.status >= 400);
  }
  // An id of the caller's own comes back.
  const auto echoed = say("GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: a\rSet-Cookie: b"
                          "\r\nConnection: close\r\n\r\n");
  CHECK(echoed.find("\nSet-Cookie") == std::string::npos);
}

TEST_CASE_METHOD(web_cluster, "S2 a page of another site changes nothing, and reads nothing") {
  const std::string jobs = "/v1/queues/mail/jobs";
  for (const auto* header : {"Origin: https://evil.example", "Origin: null",
                             "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"}) {
    CAPTURE(header);
    check_problem(send("POST", jobs, R"({"payload":"a"})", {json_type, header}), 403);
  }
  const auto read = send("GET", "/v1/jobs", "", {"Origin: https://evil.example"});
  CHECK(read.headers.count("access-control-allow-origin") == 0); // the browser keeps it from it
  const auto preflight = send(
    "OPTIONS", jobs, "", {"Origin: https://evil.example", "Access-Control-Request-Method: POST"});
  CHECK(preflight.headers.count("access-control-allow-origin") == 0);
  CHECK(nlohmann::json::parse(send("GET", "/v1/jobs").body)["jobs"].empty());
}

TEST_CASE_METHOD(web_cluster, "S2 a key that is used for something else is refused") {
  const std::string records = "/v1/collections/notes/records";
  const std::string key = "Idempotency-Key: k1";
  const auto first = send("POST", records, R"({"n":1})", {json_type, key});
  REQUIRE(first.status == 201);
  const auto again = send("POST", records, R"({"n":1})", {json_type, key});
  CHECK(again.status == 201);
  CHECK(again.headers.at("location") == first.headers.at("location"));
  check_problem(send("POST", records, R"({"n":2})", {json_type, key}), 422, "idempotency_mismatch");
  for (const auto* empty : {"Idempotency-Key;", "Idempotency-Key: \"\""}) {
    CAPTURE(empty);
    check_problem(send("POST", records, R"({"n":3})", {json_type, empty}), 400);
    check_problem(send("POST", records + ":batch", R"({"n":3})", {json_type, empty}), 400);
  }
  const auto list = nlohmann::json::parse(send("GET", records).body);
  CHECK(list["records"].size() == 1);
}

TEST_CASE_METHOD(web_cluster, "S2 what ends before it is read costs a gateway nothing that stays") {
  const std::string request = "POST /v1/queues/mail/jobs HTTP/1.1\r\nHost: localhost\r\n"
                              + json_type + "\r\nContent-Length: 15\r\n\r\n{\"payload\":\"a\"}";
  for (std::size_t cut = 0; cut < request.size(); ++cut)
    http_caller{web.number()}.send(request.substr(0, cut));
  say("GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(nlohmann::json::parse(send("GET", "/v1/jobs").body)["jobs"].empty());
  CHECK_THAT(send("GET", "/metrics").body,
             Contains("troupe_http_requests_open 0")
               && Contains("troupe_http_refused_requests_total{reason=\"url_too_long\"} 1"));
}

} // namespace http_bad_input_test
