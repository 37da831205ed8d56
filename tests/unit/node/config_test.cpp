// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "messages/limits.hpp"
#include "node/config.hpp"
#include "node/settings_reader.hpp"
#include "tests/unit/node/config_samples.hpp"

namespace config_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

const std::string folder = shipped_config({});

/// A configuration with nothing wrong: seven lines, so that what a test adds begins at line 8.
const std::string sound = "[nodes.a]\n"
                          "roles = [\"control\", \"worker\"]\n"
                          "address = \"127.0.0.1:7411\"\n"
                          "[handlers.echo]\n"
                          "exec = [\"cat\"]\n"
                          "[queues.mail]\n"
                          "handler = \"echo\"\n";

std::string problems_after(const std::string& addition) {
  return config_problems(sound + addition);
}

const std::vector<config_mistake> mistakes{
  {"weigth = 2",
   "t.toml:8: key 'queues.mail.weigth' is unknown; did you mean 'weight'? expected "
   "one of handler, dead_letter, weight, max_attempts, max_losses, max_deliveries, backoff, "
   "run_timeout, progress_timeout, depth_max, payload_max, result_max, retention"},
  {"[log]\ncolour = true",
   "t.toml:9: key 'log.colour' is unknown; expected one of level, format, audit"},
  {"[queues.mail.dead]", "t.toml:8: key 'queues.mail.dead' is unknown; a name with a dot needs "
                         "quotes (\"default.dead\"); expected one of handler, dead_letter, "
                         "weight, max_attempts, max_losses, max_deliveries, backoff, run_timeout, "
                         "progress_timeout, depth_max, payload_max, result_max, retention"},
  {"weight = \"2\"", "t.toml:8: key 'queues.mail.weight' is a text; expected a whole number"},
  {"weight = 1001", "t.toml:8: key 'queues.mail.weight': 1001 is out of range; expected 1 to 1000"},
  {"weight = -1", "t.toml:8: key 'queues.mail.weight': -1 is out of range; expected 1 to 1000"},
  {"run_timeout = 8", "t.toml:8: key 'queues.mail.run_timeout' is a whole number; expected a "
                      "duration with its unit in quotes, such as \"8s\""},
  {"run_timeout = \"8 sec\"",
   "t.toml:8: key 'queues.mail.run_timeout': \"8 sec\" is no duration; expected a number and a "
   "unit, such as \"250ms\", \"8s\", \"30m\", \"24h\" or \"7d\""},
  {"run_timeout = \"31d\"", "t.toml:8: key 'queues.mail.run_timeout': 31d is out of range; "
                            "expected 1ms to 30d"},
  {"payload_max = \"1 kb\"", "t.toml:8: key 'queues.mail.payload_max': \"1 kb\" is no size; "
                             "expected bytes, or a number and "
                             "a unit, such as \"512 B\", \"256 KiB\" or \"1 MiB\""},
  {"payload_max = \"2 MiB\"", "t.toml:8: key 'queues.mail.payload_max': 2 MiB is out of range; "
                              "expected 1 B to 1 MiB"},
  {"payload_max = -1",
   "t.toml:8: key 'queues.mail.payload_max': -1 is out of range; expected 1 B to 1 MiB"},
  {"payload_max = true", "t.toml:8: key 'queues.mail.payload_max' is true or false; expected a "
                         "size, such as \"256 KiB\" or a number of bytes"},
  {"backoff = {factor = 0.5}", "t.toml:8: key 'queues.mail.backoff.factor': 0.5 is out of range; "
                               "expected 1 to 100"},
  {"backoff = {factor = nan}", "t.toml:8: key 'queues.mail.backoff.factor': nan is out of range; "
                               "expected 1 to 100"},
  {"backoff = {base = \"5s\", max = \"1s\"}", "t.toml:8: key 'queues.mail.backoff.max': 1s is "
                                              "shorter than base; expected 5s or more"},
  {"backoff = \"1s\"", "t.toml:8: key 'queues.mail.backoff' is a text; expected a table"},
  {"dead_letter = \"mail\"", "t.toml:8: key 'queues.mail.dead_letter': 'mail' leads back to a "
                             "queue before it; expected one where dead jobs rest"},
  {"dead_letter = \"No!\"",
   "t.toml:8: key 'queues.mail.dead_letter': \"No!\" is no name; expected 1 to 80 small letters, "
   "digits, '_', '.' or '-', or \"\" for none"},
  {"[queues.'..']", "t.toml:8: name 'queues...' is not usable; expected 1 to 80 small letters, "
                    "digits, '_', '.' or '-', not dots alone"},
  {"[queues.Post]", "t.toml:8: name 'queues.Post' is not usable; expected 1 to 80 small letters, "
                    "digits, '_', '.' or '-'"},
  {"[queues.post]\nhandler = \"ech\"",
   "t.toml:9: key 'queues.post.handler': handler 'ech' is unknown; declared are echo"},
  {"progress_timeout = \"1s\"",
   "t.toml:8: key 'queues.mail.progress_timeout': handler 'echo' is a program, which cannot report "
   "progress; leave the key out, or bound its time with run_timeout"},
  {"[handlers.two]\nexec = [\"cat\"]\nenvironment = [\"A=b\", \"2=3\"]",
   "t.toml:10: key 'handlers.two.environment': \"2=3\" is no variable; expected \"NAME=value\", or "
   "\"NAME\" to pass the node's on"},
  {"[handlers.two]\nexec = [\"cat\"]\nlimits = {mem = 1}",
   "t.toml:10: key 'handlers.two.limits.mem' is unknown; expected one of memory, file_size, files, "
   "cpu_time"},
  {"[handlers.two]", "t.toml:8: handler 'two' runs nothing; expected exec = [\"program\", "
                     "\"argument\"], or compiled = true when the program that runs the nodes "
                     "brings it"},
  {"[handlers.two]\nexec = [\"cat\"]\ncompiled = true",
   "t.toml:10: handler 'two' has both exec and compiled = true; expected one"},
  {"[handlers.two]\nexec = \"cat\"", "t.toml:9: key 'handlers.two.exec' is a text; expected a "
                                     "list of texts, such as [\"a\", \"b\"]\n"
                                     "t.toml:9: handler 'two' runs nothing; expected exec = "
                                     "[\"program\", \"argument\"], or compiled = true when the "
                                     "program that runs the nodes brings it"},
  {"[nodes.b]\nroles = [\"work\"]",
   "t.toml:9: key 'nodes.b.roles': \"work\" is unknown; did you "
   "mean \"worker\"? expected one of control, worker, service, gateway"},
  {"[nodes.b]", "t.toml:8: node 'b' has no role; expected roles = [\"control\"], [\"worker\"], "
                "[\"service\"], [\"gateway\"] or several of them"},
  {"[nodes.b]\nroles = [\"worker\"]\naddress = \"127.0.0.1:7411\"",
   "t.toml:10: key 'nodes.b.address': 127.0.0.1:7411 is node 'a' already; expected another port"},
  {"[nodes.b]\nroles = [\"worker\"]\naddress = \"localhost\"",
   "t.toml:10: key 'nodes.b.address': \"localhost\" is no address; expected host:port, such as "
   "\"127.0.0.1:7411\""},
  {"[nodes.b]\nroles = [\"worker\"]\naddress = \"0.0.0.0:7412\"",
   "t.toml:10: key 'nodes.b.address': nothing listens beyond loopback without TLS; make "
   "certificates with `troupe cert init` and `troupe cert add`, and name their folder in [tls], or "
   "bind to 127.0.0.1"},
  {"[nodes.b]\nroles = [\"gateway\"]\nhttp = \"0.0.0.0:80\"",
   "t.toml:10: key 'nodes.b.http': nothing is served beyond loopback without TLS; name the files "
   "of a certificate, http_certificate and http_key (`troupe cert init` and `troupe cert add` make "
   "some), or bind to 127.0.0.1"},
  {"[nodes.b]\nroles = [\"gateway\"]\nhttp = \"0.0.0.0:80\"\nhttp_certificate = \"a\"\n"
   "http_key = \"b\"\n[http]\nauth = false",
   "t.toml:14: key 'http.auth': node 'b' serves HTTP beyond loopback, where everybody may call; "
   "leave the key out, make tokens with `troupe token create`, or bind to 127.0.0.1"},
  {"[nodes.b]\nroles = [\"gateway\"]\nhttp = \"127.0.0.1:80\"\nhttp_key = \"b\"",
   "t.toml:11: node 'b' names only one of http_certificate and http_key; expected both, or none"},
  {"[http]\nbody_max = \"1 GiB\"", "t.toml:9: key 'http.body_max': 1 GiB is out of range; "
                                   "expected 1 KiB to 64 MiB"},
  {"[nodes.b]\nroles = [\"control\"]\naddress = \"127.0.0.1:1\"",
   "t.toml:9: node 'a' has the role control already; an sqlite database serves one control node"},
  {"[nodes.b]\nroles = [\"worker\"]\nqueues = [\"post\"]",
   "t.toml:10: key 'nodes.b.queues': queue 'post' is unknown; declared are mail"},
  {"[queues.rest]\n[nodes.b]\nroles = [\"worker\"]\nqueues = [\"rest\"]",
   "t.toml:11: key 'nodes.b.queues': queue 'rest' has no handler, so no worker can run its jobs"},
  {"[cluster]\nlease_timeout = \"3s\"",
   "t.toml:9: key 'cluster.lease_timeout': 3s is too short for a heartbeat every 2s; expected 4s "
   "or more, twice heartbeat_interval"},
  {"[cluster]\nname = \"My cluster\"",
   "t.toml:9: key 'cluster.name': \"My cluster\" is no name; expected 1 to 80 small letters, "
   "digits, '_', '.' or '-'"},
  {"[storage]\nengine = \"postgres\"",
   "t.toml:9: key 'storage.engine': \"postgres\" is unknown; expected one of sqlite"},
  {"[storage]\npath = \"\"", "t.toml:9: key 'storage.path' is empty; expected the database's "
                             "file, such as \"./var/troupe.db\""},
  {"[nodse.b]", "t.toml:8: key 'nodse' is unknown; did you mean 'nodes'? expected one of "
                "cluster, storage, tls, http, log, nodes, handlers, queues, collections"},
};

} // namespace

