// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/router.hpp"

namespace router_test {

using namespace troupe;
using kind = router::found::kind;

namespace {

router make() {
  router x;
  x.add(http_method::get, "/v1/queues");
  x.add(http_method::get, "/v1/jobs/{id}");
  x.add(http_method::post, "/v1/jobs/{id}:cancel");
  x.add(http_method::get, "/v1/collections/{collection}/records/{id}");
  x.add(http_method::remove, "/v1/collections/{collection}/records/{id}");
  return x;
}

} // namespace

TEST_CASE("a router finds the route of a method and a path, and what stood for its names") {
  auto found = make().find(http_method::remove, "/v1/collections/notes/records/a%2eb");
  CHECK(found.what == kind::route);
  CHECK(found.route == 4);
  CHECK(found.values == path_values{"notes", "a.b"});
}

TEST_CASE("a verb behind an id is no part of the id") {
  auto found = make().find(http_method::post, "/v1/jobs/17:cancel");
  CHECK(found.what == kind::route);
  CHECK(found.route == 2);
  CHECK(found.values == path_values{"17"});
  CHECK(make().find(http_method::post, "/v1/jobs/:cancel").what == kind::no_method);
}

TEST_CASE("HEAD finds what GET finds") {
  CHECK(make().find(http_method::head, "/v1/queues").what == kind::route);
}

TEST_CASE("a method that a path lacks is told from a path that there is not") {
  auto found = make().find(http_method::put, "/v1/collections/notes/records/1");
  CHECK(found.what == kind::no_method);
  CHECK(allow_header(found.allowed) == "GET, HEAD, DELETE, OPTIONS");
  CHECK(make().find(http_method::get, "/v1/nothing").what == kind::no_path);
  CHECK(make().find(http_method::get, "/").what == kind::no_path);
}

TEST_CASE("S2 paths that could mean another one are refused") {
  const auto path
    = GENERATE(as<std::string>{}, "", "v1/queues", "/v1//queues", "/v1/queues//",
               "/v1/../v1/queues", "/v1/%2e%2e/queues", "/v1/./queues", "/v1/%zz", "/v1/%2");
  CAPTURE(path);
  CHECK(make().find(http_method::get, path).what == kind::malformed);
}

TEST_CASE("a path with a slash at its end is another one than that without") {
  CHECK(make().find(http_method::get, "/v1/queues/").what == kind::no_path);
}

TEST_CASE("S2 an encoded slash does not lead to another path") {
  auto found = make().find(http_method::get, "/v1/jobs/1%2F..%2Fqueues");
  CHECK(found.what == kind::route);
  CHECK(found.values == path_values{"1/../queues"});
}

TEST_CASE("the name path stands for the rest of a path, from its slash on") {
  router x;
  x.add(http_method::get, "/site/{path}");

  auto [path, value] = GENERATE(table<std::string, std::string>(
    {{"/site", ""}, {"/site/", "/"}, {"/site/a.js", "/a.js"}, {"/site/a%20b/c/", "/a b/c/"}}));

  auto found = x.find(http_method::get, path);
  CHECK(found.what == kind::route);
  CHECK(found.values == path_values{value});
  CHECK(x.find(http_method::post, path).what == kind::no_method);
}

TEST_CASE("S2 the rest of a path cannot lead out of it") {
  router x;
  x.add(http_method::get, "/site/{path}");

  const auto path = GENERATE(as<std::string>{}, "/site/../v1", "/site/a/%2e%2e/b", "/site//a",
                             "/site/a//", "/site/./a", "/site/%zz");
  CAPTURE(path);
  CHECK(x.find(http_method::get, path).what == kind::malformed);
  CHECK(x.find(http_method::get, "/sites").what == kind::no_path);
}

} // namespace router_test
