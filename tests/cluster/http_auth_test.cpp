// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "node/certificates.hpp"
#include "tests/support/process_cluster.hpp"

namespace http_auth_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr milliseconds patience = 30s;

struct answer {
  int status = 0;   ///< 0: there was none
  std::string text; ///< headers and body

  bool has(std::string_view part) const { return text.find(part) != std::string::npos; }

  std::size_t count(std::string_view part) const {
    std::size_t result = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
      ++result;
    return result;
  }
};

/// One node that serves HTTPS on loopback to those who have a token.
class guarded_node {
public:
  explicit guarded_node(const std::string& http = {}) {
    REQUIRE(make_authority(folder_.path(), "test"));
    REQUIRE(make_certificate(folder_.path(), "gate"));
    std::ofstream{folder_.path() / "cluster.toml"}
      << fmt::format(R"(
[storage]
path = "{0}/db"
[http]
auth = true
{3}
[nodes.gate]
roles = ["control", "service", "gateway"]
address = "127.0.0.1:{1}"
http = "127.0.0.1:{2}"
http_certificate = "{0}/gate.pem"
http_key = "{0}/gate.key"
[queues.mail]
[queues.other]
[collections.notes]
)",
                     folder_.path().string(), node_.number(), web_.number(), http);
    start();
  }

  ~guarded_node() { stop(); }

  void start() {
    program_ = std::make_unique<program>(
      std::vector<std::string>{built_program("troupe"), "node", "gate", "--config",
                               (folder_.path() / "cluster.toml").string()},
      folder_.path() / "log", folder_.path() / "log");
    if (!eventually([this] { return get("/readyz").status == 200; }))
      FAIL(log());
  }

  void stop() {
    program_->signal(SIGTERM);
    if (!program_->wait(patience))
      program_->signal(SIGKILL);
  }

  std::string log() const { return read_file(folder_.path() / "log"); }
  const std::filesystem::path& folder() const { return folder_.path(); }

  bool eventually(const std::function<bool()>& condition) const {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until)
        return false;
      folder_.wait_for_change(50ms);
    }
    return true;
  }

  program_end token(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "token");
    return command(std::move(arguments));
  }

  program_end command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), built_program("troupe"));
    arguments.insert(arguments.end(),
                     {"--json", "--connect", "127.0.0.1:" + std::to_string(node_.number())});
    return run_program(arguments);
  }

  std::string make_token(const std::string& name, std::vector<std::string> scopes,
                         const std::string& expires = {}) const {
    std::vector<std::string> arguments{"create", name};
    for (auto& x : scopes)
      arguments.insert(arguments.end(), {"--scope", x});
    if (!expires.empty())
      arguments.insert(arguments.end(), {"--expires", expires});
    const auto made = token(arguments);
    INFO(made.output << made.errors);
    REQUIRE(made.status == 0);
    return json::parse(made.output)["token"];
  }

  std::vector<std::string> curl(const std::string& path,
                                const std::vector<std::string>& options) const {
    const auto address = "gate:" + std::to_string(web_.number());
    std::vector<std::string> command{"curl",
                                     "-s",
                                     "-i",
                                     "--max-time",
                                     "20",
                                     "--cacert",
                                     (folder_.path() / "ca.pem").string(),
                                     "--resolve",
                                     address + ":127.0.0.1"};
    command.insert(command.end(), options.begin(), options.end());
    command.push_back("https://" + address + path);
    return command;
  }

  answer ask(const std::string& path, const std::vector<std::string>& options) const {
    answer x{0, run_program(curl(path, options)).output};
    if (x.text.starts_with("HTTP/1.1 "))
      x.status = std::stoi(x.text.substr(9, 3));
    return x;
  }

  answer get(const std::string& path, const std::string& token = {}) const {
    return token.empty() ? ask(path, {}) : ask(path, {"-H", "Authorization: Bearer " + token});
  }

  answer post(const std::string& path, const std::string& token, const std::string& body) const {
    return ask(path, {"-H", "Authorization: Bearer " + token, "-H",
                      "Content-Type: application/json", "-d", body});
  }

private:
  temporary_folder folder_;
  reserved_port node_, web_;
  std::unique_ptr<program> program_;
};

} // namespace