TEST_CASE("every configuration that comes with the program loads") {
  auto file
    = GENERATE(as<std::string>{}, "single.toml", "photos.toml", "album.toml", "reference.toml");
  CHECK(must_load(file).file == folder + file);
}

TEST_CASE("single.toml is one node that runs a queue through a program") {
  auto config = must_load("single.toml");

  REQUIRE(config.nodes.size() == 1);
  CHECK(config.nodes.front().has_role("control"));
  CHECK(config.nodes.front().has_role("worker"));
  CHECK(config.nodes.front().has_role("service"));
  CHECK(config.seeds() == std::vector<std::string>{"127.0.0.1:7411"});
  CHECK(config.find_queue("default")->handler == "echo");
  CHECK(config.find_handler("echo")->exec == std::vector<std::string>{"cat"});
}

TEST_CASE("photos.toml is one control node and three workers with a handler of the program") {
  auto config = must_load("photos.toml");

  REQUIRE(config.nodes.size() == 4);
  CHECK(config.nodes.front().name == "control");
  CHECK(config.nodes.back().name == "worker-3");
  CHECK(config.seeds().size() == 1);
  CHECK(config.find_handler("thumbnail")->exec.empty());
}

TEST_CASE("reference.toml says the defaults") {
  auto config = must_load("reference.toml");

  auto& cluster = config.cluster;
  CHECK(cluster.name == cluster_settings{}.name);
  CHECK(cluster.heartbeat_interval == cluster_settings{}.heartbeat_interval);
  CHECK(cluster.lease_timeout == cluster_settings{}.lease_timeout);
  CHECK(cluster.reconnect_grace == cluster_settings{}.reconnect_grace);
  CHECK(cluster.request_timeout == cluster_settings{}.request_timeout);
  CHECK(cluster.shard_lease == cluster_settings{}.shard_lease);
  CHECK(config.storage.engine == storage_settings{}.engine);
  CHECK(config.storage.path == storage_settings{}.path);
  CHECK(config.storage.readers == storage_settings{}.readers);
  CHECK(config.log.level == log_settings{}.level);

  auto& node = config.nodes.front();
  CHECK(node.slots == node_settings{}.slots);
  CHECK(node.prefetch == node_settings{}.prefetch);
  CHECK(node.queues == node_settings{}.queues);
  CHECK(node.drain_grace == node_settings{}.drain_grace);
  CHECK(node.cancel_grace == node_settings{}.cancel_grace);
  CHECK(node.caches == node_settings{}.caches);
  CHECK(node.services == node_settings{}.services);

  auto& handler = *config.find_handler("echo");
  CHECK(handler.directory == handler_settings{}.directory);
  CHECK(handler.output_max == handler_settings{}.output_max);
  CHECK(handler.error_max == handler_settings{}.error_max);
}

