// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/request_reader.hpp"

namespace request_reader_test {

using namespace troupe;
using progress = request_reader::progress;

namespace {

/// Feeds all bytes, `step` at a time, and keeps what was read.
struct fed_reader {
  explicit fed_reader(const std::string& bytes, std::size_t step = 1'000'000,
                      request_limits limits = {})
      : reader{limits} {
    std::string pending;
    for (std::size_t i = 0; i < bytes.size() && what != progress::refused; i += step) {
      pending += bytes.substr(i, step);
      do {
        what = reader.read(pending);
        pending.erase(0, reader.taken());
      } while (what == progress::head);
      if (what == progress::done)
        break;
    }
    left = pending.size();
  }

  request_reader reader;
  progress what = progress::more;
  std::size_t left = 0;
};

void check_refused(const std::string& text, std::size_t step, http_refusal reason) {
  const fed_reader x{text, step};
  REQUIRE(x.what == progress::refused);
  CHECK(to_string(x.reader.refusal()) == to_string(reason));
}

const std::string post = "POST /p HTTP/1.1\r\nHost: a\r\n";
const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";

} // namespace

TEST_CASE("a request is the same in whatever pieces it comes") {
  const auto step = GENERATE(1U, 2U, 3U, 7U, 64U, 1000U);
  CAPTURE(step);
  fed_reader x{"\r\nPOST /a%20b?c=d HTTP/1.1\r\nHost: h:1\r\nX-A: 1\r\nx-a:  2 \r\n"
               "Content-Length: 5\r\n\r\nhello",
               step};
  REQUIRE(x.what == progress::done);
  auto& request = x.reader.request();
  CHECK(request.method == http_method::post);
  CHECK(request.path == "/a%20b");
  CHECK(request.query == "c=d");
  CHECK(request.header("x-a") == "1, 2");
  CHECK(request.header("host") == "h:1");
  CHECK(request.body == "hello");

  fed_reader pieces{chunked + "2\r\nhe\r\n3;a=\"b;c\"\r\nllo\r\n0\r\nTrailer: x\r\n\r\n", step};
  REQUIRE(pieces.what == progress::done);
  CHECK(pieces.reader.request().body == "hello");
  CHECK(pieces.reader.request().header("trailer").empty());
}

TEST_CASE("S2 one empty line before a request is passed over, and no second one") {
  const auto step = GENERATE(1U, 2U, 3U, 4U, 1000U);
  CAPTURE(step);
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(fed_reader{"\r\n" + get, step}.what == progress::done);
  check_refused("\r\n\r\n" + get, step, http_refusal::malformed);
}

TEST_CASE("what follows a request is left for the next one") {
  fed_reader x{"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"};
  CHECK(x.what == progress::done);
  CHECK(x.left == 28);
  x.reader.start_over();
  CHECK(x.reader.read("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n") == progress::done);
  CHECK(x.reader.request().path == "/2");
}

TEST_CASE("S2 framing that two parsers may read in two ways is refused") {
  const auto [text, reason] = GENERATE(table<std::string, http_refusal>({
    // lines
    {"GET / HTTP/1.1\nHost: a\n\n", http_refusal::malformed},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: b\nY: c\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\r\n\r\n", http_refusal::malformed},
    {std::string{"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 37}, http_refusal::malformed},
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", http_refusal::malformed},
    {"GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", http_refusal::malformed},
    {"G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", http_refusal::malformed},
    {"GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n", http_refusal::malformed},
    {"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", http_refusal::malformed},
    // versions
    {"GET /\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/1\r\n\r\n", http_refusal::malformed},
    {"GET / http/1.1\r\nHost: a\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", http_refusal::unknown_version},
    {"GET / HTTP/9.9\r\nHost: a\r\n\r\n", http_refusal::unknown_version},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", http_refusal::unknown_version},
    // names and hosts
    {"GET / HTTP/1.1\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", http_refusal::malformed},
    {"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", http_refusal::malformed},
    {"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", http_refusal::malformed},
    {"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", http_refusal::malformed},
    {"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", http_refusal::malformed},
  }));
  const auto step = GENERATE(1U, 1000U);
  CAPTURE(text, step);
  check_refused(text, step, reason);
}

TEST_CASE("S2 a body whose end two parsers may see in two places is refused") {
  const auto [text, reason] = GENERATE(table<std::string, http_refusal>({
    // lengths
    {post + "Content-Length: 1, 1\r\n\r\na", http_refusal::malformed},
    {post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", http_refusal::malformed},
    {post + "Content-Length: +1\r\n\r\na", http_refusal::malformed},
    {post + "Content-Length: 1 1\r\n\r\na", http_refusal::malformed},
    {post + "Content-Length: 0x1\r\n\r\na", http_refusal::malformed},
    {post + "Content-Length: \r\n\r\na", http_refusal::malformed},
    {post + "Content-Length: 99999999999999999999\r\n\r\na", http_refusal::malformed},
    // codings
    {post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\na", http_refusal::malformed},
    {post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na", http_refusal::malformed},
    {post + "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\na", http_refusal::malformed},
    {post + "Transfer-Encoding: gzip, chunked\r\n\r\n", http_refusal::unknown_coding},
    {post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
     http_refusal::unknown_coding},
    {post + "Transfer-Encoding: identity\r\n\r\n", http_refusal::unknown_coding},
    {post + "Transfer-Encoding: xchunked\r\n\r\n", http_refusal::unknown_coding},
    {post + "Transfer-Encoding: chunked, chunked\r\n\r\n", http_refusal::malformed},
    {post
       + "Transfer-Encoding: \x0b"
         "chunked\r\n\r\n",
     http_refusal::malformed},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", http_refusal::malformed},
    {post + "Expect: 200-ok\r\n\r\n", http_refusal::unknown_expectation},
    // chunks
    {chunked + "2 x\r\nhe\r\n0\r\n\r\n", http_refusal::malformed},
    {chunked + "2\nhe\r\n0\r\n\r\n", http_refusal::malformed},
    {chunked + "2\r\nheXX0\r\n\r\n", http_refusal::malformed},
    {chunked + "0x2\r\nhe\r\n0\r\n\r\n", http_refusal::malformed},
    {chunked + "-2\r\nhe\r\n0\r\n\r\n", http_refusal::malformed},
    {chunked + "\r\nhe\r\n0\r\n\r\n", http_refusal::malformed},
    {chunked + "11111111111111111\r\nhe\r\n0\r\n\r\n", http_refusal::malformed},
    {chunked + "2;\x01\r\nhe\r\n0\r\n\r\n", http_refusal::malformed},
    {chunked + "ffffffff\r\nhe", http_refusal::body_too_large},
  }));
  const auto step = GENERATE(1U, 1000U);
  CAPTURE(text, step);
  check_refused(text, step, reason);
}

TEST_CASE("a target in absolute form names the host") {
  const auto [target, path, query] = GENERATE(table<std::string, std::string, std::string>(
    {{"http://b:1/x?y=z", "/x", "y=z"}, {"HTTP://b:1", "/", ""}, {"https://b:1?q", "/", "q"}}));
  fed_reader x{"GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"};
  REQUIRE(x.what == progress::done);
  CHECK(x.reader.request().path == path);
  CHECK(x.reader.request().query == query);
  CHECK(x.reader.request().header("host") == "b:1");
}

TEST_CASE("a connection lasts as its request says") {
  CHECK(fed_reader{"GET / HTTP/1.1\r\nHost: a\r\n\r\n"}.reader.keeps_alive());
  CHECK_FALSE(
    fed_reader{"GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n"}.reader.keeps_alive());
  CHECK_FALSE(fed_reader{"GET / HTTP/1.0\r\n\r\n"}.reader.keeps_alive());
  CHECK(fed_reader{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"}.reader.keeps_alive());
}

TEST_CASE("S2 a head that is too large is refused as soon as that is known") {
  request_limits limits;
  limits.url_bytes_max = 256;
  limits.header_bytes_max = 256;
  limits.headers_max = 10;
  const std::string large(400, 'a');
  const auto refused = [&](const std::string& text) {
    const fed_reader x{text, 1, limits};
    REQUIRE(x.what == progress::refused);
    return x.reader.refusal();
  };
  CHECK(refused("GET /" + large) == http_refusal::url_too_long);
  const std::string begun = "GET / HTTP/1.1\r\nHost: a\r\n";
  CHECK(refused(begun + "X: " + large) == http_refusal::headers_too_large);
  CHECK(refused(begun + large) == http_refusal::headers_too_large);
  std::string many;
  for (int i = 0; i < 11; ++i)
    many += "X: a\r\n";
  CHECK(refused(begun + many) == http_refusal::headers_too_large);
  CHECK(refused("\x16\x03\x01") == http_refusal::malformed);
}

TEST_CASE("S2 a body in pieces of a byte takes the memory of its bytes") {
  std::string text = chunked;
  for (int i = 0; i < 10'000; ++i)
    text += "1\r\na\r\n";
  fed_reader x{text + "0\r\n\r\n", 4096};
  REQUIRE(x.what == progress::done);
  CHECK(x.reader.request().body.size() == 10'000);
  CHECK(x.reader.request().body.capacity() < 20'000);
}

} // namespace request_reader_test
