// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "gateway/content_coding.hpp"
#include "gateway/cross_origin.hpp"
#include "gateway/cross_site.hpp"
#include "gateway/entity_tag.hpp"
#include "gateway/feed_position.hpp"
#include "gateway/known_hosts.hpp"
#include "gateway/loopback.hpp"
#include "gateway/media_type.hpp"
#include "gateway/text_encoding.hpp"
#include "gateway/trace_context.hpp"
#include "messages/limits.hpp"
#include "tests/fuzz/target.hpp"

/// What stands in the fields of a request's head, each for itself.
namespace http_fields_target {

using namespace troupe;
using fuzz::require;

namespace {

void check_conditions(std::string_view text) {
  if (const auto asked = parse_write_condition(text, {})) {
    const auto& condition = asked->condition;
    require((condition.kind == condition_kind::version) == (condition.version != 0),
            "a condition of a version names one");
    require(condition.kind != condition_kind::absent, "If-Match never wants that nothing is there");
    for (const auto version : asked->versions)
      require(matches_tag(text, entity_tag(version))
                || text.find(std::to_string(version)) != std::string_view::npos,
              "a version that is asked for is named");
  } else {
    require(asked.error().code == errc::invalid_argument
              || asked.error().code == errc::precondition_failed,
            "a condition is malformed, or holds never");
  }
  if (const auto asked = parse_write_condition({}, text))
    require(text.empty() || text == "*", "a write is only conditional on that nothing is there");
  const auto tag = record_tag(7, 0x5f);
  require(!matches_tag(text, tag) || names_tag(text, tag), "what matches strongly matches weakly");
}

void check_positions(std::string_view text) {
  const auto position = read_feed_position(text);
  if (!position || text == "latest")
    return;
  require(read_feed_position(to_string(*position)) == position, "a position is read as it is told");
}

void check_traces(std::string_view text) {
  const auto checked = checked_trace_parent(text);
  require(checked.empty() == !trace_id_of(text), "a traceparent is handed on if it is one");
  require(checked.size() <= limits::trace_parent_bytes_max, "a traceparent is short");
  require(checked.empty() || checked_trace_parent(checked) == checked || checked.size() == 55,
          "what is handed on is a traceparent");
  require(!is_request_id(text) || text.size() <= 128, "a request's id is short");
}

void check_texts(std::string_view text) {
  if (const auto decoded = percent_decode(text)) {
    require(decoded->size() <= text.size(), "decoding makes nothing longer");
    require(percent_decode(percent_encode(*decoded)) == decoded, "encoding can be undone");
  }
  require(percent_decode(percent_encode(text)) == std::string{text}, "encoding loses nothing");
  require(base64_decode(base64(text)) == std::string{text}, "base64 loses nothing");
  if (const auto decoded = base64_decode(text))
    require(base64_decode(base64(*decoded)) == decoded, "what was decoded can be encoded");
  const auto host = host_name_of(text);
  require(host.size() <= text.size(), "a host is a part of an authority");
  require(!is_loopback(host) || !host.empty(), "no name is not this machine");
}

void check_requests(std::string_view text) {
  const std::vector<std::string> origins{"https://app.example"};
  const known_hosts hosts{std::vector<std::string>{"here.example"}};
  for (const auto* name : {"origin", "host", "sec-fetch-site", "accept-encoding", "content-type",
                           "content-encoding", "if-none-match"}) {
    http_request x;
    x.method = http_method::post;
    x.headers["host"] = "here.example";
    x.headers[name] = text;
    is_cross_site_change(x, origins);
    hosts.knows(x);
    const auto type = media_type(x);
    require(type.size() <= text.size(), "a media type is a part of its field");
    wrong_content(x, "record");
    wrong_content(x, "record_patch");
    http_response response{304, {{"ETag", "\"1-5f\""}}, {}};
    encode_body(x, response);
    share(x, response, origins);
    for (const auto& [key, value] : response.headers)
      require(key != "Access-Control-Allow-Origin" || value == origins.front(),
              "only a named origin is let in");
  }
  require(!accepts_gzip(text) || text.find_first_of("*gGxX") != std::string_view::npos,
          "gzip is taken by who names it");
}

void run(std::string_view text) {
  check_conditions(text);
  check_positions(text);
  check_traces(text);
  check_texts(text);
  check_requests(text);
}

const fuzz::known_target known{"http_fields", run};

} // namespace

} // namespace http_fields_target