TEST_CASE("S2 callers of HTTP need tokens beyond loopback, and elsewhere if the file says so") {
  auto needs_tokens = [](const std::string& address, const std::string& more) {
    auto config = parse_config(sound + "[nodes.b]\nroles = [\"gateway\"]\nhttp = \"" + address
                                 + "\"\nhttp_certificate = \"a\"\nhttp_key = \"b\"\n" + more,
                               "t.toml");
    REQUIRE(config);
    return config->needs_tokens(*config->find_node("b"));
  };
  CHECK(needs_tokens("0.0.0.0:8443", ""));
  CHECK(needs_tokens("[::]:8443", ""));
  CHECK(needs_tokens("example.org:8443", ""));
  CHECK(needs_tokens("127.evil.example:8443", ""));
  CHECK_FALSE(needs_tokens("127.0.0.1:8443", ""));
  CHECK_FALSE(needs_tokens("[::1]:8443", ""));
  CHECK(needs_tokens("127.0.0.1:8443", "[http]\nauth = true\n"));
  CHECK_FALSE(needs_tokens("127.0.0.1:8443", "[http]\nauth = false\n"));
}

TEST_CASE("the names of gateways are left out, none, or some") {
  auto hosts = [](const std::string& http) {
    auto config = parse_config(sound + http, "t.toml");
    REQUIRE(config);
    return config->http.hosts;
  };
  CHECK_FALSE(hosts(""));
  CHECK(hosts("[http]\nhosts = []\n") == std::vector<std::string>{});
  CHECK(hosts("[http]\nhosts = [\"troupe.example\"]\n")
        == std::vector<std::string>{"troupe.example"});
}

