// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/http_client.hpp"
#include "tests/support/process_cluster.hpp"

namespace http_site_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr milliseconds patience = 30s;

/// One node that serves a site, in a folder beside its cluster file, to those without a token.
class site_node {
public:
  site_node() {
    write("site/index.html", "<h1>Hello</h1>");
    write("site/help/index.html", "help");
    write("site/main.js", "export {};");
    write("secret.txt", "secret");
    write("cluster.toml", fmt::format(R"(
[storage]
path = "{0}/db"
[http]
auth = true
site = "site"
[nodes.gate]
roles = ["control", "gateway"]
address = "127.0.0.1:{1}"
http = "127.0.0.1:{2}"
[queues.mail]
)",
                                      folder_.path().string(), node_.number(), web_.number()));
    program_ = std::make_unique<program>(
      std::vector<std::string>{built_program("troupe"), "node", "gate", "--config",
                               (folder_.path() / "cluster.toml").string()},
      folder_.path() / "log", folder_.path() / "log");
    const auto until = std::chrono::steady_clock::now() + patience;
    while (get("/livez").status != 200) {
      if (std::chrono::steady_clock::now() > until)
        FAIL(read_file(folder_.path() / "log"));
      folder_.wait_for_change(50ms);
    }
  }

  ~site_node() {
    program_->signal(SIGTERM);
    if (!program_->wait(patience))
      program_->signal(SIGKILL);
  }

  http_answer send(const std::string& method, const std::string& path,
                   const std::vector<std::string>& headers = {}) const {
    auto answer = http_client{web_.number(), patience}.send(method, path, {}, headers);
    return answer ? *answer : http_answer{};
  }
  http_answer get(const std::string& path) const { return send("GET", path); }

  void write(const std::filesystem::path& name, const std::string& text) const {
    const auto file = folder_.path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << text;
  }

private:
  temporary_folder folder_;
  reserved_port node_, web_;
  std::unique_ptr<program> program_;
};

} // namespace

TEST_CASE("a gateway serves the files of a site, which runs its own scripts only") {
  site_node node;
  auto page = node.get("/site/");
  CHECK(page.status == 200);
  CHECK(page.body == "<h1>Hello</h1>");
  CHECK(page.headers["content-type"] == "text/html; charset=utf-8");
  CHECK(page.headers["x-content-type-options"] == "nosniff");
  CHECK_THAT(page.headers["content-security-policy"],
             Catch::StartsWith("default-src 'self';") && Catch::Contains("frame-ancestors 'none'"));

  auto script = node.get("/site/main.js");
  CHECK(script.headers["content-type"] == "text/javascript; charset=utf-8");
  auto again = node.send("GET", "/site/main.js", {"If-None-Match: " + script.headers["etag"]});
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  CHECK(node.send("HEAD", "/site/main.js").status == 200);

  // What the folder holds counts when the node starts.
  node.write("site/main.js", "other");
  CHECK(node.get("/site/main.js").body == "export {};");
}

TEST_CASE("a folder of a site is asked for with a slash") {
  site_node node;
  for (const auto* path : {"/site", "/site/help"}) {
    auto moved = node.get(path);
    CHECK(moved.status == 308);
    CHECK(moved.headers["location"] == std::string{path} + "/");
  }
  CHECK(node.get("/site/help/").body == "help");
}

TEST_CASE("S2 nothing but the files of a site is served, and they can only be read") {
  site_node node;
  auto [path, status] = GENERATE(table<std::string, int>({{"/site/nothing.js", 404},
                                                          {"/site/help/nothing/", 404},
                                                          {"/site/..%2fsecret.txt", 404},
                                                          {"/site/%2e%2e/secret.txt", 400},
                                                          {"/site/../secret.txt", 400},
                                                          {"/site//index.html", 400},
                                                          {"/site/main.js%00", 404},
                                                          {"/site/main.js/", 404},
                                                          {"/site/%", 400}}));
  CAPTURE(path);
  auto refused = node.get(path);
  CHECK(refused.status == status);
  CHECK(refused.headers["content-type"] == "application/problem+json");
  CHECK(refused.body.find("secret") == std::string::npos);

  auto method = node.send("PUT", "/site/main.js");
  CHECK(method.status == 405);
  CHECK(method.headers["allow"] == "GET, HEAD, OPTIONS");
}

TEST_CASE("a node with a site that is not there does not start, and says why") {
  temporary_folder folder;
  std::ofstream{folder.path() / "cluster.toml"} << R"(
[http]
site = "nothing"
[nodes.gate]
roles = ["control", "gateway"]
address = "127.0.0.1:0"
http = "127.0.0.1:0"
)";

  auto ended = run_program({built_program("troupe"), "node", "gate", "--config",
                            (folder.path() / "cluster.toml").string()});

  CHECK(ended.status != 0);
  CHECK_THAT(ended.errors,
             Catch::Contains("http.site") && Catch::Contains("nothing' is no folder"));
}

} // namespace http_site_test