TEST_CASE("S2 without a token only what needs none is answered") {
  guarded_node node;
  for (const auto* path : {"/v1/queues", "/v1/jobs", "/v1/jobs/1", "/v1/workers", "/v1/nodes",
                           "/v1/live", "/v1/events", "/v1/collections", "/openapi.json",
                           "/v1/collections/notes/records", "/v1/collections/notes/changes"}) {
    CAPTURE(path);
    const auto refused = node.get(path);
    CHECK(refused.status == 401);
    CHECK(refused.has("WWW-Authenticate: Bearer"));
    CHECK(refused.has("\"code\":\"unauthenticated\""));
  }
  CHECK(node.get("/livez").status == 200);
  CHECK(node.get("/v1/session").has(R"("auth":true,"authenticated":false)"));
  CHECK(node.get("/v1/queues", "troupe_" + std::string(55, 'a')).status == 401);
  CHECK(node.get("/v1/queues", "nonsense").status == 401);
}

TEST_CASE("S2 a token opens what its scopes name, at once, and nothing else") {
  guarded_node node;
  const auto mail = node.make_token("mail", {"jobs:enqueue:mail"});
  CHECK(node.post("/v1/queues/mail/jobs", mail, R"({"payload":"a"})").status == 201);
  const auto refused = node.post("/v1/queues/other/jobs", mail, R"({"payload":"a"})");
  CHECK(refused.status == 403);
  CHECK(refused.has("jobs:enqueue:other"));
  CHECK(node.get("/v1/jobs", mail).status == 403);
  CHECK(node.post("/v1/jobs/1:cancel", mail, "").status == 403);
  CHECK(node.post("/v1/queues/mail:redrive", mail, "").status == 403);
  CHECK(node.post("/v1/queues/%6dail/jobs", mail, R"({"payload":"a"})").status == 201);
  CHECK(node.post("/v1/queues/mail%2f..%2fother/jobs", mail, R"({"payload":"a"})").status == 403);

  const auto reader = node.make_token("reader", {"records:read:notes", "jobs:read"});
  CHECK(node.get("/v1/collections/notes/records", reader).status == 200);
  CHECK(node.post("/v1/collections/notes/records", reader, "{}").status == 403);
  CHECK(node.get("/v1/jobs", reader).status == 200);

  const auto boss = node.make_token("boss", {"admin"});
  CHECK(node.post("/v1/collections/notes/records", boss, "{}").status == 201);
  CHECK(node.get("/openapi.json", boss).status == 200);
  CHECK(node.token({"create", "boss", "--scope", "admin"}).status == 1); // the name is taken
  CHECK(node.token({"create", "x", "--scope", "everything"}).status == 2);
}

namespace {

std::string id_in(const answer& created) {
  return json::parse(created.text.substr(created.text.find("\r\n\r\n")))["ids"][0];
}

} // namespace

TEST_CASE("S-18 a token of one queue sees its jobs to their end and no others") {
  guarded_node node;
  const auto mine = node.make_token("mine", {"jobs:enqueue:mail", "jobs:read:mail"});
  const auto blind = node.make_token("blind", {"jobs:enqueue:mail"});
  const auto boss = node.make_token("boss", {"admin"});
  const auto job = id_in(node.post("/v1/queues/mail/jobs", mine, R"({"payload":"needle"})"));
  const auto other = id_in(node.post("/v1/queues/other/jobs", boss, R"({"payload":"needle"})"));

  CHECK(node.get("/v1/jobs/" + job, mine).has("needle"));
  CHECK(node.get("/v1/jobs/" + job + "/result", mine).status == 202);
  CHECK(node.get("/v1/jobs/" + job, blind).status == 403);
  for (const auto* path : {"", "/result", "/result?wait=60"}) { // which is longer than curl waits
    const auto hidden = node.get("/v1/jobs/" + other + path, mine);
    CHECK(hidden.status == 404);
    CHECK(hidden.has("unknown_job"));
  }
  for (const auto* list : {"/v1/jobs", "/v1/jobs?text=needle", "/v1/jobs?state=ready"}) {
    const auto seen = node.get(list, mine);
    CHECK(seen.has("\"" + job + "\""));
    CHECK_FALSE(seen.has("\"" + other + "\""));
  }
  CHECK(node.get("/v1/jobs?queue=mail", mine).status == 200);
  const auto refused = node.get("/v1/jobs?queue=other", mine);
  CHECK(refused.status == 403);
  CHECK(refused.has("jobs:read:other"));
  const auto queues = node.get("/v1/queues", mine);
  CHECK(queues.has("\"mail\""));
  CHECK_FALSE(queues.has("\"other\""));
  CHECK(node.post("/v1/jobs/" + job + ":cancel", mine, "").status == 403);

  const auto told = node.folder() / "told";
  program watcher{node.curl("/v1/events", {"-N", "-H", "Authorization: Bearer " + mine}), told,
                  told};
  REQUIRE(
    node.eventually([&] { return read_file(told).find("event: ready") != std::string::npos; }));
  CHECK(node.post("/v1/jobs/" + other + ":cancel", boss, "").status == 204);
  CHECK(node.post("/v1/jobs/" + job + ":cancel", boss, "").status == 204);
  CHECK(node.eventually(
    [&] { return read_file(told).find("\"job\":\"" + job + "\"") != std::string::npos; }));
  CHECK(read_file(told).find("\"" + other + "\"") == std::string::npos);
  watcher.signal(SIGTERM);
  watcher.wait(patience);
  CHECK(node.get("/v1/jobs/" + job + "/result?wait=60", mine).has("\"cancelled\""));
}