TEST_CASE("S1 an origin is one site by name, never all of them") {
  const auto origin = GENERATE(as<std::string>{}, "*", "https://*", "https://a.example/",
                               "a.example", "ftp://a.example", "https://", "https://A.example");
  CAPTURE(origin);
  CHECK(problems_after("[http]\norigins = [\"" + origin + "\"]\n").find("http.origins")
        != std::string::npos);
}

TEST_CASE("reference.toml says the defaults of a queue") {
  auto config = must_load("reference.toml");

  auto& queue = *config.find_queue("default");
  CHECK(queue.weight == queue_settings{}.weight);
  CHECK(queue.max_attempts == queue_settings{}.max_attempts);
  CHECK(queue.max_losses == queue_settings{}.max_losses);
  CHECK(queue.backoff.base == backoff_settings{}.base);
  CHECK(queue.backoff.factor == backoff_settings{}.factor);
  CHECK(queue.backoff.max == backoff_settings{}.max);
  CHECK(queue.run_timeout == queue_settings{}.run_timeout);
  CHECK(queue.progress_timeout == queue_settings{}.progress_timeout);
  CHECK(queue.depth_max == queue_settings{}.depth_max);
  CHECK(queue.payload_max == queue_settings{}.payload_max);
  CHECK(queue.result_max == queue_settings{}.result_max);
  CHECK(queue.retention == queue_settings{}.retention);
}

TEST_CASE("a queue without settings of its own has the defaults") {
  auto config = parse_config(sound, "t.toml");

  REQUIRE(config);
  auto& queue = *config->find_queue("mail");
  CHECK(queue.max_attempts == queue_settings{}.max_attempts);
  CHECK(queue.retention == queue_settings{}.retention);
  CHECK(config->find_node("a")->drain_grace == node_settings{}.drain_grace);
  CHECK(config->file.empty());
}

