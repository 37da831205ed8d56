// SPDX-License-Identifier: Apache-2.0
#include "gateway/content_coding.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <zlib.h>

namespace troupe {

namespace {

// Less than that is one packet either way.
constexpr std::size_t worth_coding = 1024;

// zlib's window of 32 KiB, and the head and the end of gzip around it.
constexpr int gzip_window = 15 + 16;
constexpr int memory_level = 8;

bool same_letters(char a, char b) {
  const auto small = [](char x) { return x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x; };
  return small(a) == small(b);
}

bool same_coding(std::string_view x, std::string_view y) {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(), same_letters);
}

std::string_view trimmed(std::string_view x) {
  const auto begin = x.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view{}
                                         : x.substr(begin, x.find_last_not_of(" \t") - begin + 1);
}

/// The part before a separator, taken away from the rest.
std::string_view take_part(std::string_view& rest, char separator) {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto part = trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

/// 0 to 1; one that cannot be read counts as none.
double quality_of(std::string_view parameters) {
  while (!parameters.empty()) {
    auto part = take_part(parameters, ';');
    if (part.size() < 2 || !same_letters(part[0], 'q') || part[1] != '=')
      continue;
    part.remove_prefix(2);
    double x = 0;
    const auto [end, failed] = std::from_chars(part.data(), part.data() + part.size(), x);
    return failed == std::errc{} && end == part.data() + part.size() ? x : 0;
  }
  return 1;
}

bool is_gzip(std::string_view coding) {
  return same_coding(coding, "gzip") || same_coding(coding, "x-gzip");
}

/// A state of zlib's is large: one for each thread serves all answers.
struct deflater {
  deflater() {
    // The first level: the rest costs more time than a network gains by it.
    ready
      = deflateInit2(&stream, 1, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  deflater(const deflater&) = delete;
  deflater& operator=(const deflater&) = delete;
  ~deflater() { deflateEnd(&stream); }

  z_stream stream{};
  bool ready = false;
};

Bytef* bytes_of(std::string_view x) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(x.data())); // zlib 1.2 knows no const
}

struct end_inflating {
  void operator()(z_stream* x) const { inflateEnd(x); }
};

std::string* header_of(http_response& x, std::string_view name) {
  const auto found = std::find_if(x.headers.begin(), x.headers.end(),
                                  [name](const auto& entry) { return entry.first == name; });
  return found == x.headers.end() ? nullptr : &found->second;
}

bool is_text(std::string_view type) {
  constexpr std::array texts{"text/",
                             "application/json",
                             "application/problem+json",
                             "application/x-ndjson",
                             "application/javascript",
                             "image/svg+xml",
                             "application/manifest+json"};
  return !type.starts_with("text/event-stream")
         && std::any_of(texts.begin(), texts.end(),
                        [type](std::string_view x) { return type.starts_with(x); });
}

void add_to_vary(http_response& x, std::string_view name) {
  if (auto* vary = header_of(x, "Vary"))
    vary->append(", ").append(name);
  else
    x.headers.emplace_back("Vary", name);
}

std::string coded_tag(std::string tag) {
  return tag.insert(tag.size() - 1, coded_tag_suffix);
}

} // namespace

std::string gzip(std::string_view bytes) {
  thread_local deflater x;
  if (!x.ready || deflateReset(&x.stream) != Z_OK)
    return {};
  std::string coded(deflateBound(&x.stream, static_cast<uLong>(bytes.size())), '\0');
  x.stream.next_in = bytes_of(bytes);
  x.stream.avail_in = static_cast<uInt>(bytes.size());
  x.stream.next_out = bytes_of(coded);
  x.stream.avail_out = static_cast<uInt>(coded.size());
  if (deflate(&x.stream, Z_FINISH) != Z_STREAM_END)
    return {};
  coded.resize(coded.size() - x.stream.avail_out);
  return coded;
}

result<std::string> gunzip(std::string_view bytes, std::size_t bytes_max) {
  constexpr std::size_t step = 64 * 1024;
  z_stream stream{};
  if (inflateInit2(&stream, gzip_window) != Z_OK)
    return failure(errc::unavailable, "there is no memory to decode the body");
  const std::unique_ptr<z_stream, end_inflating> open{&stream};
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string decoded;
  int state = Z_OK;
  while (state == Z_OK) {
    const auto begin = decoded.size();
    if (begin > bytes_max)
      return failure(errc::payload_too_large,
                     "the body, decoded, is larger than this server takes");
    decoded.resize(begin + step);
    stream.next_out = bytes_of(std::string_view{decoded}.substr(begin));
    stream.avail_out = static_cast<uInt>(step);
    state = inflate(&stream, Z_NO_FLUSH);
    decoded.resize(begin + step - stream.avail_out);
  }
  if (state != Z_STREAM_END || stream.avail_in != 0)
    return failure(errc::invalid_argument, "the body is not what its Content-Encoding says: gzip");
  if (decoded.size() > bytes_max)
    return failure(errc::payload_too_large, "the body, decoded, is larger than this server takes");
  return decoded;
}

bool accepts_gzip(std::string_view accept_encoding) {
  double any = 0, gzipped = -1;
  while (!accept_encoding.empty()) {
    auto parameters = take_part(accept_encoding, ',');
    const auto coding = take_part(parameters, ';');
    if (is_gzip(coding))
      gzipped = quality_of(parameters);
    else if (coding == "*")
      any = quality_of(parameters);
  }
  return (gzipped < 0 ? any : gzipped) > 0;
}

bool is_known_coding(const http_request& x) {
  const auto coding = x.header("content-encoding");
  return coding.empty() || is_gzip(coding) || same_coding(coding, "identity");
}

std::optional<error> decode_body(http_request& x, std::size_t bytes_max) {
  if (x.body.empty() || !is_gzip(x.header("content-encoding")))
    return std::nullopt;
  auto decoded = gunzip(x.body, bytes_max);
  if (!decoded)
    return std::move(decoded.error());
  x.body = std::move(*decoded);
  return std::nullopt;
}

std::string without_coding(std::string_view tag) {
  const bool quoted = tag.ends_with('"');
  auto text = tag.substr(0, tag.size() - (quoted ? 1 : 0));
  if (!text.ends_with(coded_tag_suffix))
    return std::string{tag};
  text.remove_suffix(coded_tag_suffix.size());
  return std::string{text} + (quoted ? "\"" : "");
}

void encode_body(const http_request& request, http_response& x) {
  auto* tag = header_of(x, "ETag");
  if (x.status == 304 && tag) {
    // It stands for the representation that the caller has.
    auto coded = coded_tag(*tag);
    if (request.header("if-none-match").find(coded) != std::string_view::npos)
      *tag = std::move(coded);
    return add_to_vary(x, "Accept-Encoding");
  }
  const auto* type = header_of(x, "Content-Type");
  if (x.status == 206 || !type || !is_text(*type) || header_of(x, "Content-Encoding"))
    return;
  add_to_vary(x, "Accept-Encoding");
  if (x.body.size() < worth_coding || !accepts_gzip(request.header("accept-encoding")))
    return;
  auto coded = gzip(x.body);
  if (coded.empty() || coded.size() >= x.body.size())
    return;
  x.body = std::move(coded);
  if (auto* strong = header_of(x, "ETag"); strong && strong->starts_with('"'))
    *strong = coded_tag(std::move(*strong));
  x.headers.emplace_back("Content-Encoding", "gzip");
}

} // namespace troupe
