// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "actors/utf8.hpp"
#include "gateway/content_coding.hpp"
#include "tests/fuzz/target.hpp"

namespace gzip_body_target {

using namespace troupe;
using fuzz::require;

namespace {

constexpr std::size_t bytes_max = 256 * 1024;

void run(std::string_view bytes) {
  http_request request;
  request.method = http_method::post;
  request.headers["content-encoding"] = "gzip";
  request.body = bytes;
  if (const auto wrong = decode_body(request, bytes_max)) {
    require(wrong->code == errc::invalid_argument || wrong->code == errc::payload_too_large,
            "a body is refused for what it is");
    require(request.body == bytes, "a body that is refused stays what it is");
  } else {
    require(request.body.size() <= bytes_max, "a body that is taken is within its limit");
  }

  const auto coded = gzip(bytes);
  const auto decoded = gunzip(coded, bytes.size());
  require(decoded && *decoded == bytes, "what was coded is decoded as it was");
  if (!bytes.empty()) {
    const auto refused = gunzip(coded, bytes.size() - 1);
    require(!refused && refused.error().code == errc::payload_too_large,
            "a byte too much is too large");
  }
  require(!gunzip(coded + '\0', bytes.size()), "nothing may stand behind it");

  http_response response{
    200, {{"Content-Type", "text/plain"}, {"ETag", "\"1\""}}, std::string{bytes}};
  request.headers["accept-encoding"] = "gzip";
  encode_body(request, response);
  const bool is_coded = response.body != bytes;
  require(!is_coded || gunzip(response.body, bytes.size()) == std::string{bytes},
          "an answer stays what it is");
}

const fuzz::known_target known{"gzip_body", run};

} // namespace

} // namespace gzip_body_target