TEST_CASE("every known key is in reference.toml") {
  // A problem lists the keys that would have been right: so this asks the loader what it knows.
  auto section = GENERATE(as<std::string>{}, "cluster", "storage", "tls", "http", "log", "nodes.b",
                          "queues.b", "queues.b.backoff", "handlers.b", "collections.b");
  auto text = config_problems("[" + section + "]\nzzzzzzzzzz = 1\n");
  auto line = text.substr(text.find("zzzzzzzzzz' is unknown; "));
  line = line.substr(0, line.find('\n'));
  auto keys = line.substr(line.find("one of ") + 7) + ", ";
  std::ifstream file{folder + "reference.toml"};
  std::string reference{std::istreambuf_iterator<char>{file}, {}};

  auto count = 0;
  for (std::size_t end; (end = keys.find(", ")) != std::string::npos; keys.erase(0, end + 2)) {
    auto key = keys.substr(0, end);
    INFO(section << " " << key);
    // In a comment, if the default is to leave it out.
    CHECK((reference.find("\n" + key + " = ") != std::string::npos
           || reference.find("\n# " + key + " = ") != std::string::npos
           || reference.find("." + key + "]") != std::string::npos));
    ++count;
  }
  CHECK(count >= 1);
}

TEST_CASE("what a program may have and use is read") {
  auto config = parse_config(sound
                               + "[handlers.two]\nexec = [\"cat\"]\n"
                                 "environment = [\"MODE=a=b\", \"API_KEY\", \"EMPTY=\"]\n"
                                 "user = \"nobody\"\n"
                                 "limits = {memory = \"1 GiB\", file_size = 1000, files = 64, "
                                 "cpu_time = \"5m\"}\n",
                             "t.toml");

  REQUIRE(config);
  auto& handler = *config->find_handler("two");
  CHECK(handler.environment == std::vector<std::string>{"MODE=a=b", "API_KEY", "EMPTY="});
  CHECK(handler.user == "nobody");
  CHECK(handler.limits.memory == 1024ULL * 1024 * 1024);
  CHECK(handler.limits.file_size == 1000);
  CHECK(handler.limits.files == 64);
  CHECK(handler.limits.cpu_time == 5min);
}

TEST_CASE("a compiled handler may have to report progress") {
  auto config = parse_config(sound
                               + "[handlers.own]\ncompiled = true\n[queues.own]\n"
                                 "handler = \"own\"\nprogress_timeout = \"250ms\"\n",
                             "t.toml");
  REQUIRE(config);
  CHECK(config->find_queue("own")->progress_timeout == 250ms);
}

TEST_CASE("settings are read with their units") {
  auto config = parse_config(sound
                               + "retention = \"7d\"\nrun_timeout = \"1.5s\"\n"
                                 "max_deliveries = 7\npayload_max = 1000\n"
                                 "result_max = \"1 MiB\"\nbackoff = {base = \"2s\", factor = 1.5}\n"
                                 "[log]\nlevel = \"debug\"\n",
                             "t.toml");

  REQUIRE(config);
  auto& queue = *config->find_queue("mail");
  CHECK(queue.retention == 7 * 24h);
  CHECK(queue.run_timeout == 1500ms);
  CHECK(queue.max_deliveries == 7);
  CHECK(queue.payload_max == 1000);
  CHECK(queue.result_max == 1024 * 1024);
  CHECK(queue.backoff.base == 2s);
  CHECK(queue.backoff.factor == 1.5);
  CHECK(queue.backoff.max == backoff_settings{}.max);
  CHECK(config->log.level == "debug");
}

TEST_CASE("a queue with a handler gets a dead-letter queue that takes what it takes") {
  auto config = parse_config(sound + "payload_max = \"1 MiB\"\n", "t.toml");

  REQUIRE(config);
  CHECK(config->find_queue("mail")->dead_letter == "mail.dead");
  auto dead = config->find_queue("mail.dead");
  REQUIRE(dead);
  CHECK(dead->handler.empty());
  CHECK(dead->dead_letter.empty());
  CHECK(dead->payload_max == 1024 * 1024);
}

TEST_CASE("a dead-letter queue is turned off by an empty name") {
  auto config = parse_config(sound + "dead_letter = \"\"\n", "t.toml");

  REQUIRE(config);
  CHECK(config->queues.size() == 1);
}

