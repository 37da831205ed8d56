// SPDX-License-Identifier: Apache-2.0
#include "gateway/request_reader.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>
#include <optional>

namespace troupe {

namespace {

namespace beast_http = boost::beast::http;
using boost::beast::string_view;
using beast_error = boost::beast::error_code;

std::string_view view_of(string_view x) {
  return {x.data(), x.size()};
}

http_method known_method(beast_http::verb x) {
  using beast_http::verb;
  switch (x) {
  case verb::get:
    return http_method::get;
  case verb::head:
    return http_method::head;
  case verb::post:
    return http_method::post;
  case verb::put:
    return http_method::put;
  case verb::patch:
    return http_method::patch;
  case verb::delete_:
    return http_method::remove;
  case verb::options:
    return http_method::options;
  default:
    return http_method::other;
  }
}

char small_letter(char x) {
  return x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x;
}

std::string in_small_letters(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), small_letter);
  return result;
}

bool same_word(std::string_view x, std::string_view small_word) {
  return std::equal(x.begin(), x.end(), small_word.begin(), small_word.end(),
                    [](char a, char b) { return small_letter(a) == b; });
}

std::string_view without_blanks(std::string_view x) {
  const auto begin = x.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view{}
                                         : x.substr(begin, x.find_last_not_of(" \t") - begin + 1);
}

bool is_digit_or_letter(char x) {
  return (x >= '0' && x <= '9') || (small_letter(x) >= 'a' && small_letter(x) <= 'z');
}

/// A host, a name or an address, and perhaps a port (RFC 3986, 3.2), or nothing at all.
bool is_authority(std::string_view x) {
  constexpr std::string_view others = "-._~!$&'()*+,;=:%[]";
  return std::all_of(x.begin(), x.end(), [others](char each) {
    return is_digit_or_letter(each) || others.find(each) != std::string_view::npos;
  });
}

bool is_method_character(char x) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return is_digit_or_letter(x) || others.find(x) != std::string_view::npos;
}

/// "HTTP/2.0" and the like at the end of a request's line: well said, but not for us.
bool names_other_version(std::string_view line) {
  constexpr std::string_view name = " HTTP/";
  const auto digit = [](char x) { return x >= '0' && x <= '9'; };
  if (line.size() < name.size() + 3)
    return false;
  const auto version = line.substr(line.size() - 3);
  return line.substr(0, line.size() - 3).ends_with(name) && digit(version[0]) && version[1] == '.'
         && digit(version[2]) && version != "1.0" && version != "1.1";
}

} // namespace

/// What Beast's parser finds, put into the request of its reader.
class request_reader::parser final : public beast_http::basic_parser<true> {
public:
  explicit parser(request_reader& owner) : owner_{owner} {
    header_limit(std::numeric_limits<std::uint32_t>::max()); // the reader has looked already
    body_limit(owner.limits_.body_bytes_max);
    eager(true);
  }

  /// What is wrong with a head that could be parsed.
  std::optional<http_refusal> wrong_in_head() {
    auto& request = owner_.request_;
    const auto& headers = request.headers;
    if (hosts_ > 1 || lengths_ > 1 || (hosts_ == 0 && version_ >= 11))
      return http_refusal::malformed;
    if (const auto* host = headers.find("host"); host != nullptr && !is_authority(*host))
      return http_refusal::malformed;
    if (const auto* length = headers.find("content-length");
        length != nullptr && length->find(',') != std::string::npos)
      return http_refusal::malformed;
    if (const auto* coding = headers.find("transfer-encoding"))
      if (auto wrong = wrong_in_coding(*coding))
        return wrong;
    if (const auto* expected = headers.find("expect"); expected != nullptr && version_ >= 11) {
      if (!same_word(*expected, "100-continue"))
        return http_refusal::unknown_expectation;
      owner_.expects_continue_ = true;
    }
    return take_target() ? std::nullopt : std::optional{http_refusal::malformed};
  }

