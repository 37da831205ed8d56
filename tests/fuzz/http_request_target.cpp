// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "gateway/request_reader.hpp"
#include "tests/fuzz/target.hpp"

namespace http_request_target {

using namespace troupe;
using fuzz::require;

namespace {

// Small, so that inputs reach them.
constexpr request_limits limits{2048, 512, 256, 16};

struct read_request {
  http_request request;
  bool keeps_alive = false;
};

/// What was read from a connection, until it ended or was refused.
struct reading {
  std::vector<read_request> requests;
  bool refused = false;
};

std::string text_of(const http_headers& headers) {
  std::string text;
  for (const auto& [name, value] : headers)
    text.append(name).append(": ").append(value).append("\n");
  return text;
}

void check(const http_request& x) {
  require(x.body.size() <= limits.body_bytes_max, "the body is within its limit");
  require(x.path.size() + x.query.size() <= limits.url_bytes_max, "the URL is within its limit");
  require(static_cast<std::size_t>(x.headers.end() - x.headers.begin()) <= limits.headers_max,
          "there are no more headers than may be");
  const auto printable = [](char each) { return each > ' ' && each < '\x7f'; };
  require(std::all_of(x.path.begin(), x.path.end(), printable), "the path is printable");
  require(std::all_of(x.query.begin(), x.query.end(), printable), "the query is printable");
  constexpr std::string_view ends_a_line{"\r\n\0", 3};
  for (const auto& [name, value] : x.headers) {
    require(!name.empty(), "a header has a name");
    require(std::none_of(name.begin(), name.end(), [](char each) { return each <= ' '; })
              && name.find(':') == std::string::npos,
            "a header's name is one word");
    require(value.find_first_of(ends_a_line) == std::string::npos, "a header's value is one line");
  }
}

/// As a connection reads: what was not taken stands in front of what comes next.
reading read_in_pieces(std::string_view bytes, std::size_t piece_bytes) {
  reading result;
  request_reader reader{limits};
  std::string waiting;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, piece_bytes);
    bytes.remove_prefix(piece.size());
    waiting.append(piece);
    for (bool more = false; !more;) {
      const auto progress = reader.read(waiting);
      if (progress == request_reader::progress::refused) {
        require(to_string(reader.refusal()) != ""
                  && refusal_response(reader.refusal()).status >= 400,
                "a refusal has an answer");
        result.refused = true;
        return result;
      }
      require(reader.taken() <= waiting.size(), "no more is taken than there is");
      waiting.erase(0, reader.taken());
      more = progress == request_reader::progress::more;
      if (progress != request_reader::progress::done)
        continue;
      check(reader.request());
      result.requests.push_back({std::move(reader.request()), reader.keeps_alive()});
      reader.start_over();
      require(reader.is_fresh(), "the next request has not begun");
    }
  }
  return result;
}

/// However bytes come, they are the same requests: what a proxy in front has read as one request
/// must not be two here.
void run(std::string_view bytes) {
  const auto whole = read_in_pieces(bytes, std::max<std::size_t>(bytes.size(), 1));
  for (const auto piece_bytes : {1U, 3U, 64U}) {
    const auto pieces = read_in_pieces(bytes, piece_bytes);
    require(pieces.refused == whole.refused, "pieces are refused if the whole is");
    require(pieces.requests.size() == whole.requests.size(), "pieces are as many requests");
    for (std::size_t i = 0; i < whole.requests.size(); ++i) {
      const auto& x = whole.requests[i];
      const auto& y = pieces.requests[i];
      require(x.request.method == y.request.method && x.request.path == y.request.path
                && x.request.query == y.request.query && x.request.body == y.request.body
                && x.keeps_alive == y.keeps_alive
                && text_of(x.request.headers) == text_of(y.request.headers),
              "pieces are the same requests");
    }
  }
}

const fuzz::known_target known{"http_request", run};

} // namespace

} // namespace http_request_target