TEST_CASE("P-4 who changes something leaves one line in the log, by HTTP and by command line") {
  guarded_node node;
  const auto boss = node.make_token("boss", {"admin"});
  const auto weak = node.make_token("weak", {"jobs:enqueue:mail"});
  for (int i = 0; i < 3; ++i)
    node.post("/v1/queues/mail/jobs", weak, R"({"payload":"secret"})");
  CHECK(node.post("/v1/queues/mail:purge", weak, "").status == 403);
  CHECK(node.post("/v1/queues/mail:purge", boss, "").status == 200);
  CHECK(node.post("/v1/queues/nothing:pause", boss, "").status == 404);
  REQUIRE(node.token({"revoke", "weak"}).status == 0);
  CHECK(node.token({"revoke", "weak"}).status == 1);
  REQUIRE(node.command({"queues", "pause", "mail"}).status == 0);
  node.stop();

  const auto log = node.log();
  const auto count = [&log](const std::string& text) {
    std::size_t found = 0;
    for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1))
      ++found;
    return found;
  };
  CHECK(count("audit: token 'weak' at 127.0.0.1: purge_queue /v1/queues/mail:purge: 403 forbidden")
        == 1);
  CHECK(count("audit: token 'boss' at 127.0.0.1: purge_queue /v1/queues/mail:purge: 200 "
              "{\"cancelled\":3,\"left\":0")
        == 1);
  CHECK(count("pause_queue /v1/queues/nothing:pause: 404 unknown_queue") == 1);
  CHECK(count("create token boss with admin: done") == 1);
  CHECK(count("revoke token weak: done") == 1);
  CHECK(count("revoke token weak: unknown_token") == 1);
  CHECK(count("by command line: pause queue mail: done") == 1);
  CHECK(count("audit: ") == 8); // enqueued jobs leave none
  CHECK(count("secret") == 0);
}

TEST_CASE("P-4 a start and a stop in order log no warning") {
  temporary_folder folder;
  const reserved_port port, web;
  std::ofstream{folder.path() / "cluster.toml"}
    << fmt::format(R"(
[storage]
path = "{0}/db"
[nodes.single]
roles = ["control", "worker", "service", "gateway"]
address = "127.0.0.1:{1}"
http = "127.0.0.1:{2}"
[queues.mail]
handler = "echo"
[handlers.echo]
exec = ["cat"]
[collections.notes]
)",
                   folder.path().string(), port.number(), web.number());
  program up{{built_program("troupe"), "up", (folder.path() / "cluster.toml").string()},
             folder.path() / "out",
             folder.path() / "err"};
  const auto said = [&] {
    auto text = read_file(folder.path() / "out") + read_file(folder.path() / "err");
    const auto logs = folder.path() / "log";
    if (std::filesystem::exists(logs))
      for (const auto& x : std::filesystem::directory_iterator{logs})
        text += read_file(x.path());
    return text;
  };
  const auto until = std::chrono::steady_clock::now() + patience;
  while (said().find("ready: ") == std::string::npos && std::chrono::steady_clock::now() < until)
    folder.wait_for_change(50ms);
  INFO(said());
  CHECK(said().find("ready: ") != std::string::npos);
  up.signal(SIGTERM);
  CHECK(up.wait(patience) == 0);
  for (const auto* level : {"warn", " error ", "critical"})
    CHECK(said().find(level) == std::string::npos);
}

