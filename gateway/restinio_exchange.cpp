// SPDX-License-Identifier: Apache-2.0
#include "gateway/restinio_exchange.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <iterator>
#include <utility>

#include "gateway/problem.hpp"
#include "gateway/reason_phrase.hpp"

namespace troupe {

namespace {

http_method method_of(restinio::http_method_id_t x) {
  if (x == restinio::http_method_get())
    return http_method::get;
  if (x == restinio::http_method_post())
    return http_method::post;
  if (x == restinio::http_method_put())
    return http_method::put;
  if (x == restinio::http_method_patch())
    return http_method::patch;
  if (x == restinio::http_method_delete())
    return http_method::remove;
  if (x == restinio::http_method_head())
    return http_method::head;
  if (x == restinio::http_method_options())
    return http_method::options;
  return http_method::other;
}

std::string small_letters(std::string text) {
  for (auto& x : text)
    if (x >= 'A' && x <= 'Z')
      x = static_cast<char>(x - 'A' + 'a');
  return text;
}

// In an answer's header they would end it, and begin another one.
bool is_control(char x) {
  return static_cast<unsigned char>(x) < ' ' || x == '\x7f';
}

bool is_token(const std::string& text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [others](char x) {
    return (x >= '0' && x <= '9') || (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z')
           || others.find(x) != std::string_view::npos;
  });
}

// The parser lets through what a proxy in front may read otherwise (RFC 9112, 3.2 and 5.1).
bool is_malformed(const restinio::http_request_header_t& header) {
  bool right = true;
  std::size_t hosts = 0;
  header.for_each_field([&](const auto& field) {
    right = right && is_token(field.name());
    hosts += field.field_id() == restinio::http_field::host ? 1U : 0U;
  });
  // RESTinio does not tell which version of HTTP this is, and 1.0 needs none.
  return !right || hosts > 1;
}

// Without the general formatting of addresses, which costs more than the rest of a request's head.
std::string text_of(const restinio::asio_ns::ip::address& x) {
  if (!x.is_v4())
    return x.to_string();
  const auto bytes = x.to_v4().to_bytes();
  return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
}

// Says the time in the header Date; formatted once a second.
std::string date_text() {
  using namespace std::chrono;
  thread_local time_point<system_clock, seconds> second{};
  thread_local std::string text;
  if (const auto now = floor<seconds>(system_clock::now()); now != second || text.empty()) {
    second = now;
    text = restinio::make_date_field_value(now);
  }
  return text;
}

http_request read_request(const restinio::request_handle_t& source) {
  http_request x;
  const auto& header = source->header();
  x.method = method_of(header.method());
  x.path.assign(header.path().data(), header.path().size());
  x.query.assign(header.query().data(), header.query().size());
  x.body = source->body();
  x.peer = text_of(source->remote_endpoint().address());
  header.for_each_field([&x](const auto& field) {
    auto [entry, fresh] = x.headers.try_emplace(small_letters(field.name()), field.value());
    if (!fresh)
      entry->second += ", " + field.value();
  });
  return x;
}

template <class Builder>
void add_head(Builder& builder, http_response& x, bool closing) {
  if (closing)
    builder.connection_close();
  builder.append_header(restinio::http_field::date, date_text());
  for (auto& [name, value] : x.headers)
    builder.append_header(std::move(name), std::move(value));
}

restinio::http_status_line_t status_line(int status) {
  return {restinio::http_status_code_t{static_cast<std::uint16_t>(status)},
          std::string{reason_phrase(status)}};
}

// These have neither a body nor a length of one (RFC 9110, 8.6), and neither has the head of a
// stream; RESTinio's builders always add one.
bool is_bodiless(int status) {
  return status == 204 || status == 304;
}

void send_head_only(restinio::request_handle_t& request, http_response& x, bool closing) {
  restinio::http_response_header_t head{status_line(x.status)};
  for (auto& [name, value] : x.headers)
    head.append_field(std::move(name), std::move(value));
  head.append_field(restinio::http_field::date, date_text());
  head.should_keep_alive(!closing && request->header().should_keep_alive());
  restinio::writable_items_container_t parts;
  parts.emplace_back(restinio::impl::create_header_string(
    head, restinio::impl::content_length_field_presence_t::skip_content_length));
  auto connection = std::move(restinio::impl::access_req_connection(*request));
  connection->write_response_parts(request->request_id(),
                                   {restinio::response_parts_attr_t::final_parts,
                                    restinio::response_connection_attr(head.should_keep_alive())},
                                   restinio::write_group_t{std::move(parts)});
}

// -- answers in pieces ---------------------------------------------------------------------------

class chunked_stream final : public http_stream {
public:
  using builder = restinio::response_builder_t<restinio::chunked_output_t>;

