// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <string>

#include "actors/json_reader.hpp"
#include "actors/utf8.hpp"
#include "gateway/request_reader.hpp"
#include "tests/fuzz/served_gateway.hpp"
#include "tests/fuzz/target.hpp"

/// What comes over a connection, answered by the gateway: routes, parameters, bodies.
namespace gateway_target {

using namespace troupe;
using fuzz::require;

namespace {

// Requests of one input.
constexpr int requests_max = 4;

void check(const fuzz::given_answer& x) {
  require(x.answered, "each request is answered");
  const auto& response = x.response;
  require(response.status >= 200 && response.status < 600, "an answer has a status");
  require(response.status != 500, "no request breaks the gateway");
  constexpr std::string_view ends_a_line{"\r\n\0", 3};
  std::string type;
  for (const auto& [name, value] : response.headers) {
    require(value.find_first_of(ends_a_line) == std::string::npos, "a header is one line");
    if (name == "Content-Type")
      type = value;
  }
  if (type.find("json") == std::string::npos || response.body.empty())
    return;
  require(is_utf8(response.body), "JSON is UTF-8");
  if (type.find("ndjson") == std::string::npos)
    require(!read_own_json(response.body).is_null(), "JSON is well-formed");
  require(type != "application/problem+json" || response.status >= 400, "a problem is no success");
}

void run(std::string_view bytes) {
  request_reader reader{{}};
  for (int i = 0; i < requests_max; ++i) {
    auto progress = reader.read(bytes);
    bytes.remove_prefix(reader.taken());
    while (progress == request_reader::progress::head) {
      progress = reader.read(bytes);
      bytes.remove_prefix(reader.taken());
    }
    if (progress != request_reader::progress::done)
      return;
    reader.request().peer = "127.0.0.1";
    check(fuzz::serve(std::move(reader.request())));
    reader.start_over();
  }
}

const fuzz::known_target known{"gateway", run};

} // namespace

} // namespace gateway_target