TEST_CASE("S2 a token that was revoked or has expired is void within seconds") {
  guarded_node node;
  const auto revoked = node.make_token("revoked", {"jobs:read"});
  const auto brief = node.make_token("brief", {"jobs:read"}, "10s");
  CHECK(node.get("/v1/jobs", revoked).status == 200);
  CHECK(node.get("/v1/jobs", brief).status == 200);
  CHECK(node.get("/v1/session", brief).has(R"("authenticated":true,"name":"brief")"));

  REQUIRE(node.token({"revoke", "revoked"}).status == 0);
  CHECK(node.eventually([&] { return node.get("/v1/jobs", revoked).status == 401; }));
  CHECK(node.eventually([&] { return node.get("/v1/jobs", brief).status == 401; }));

  const auto list = node.token({"list"});
  CHECK(list.output.find("brief") != std::string::npos);
  CHECK(list.output.find("revoked") == std::string::npos);
  CHECK(list.output.find("troupe_") == std::string::npos);
}

TEST_CASE("S2 a stream ends when its token is revoked and is told why") {
  guarded_node node;
  const auto token = node.make_token("watcher", {"cluster:read"});
  const auto told = node.folder() / "told";
  program watcher{node.curl("/v1/live", {"-N", "-H", "Authorization: Bearer " + token}), told,
                  told};
  REQUIRE(
    node.eventually([&] { return read_file(told).find("event: overview") != std::string::npos; }));

  REQUIRE(node.token({"revoke", "watcher"}).status == 0);

  CHECK(watcher.wait(patience) == 0);
  CHECK(read_file(told).find("event: end\ndata: {\"code\":\"unauthenticated\"")
        != std::string::npos);
}

TEST_CASE("tokens outlive the node, and their text is nowhere in its database") {
  guarded_node node;
  const auto token = node.make_token("reader", {"jobs:read"});
  node.stop();
  for (const auto& entry : std::filesystem::directory_iterator{node.folder()})
    CHECK(read_file(entry).find(token) == std::string::npos);
  node.start();
  CHECK(node.get("/v1/jobs", token).status == 200);
}

TEST_CASE("S2 a browser's session is not its token and ends when its reader signs out") {
  guarded_node node;
  const auto token = node.make_token("page", {"jobs:read"});
  const auto jar = (node.folder() / "cookies").string();
  const auto kept = (node.folder() / "kept").string();
  const auto begun
    = node.ask("/v1/session", {"-X", "POST", "-c", jar, "-H", "Authorization: Bearer " + token});
  CHECK(begun.status == 200);
  CHECK(begun.has("Set-Cookie: __Host-troupe_session="));
  CHECK(begun.has("Path=/; HttpOnly; SameSite=Strict; Secure"));
  CHECK_FALSE(begun.has(token.substr(7)));
  CHECK(node.ask("/v1/jobs", {"-b", jar}).status == 200);
  std::filesystem::copy_file(jar, kept);

  node.stop();
  node.start();
  CHECK(node.ask("/v1/jobs", {"-b", jar}).status == 200);
  CHECK(node.token({"list"}).output.find("session") == std::string::npos);

  CHECK(node.ask("/v1/session", {"-X", "DELETE", "-b", jar, "-c", jar}).status == 204);
  CHECK(node.ask("/v1/jobs", {"-b", jar}).status == 401);
  // Whoever has copied the cookie has nothing.
  CHECK(node.eventually([&] { return node.ask("/v1/jobs", {"-b", kept}).status == 401; }));
}

TEST_CASE("S2 a session ends with its token") {
  guarded_node node;
  const auto token = node.make_token("page", {"jobs:read"});
  const auto jar = (node.folder() / "cookies").string();
  node.ask("/v1/session", {"-X", "POST", "-c", jar, "-H", "Authorization: Bearer " + token});
  CHECK(node.ask("/v1/jobs", {"-b", jar}).status == 200);
  REQUIRE(node.token({"revoke", "page"}).status == 0);
  CHECK(node.eventually([&] { return node.ask("/v1/jobs", {"-b", jar}).status == 401; }));
}