  chunked_stream(builder x, http_core_ptr core) : core_{std::move(core)}, builder_{std::move(x)} {}

  ~chunked_stream() override { end(); }

  void write(std::string piece, std::function<void(bool)> sent) override {
    const auto entered = core_->enter();
    if (!entered)
      return refuse(sent);
    if (!piece.empty())
      builder_.append_chunk(std::move(piece));
    builder_.flush([sent = std::move(sent)](const auto& failure) {
      if (sent)
        sent(!failure);
    });
  }

  void end() override {
    if (std::exchange(ended_, true))
      return;
    if (const auto entered = core_->enter())
      builder_.done();
  }

private:
  static void refuse(const std::function<void(bool)>& sent) {
    if (sent)
      sent(false);
  }

  http_core_ptr core_;
  builder builder_;
  bool ended_ = false;
};

/// To nobody: the answer has no body, or the server has ended.
class no_stream final : public http_stream {
public:
  void write(std::string, std::function<void(bool)> sent) override {
    if (sent)
      sent(false);
  }

  void end() override {}
};

// -- one request ---------------------------------------------------------------------------------

class exchange final : public http_exchange {
public:
  exchange(restinio::request_handle_t handle, http_core_ptr core)
      : core_{std::move(core)},
        handle_{std::move(handle)} {
    request_ = read_request(handle_);
    if (auto found = core_->callers.find(handle_->connection_id()); found != core_->callers.end())
      caller_ = found->second;
  }

  ~exchange() override {
    if (handle_)
      answer(problem({errc::unavailable, "this node could not finish the request"}));
  }

  void answer(http_response x) override {
    const auto entered = core_->enter();
    auto handle = std::exchange(handle_, nullptr);
    complete(x);
    if (!entered)
      return;
    if (is_bodiless(x.status))
      return send_head_only(handle, x, closing_);
    if (request_.method == http_method::head) {
      auto builder
        = handle->create_response<restinio::user_controlled_output_t>(status_line(x.status));
      add_head(builder, x, closing_);
      builder.set_content_length(x.body.size());
      builder.done();
      return;
    }
    auto builder = handle->create_response(status_line(x.status));
    add_head(builder, x, closing_);
    builder.set_body(std::move(x.body));
    builder.done();
  }

  std::unique_ptr<http_stream> stream(http_response head) override {
    const auto entered = core_->enter();
    auto handle = std::exchange(handle_, nullptr);
    complete(head);
    if (!entered)
      return std::make_unique<no_stream>();
    if (request_.method == http_method::head) {
      send_head_only(handle, head, closing_);
      return std::make_unique<no_stream>();
    }
    auto builder = handle->create_response<restinio::chunked_output_t>(status_line(head.status));
    add_head(builder, head, closing_);
    if (!head.body.empty())
      builder.append_chunk(std::move(head.body));
    builder.flush();
    return std::make_unique<chunked_stream>(std::move(builder), core_);
  }

  bool caller_is_gone() const override { return caller_ && caller_->is_gone(); }

private:
  void complete(http_response& x) {
    if (watcher_)
      watcher_(x.status, x.body.size());
    x.headers.insert(x.headers.end(), std::make_move_iterator(headers_.begin()),
                     std::make_move_iterator(headers_.end()));
    for (auto& [name, value] : x.headers)
      std::replace_if(value.begin(), value.end(), is_control, ' ');
  }

  http_core_ptr core_;
  std::shared_ptr<caller_presence> caller_; // null: unknown
  restinio::request_handle_t handle_;       // null: answered
};

} // namespace

http_exchange_ptr make_exchange(restinio::request_handle_t request, http_core_ptr core) {
  const bool malformed = is_malformed(request->header());
  if (malformed)
    core->refused.add(http_refusal::malformed);
  auto x = std::make_shared<exchange>(std::move(request), std::move(core));
  if (!malformed)
    return x;
  x->close_connection();
  x->answer(refusal_response(http_refusal::malformed));
  return nullptr;
}

} // namespace troupe