TEST_CASE("a declared dead-letter queue keeps its settings") {
  auto config
    = parse_config(sound + "dead_letter = \"lost\"\n[queues.lost]\nretention = \"1h\"\n", "t.toml");

  REQUIRE(config);
  CHECK(config->queues.size() == 2);
  CHECK(config->find_queue("lost")->retention == 1h);
}

TEST_CASE("nodes keep the order of the file, queues are in the order of their names") {
  auto config = parse_config(sound
                               + "[nodes.z]\nroles = [\"worker\"]\n[nodes.b]\n"
                                 "roles = [\"worker\"]\n[queues.a]\n",
                             "t.toml");

  REQUIRE(config);
  REQUIRE(config->nodes.size() == 3);
  CHECK(config->nodes[1].name == "z");
  CHECK(config->nodes[2].name == "b");
  CHECK(config->queues.front().name == "a");
}

TEST_CASE("each mistake is named with its place and what was expected") {
  auto x = GENERATE(from_range(mistakes));

  CHECK(problems_after(x.addition + "\n") == x.text);
}

TEST_CASE("a configuration without a control node is refused") {
  CHECK(config_problems("")
        == "t.toml:1: no node has the role control; expected one, such as "
           "[nodes.control] with roles = [\"control\"] and address = "
           "\"127.0.0.1:7411\"");
  CHECK(config_problems("[nodes.a]\nroles = [\"control\"]\n")
        == "t.toml:1: node 'a' has the role control and no address; expected one that the others "
           "reach it by, such as address = \"127.0.0.1:7411\"");
}

TEST_CASE("all mistakes are told at once, from top to bottom") {
  auto text = problems_after("weight = 0\n[log]\nlevel = \"warm\"\n[storage]\nreaders = 99\n");

  CHECK(
    text
    == "t.toml:8: key 'queues.mail.weight': 0 is out of range; expected 1 to 1000\n"
       "t.toml:10: key 'log.level': \"warm\" is unknown; did you mean \"warn\"? expected one of "
       "trace, debug, info, warn, error, off\n"
       "t.toml:12: key 'storage.readers': 99 is out of range; expected 1 to 16");
}

TEST_CASE("a mistake of syntax is told with line and column") {
  auto text = config_problems("[nodes.a]\nroles = [\"control\"\n");

  CHECK_THAT(text, Catch::StartsWith("t.toml:2:20: not valid TOML: "));
}

TEST_CASE("a key that stands twice is a mistake of syntax") {
  CHECK_THAT(problems_after("handler = \"x\"\n"), Catch::StartsWith("t.toml:8:"));
}

TEST_CASE("a file that cannot be read is named") {
  auto missing = load_config(folder + "nothing.toml");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().text
        == folder + "nothing.toml: there is no such file; config/single.toml is one to begin with");

  auto directory = load_config(folder);
  REQUIRE_FALSE(directory);
  CHECK(directory.error().text == folder + ": is a directory; expected a TOML file");
}

TEST_CASE("an address is a host and a port") {
  auto plain = parse_endpoint("localhost:80");
  REQUIRE(plain);
  CHECK((plain->host == "localhost" && plain->port == 80));
  auto v6 = parse_endpoint("[::1]:7411");
  REQUIRE(v6);
  CHECK(v6->host == "::1");

  auto wrong = GENERATE(as<std::string>{}, "", "localhost", ":80", "localhost:", "a:b", "a:65536",
                        "a:-1", "::1:80", "a:80 ");
  CHECK_FALSE(parse_endpoint(wrong));
}

TEST_CASE("durations and sizes are written as they are read") {
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(48h) == "2d");
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(1500ms) == "1500ms");
  CHECK(format_size(256 * 1024) == "256 KiB");
  CHECK(format_size(1000) == "1000 B");
  CHECK(format_size(0) == "0 B");
  CHECK(parse_duration("0s") == 0ms);
  CHECK(parse_size("0 B") == 0u);

  auto wrong = GENERATE(as<std::string>{}, "", "s", "8", "-1s", "8 weeks", "inf s", "nans", "1e3s",
                        "99999999999999999d");
  CHECK_FALSE(parse_duration(wrong));
}

} // namespace config_test