  bool is_http_1_0() const { return version_ < 11; }

private:
  std::optional<http_refusal> wrong_in_coding(std::string_view list) {
    if (version_ < 11 || lengths_ > 0)
      return http_refusal::malformed;
    if (same_word(list, "chunked"))
      return std::nullopt;
    for (auto rest = list; !rest.empty();) {
      const auto end = std::min(rest.find(','), rest.size());
      if (!same_word(without_blanks(rest.substr(0, end)), "chunked"))
        return http_refusal::unknown_coding;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return http_refusal::malformed;
  }

  /// A target in absolute form names the host, too, and its word counts (RFC 9112, 3.2.2).
  bool take_target() {
    std::string_view x{target_};
    const auto printable = [](char each) { return each > ' ' && each < '\x7f' && each != '#'; };
    if (!std::all_of(x.begin(), x.end(), printable))
      return false;
    if (const auto scheme = x.find("://"); x.front() != '/' && scheme != std::string_view::npos) {
      if (!same_word(x.substr(0, scheme), "http") && !same_word(x.substr(0, scheme), "https"))
        return false;
      x.remove_prefix(scheme + 3);
      const auto end = std::min(x.find_first_of("/?"), x.size());
      if (end == 0 || !is_authority(x.substr(0, end)))
        return false;
      owner_.request_.headers["host"] = x.substr(0, end);
      x.remove_prefix(end);
    }
    const auto question = std::min(x.find('?'), x.size());
    owner_.request_.path = question == 0 ? std::string_view{"/"} : x.substr(0, question);
    owner_.request_.query = x.substr(std::min(question + 1, x.size()));
    return true;
  }

  void on_request_impl(beast_http::verb method, string_view, string_view target, int version,
                       beast_error&) override {
    owner_.request_.method = known_method(method);
    target_ = view_of(target);
    version_ = version;
  }

  void on_response_impl(int, string_view, int, beast_error&) override {} // of another parser

  void on_field_impl(beast_http::field field, string_view name, string_view value,
                     beast_error&) override {
    if (owner_.in_body_)
      return; // a trailer: nobody waits for it, and it may not pass for a header
    hosts_ += field == beast_http::field::host ? 1U : 0U;
    lengths_ += field == beast_http::field::content_length ? 1U : 0U;
    owner_.request_.headers.add(in_small_letters(view_of(name)), view_of(value));
  }

  void on_header_impl(beast_error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast_error&) override {}

  std::size_t on_body_impl(string_view bytes, beast_error&) override {
    owner_.request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t, string_view, beast_error&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, beast_error&) override {
    owner_.request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_finish_impl(beast_error&) override {}

  request_reader& owner_;
  std::string_view target_; // while the head is parsed
  int version_ = 11;
  std::size_t hosts_ = 0;
  std::size_t lengths_ = 0;
};

request_reader::request_reader(const request_limits& limits) : limits_{limits} {}

request_reader::~request_reader() = default;

void request_reader::start_over() {
  parser_.reset();
  request_ = {};
  taken_ = seen_ = line_ = lines_ = body_bytes_ = 0;
  in_body_ = is_chunked_ = expects_continue_ = passed_empty_line_ = false;
}

request_reader::progress request_reader::refuse(http_refusal x) {
  refusal_ = x;
  return progress::refused;
}

request_reader::progress request_reader::read(std::string_view bytes) {
  taken_ = 0;
  return in_body_ ? read_body(bytes) : read_head(bytes);
}

/// Looks at each byte of a head once, as it comes: nothing is waited for that would be refused.
/// Ends at the line that ends the head: then `seen_` is the head's length, and `line_` 0.
std::optional<http_refusal> request_reader::wrong_in(std::string_view head) {
  while (seen_ < head.size()) {
    const auto end = head.find('\n', seen_);
    const auto stop = std::min(end, head.size());
    // A carriage return stands before a line feed and nowhere else, and the other way round.
    const auto returned = head.find('\r', seen_);
    if (returned < stop && returned + 1 != end && returned + 1 < head.size())
      return http_refusal::malformed;
    if (lines_ == 0) {
      const auto method = head.substr(0, std::min(head.find_first_of(" \r"), stop));
      if (!std::all_of(method.begin(), method.end(), is_method_character))
        return http_refusal::malformed;
      if (stop > limits_.url_bytes_max + 32)
        return http_refusal::url_too_long;
    } else if (head[line_] == ' ' || head[line_] == '\t') {
      return http_refusal::malformed; // a folded line
    } else if (stop - line_ > limits_.header_bytes_max + 4) {
      return http_refusal::headers_too_large;
    }
    if (end == std::string_view::npos) {
      // What may still become the end of the line is looked at again.
      seen_ = head.back() == '\r' ? head.size() - 1 : head.size();
      break;
    }
    if (end == line_ || head[end - 1] != '\r')
      return http_refusal::malformed;
    const bool empty = end == line_ + 1;
    seen_ = end + 1;
    if (empty && lines_ > 0) {
      line_ = 0;
      return std::nullopt;
    }
    if (empty)
      return http_refusal::malformed;
    line_ = seen_;
    if (++lines_ > limits_.headers_max + 1)
      return http_refusal::headers_too_large;
  }
  if (head.size() > limits_.head_bytes_max())
    return http_refusal::headers_too_large;
  return std::nullopt;
}

request_reader::progress request_reader::read_head(std::string_view bytes) {
  if (bytes.empty())
    return progress::more;
  // Some send an empty line behind a body (RFC 9112, 2.2).
  if (seen_ == 0 && !passed_empty_line_ && bytes.starts_with("\r\n")) {
    passed_empty_line_ = true;
    taken_ = 2;
    bytes.remove_prefix(2);
    if (bytes.empty())
      return progress::more;
  }
  if (seen_ == 0 && !passed_empty_line_ && bytes == "\r")
    return progress::more;
  if (auto wrong = wrong_in(bytes))
    return refuse(*wrong);
  if (lines_ == 0 || line_ != 0)
    return progress::more;
  const auto head = bytes.substr(0, seen_);
  const auto first_line = head.substr(0, head.find('\r'));
  parser_ = std::make_unique<parser>(*this);
  beast_error failed;
  const auto read = parser_->put({head.data(), head.size()}, failed);
  if (failed == beast_http::error::bad_version && names_other_version(first_line))
    return refuse(http_refusal::unknown_version);
  if (failed == beast_http::error::body_limit)
    return refuse(http_refusal::body_too_large);
  if (failed || read != head.size() || !parser_->is_header_done())
    return refuse(http_refusal::malformed);
  if (auto wrong = parser_->wrong_in_head())
    return refuse(*wrong);
  if (request_.path.size() + request_.query.size() > limits_.url_bytes_max)
    return refuse(http_refusal::url_too_long);
  taken_ += head.size();
  keeps_alive_ = parser_->keep_alive();
  is_http_1_0_ = parser_->is_http_1_0();
  if (parser_->is_done())
    return progress::done;
  in_body_ = true;
  is_chunked_ = parser_->chunked();
  body_bytes_ = is_chunked_ ? 0 : static_cast<std::size_t>(parser_->content_length().value_or(0));
  return progress::head;
}

request_reader::progress request_reader::read_body(std::string_view bytes) {
  // What begins so may be the last chunk, which has five bytes: in less Beast asserts more.
  constexpr std::size_t last_chunk = 5;
  if (bytes.empty() || (is_chunked_ && bytes.size() < last_chunk && bytes.front() == '0'))
    return progress::more;
  beast_error failed;
  taken_ = parser_->put({bytes.data(), bytes.size()}, failed);
  if (failed == beast_http::error::body_limit)
    return refuse(http_refusal::body_too_large);
  if (failed && failed != beast_http::error::need_more)
    return refuse(http_refusal::malformed);
  return parser_->is_done() ? progress::done : progress::more;
}

} // namespace troupe