TEST_CASE("S-7 who has all streams that a token may have gets no more and others get theirs") {
  guarded_node node{"streams_max = 2\nwaits_max = 1"};
  const auto greedy = node.make_token("greedy", {"cluster:read", "jobs:read", "jobs:work:mail"});
  const auto modest = node.make_token("modest", {"cluster:read", "jobs:work:mail"});
  std::vector<std::unique_ptr<program>> held;
  const auto hold
    = [&](const std::string& name, const std::string& path, std::vector<std::string> options) {
        const auto told = node.folder() / name;
        options.insert(options.end(), {"-N", "-H", "Authorization: Bearer " + greedy});
        held.push_back(std::make_unique<program>(node.curl(path, options), told, told));
        return told;
      };
  for (const auto* name : {"one", "two"}) {
    const auto told = hold(name, "/v1/live", {});
    REQUIRE(node.eventually([&] { return read_file(told).find(": hello") != std::string::npos; }));
  }
  const auto refused = node.get("/v1/events", greedy);
  CHECK(refused.status == 429);
  CHECK(refused.has("Retry-After: 1"));
  CHECK(node.ask("/v1/live", {"--max-time", "1", "-H", "Authorization: Bearer " + modest}).status
        == 200);

  const auto lease = [&](const std::string& token, int wait) {
    return node.post("/v1/queues/mail/leases", token,
                     fmt::format(R"({{"worker":"w","wait":{}}})", wait));
  };
  const std::string body = R"({"worker":"holder","wait":30})";
  hold("three", "/v1/queues/mail/leases", {"-H", "Content-Type: application/json", "-d", body});
  REQUIRE(node.eventually([&] { return node.get("/v1/workers", greedy).has("holder"); }));
  CHECK(lease(greedy, 1).status == 429);
  CHECK(lease(greedy, 0).status == 200); // which does not wait
  CHECK(lease(modest, 1).status == 200);

  held[0]->signal(SIGTERM);
  held[0]->wait(patience);
  CHECK(node.eventually([&] {
    return node.ask("/v1/events", {"--max-time", "1", "-H", "Authorization: Bearer " + greedy})
             .status
           == 200;
  }));
  for (auto& x : held)
    x->signal(SIGTERM);
  for (auto& x : held)
    x->wait(patience);
}

TEST_CASE("each token has its rate") {
  constexpr std::size_t requests = 100;
  guarded_node node{"rate = 1\nburst = 3"};
  const auto eager = node.make_token("eager", {"jobs:read"});
  const auto other = node.make_token("other", {"jobs:read"});
  const auto begun = std::chrono::steady_clock::now();
  CHECK(node.get("/v1/jobs", eager).has("RateLimit-Policy: \"token\";q=3;w=3"));

  // By one curl, over one connection: far more than come to be allowed meanwhile.
  const auto all = node.get(fmt::format("/v1/jobs#[1-{}]", requests), eager);

  const auto passed = std::chrono::steady_clock::now() - begun;
  const auto served = all.count("HTTP/1.1 200"), refused = all.count("HTTP/1.1 429");
  CHECK(served + refused == requests);
  CHECK(served + 1
        <= 3 + static_cast<std::size_t>(std::chrono::ceil<std::chrono::seconds>(passed).count()));
  REQUIRE(refused > 0);
  CHECK(all.count("Retry-After: 1") == refused);
  CHECK(all.count("\"code\":\"rate_limited\"") == refused);
  CHECK(node.get("/v1/jobs", other).status == 200);
}

TEST_CASE("a certificate that was replaced is used by new connections") {
  guarded_node node;
  const auto other = node.folder() / "other";
  REQUIRE(make_authority(other, "test"));
  REQUIRE(make_certificate(other, "gate"));
  for (const auto* name : {"gate.key", "gate.pem", "ca.pem"})
    std::filesystem::copy_file(other / name, node.folder() / name,
                               std::filesystem::copy_options::overwrite_existing);
  CHECK(node.eventually([&] { return node.get("/livez").status == 200; }));
  INFO(node.log());
  CHECK(node.log().find("the new files of HTTPS are in use") != std::string::npos);
}

} // namespace http_auth_test
