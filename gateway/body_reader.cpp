// SPDX-License-Identifier: Apache-2.0
#include "gateway/body_reader.hpp"

#include <utility>

#include "gateway/gateway_state.hpp"
#include "gateway/text_encoding.hpp"

namespace troupe {

body_reader::body_reader(const http_request& request) : body_(json_value::object()) {
  if (request.body.empty())
    return;
  // The server has bounded the body already.
  auto body = read_json_object(request.body, request.body.size());
  if (body)
    body_ = std::move(*body);
  else
    wrong_ = body.error();
}

body_reader::body_reader(json_value object) : body_(std::move(object)) {
  if (body_.is_object())
    return;
  body_ = json_value::object();
  wrong_ = error{errc::invalid_argument, "it must be an object"};
}

json_value body_reader::value(const char* name) {
  auto found = body_.find(name);
  if (found == body_.end())
    return nullptr;
  auto result = std::move(*found);
  body_.erase(found);
  return result;
}

std::string body_reader::text(const char* name, bool required) {
  auto found = value(name);
  if (found.is_string())
    return found.get<std::string>();
  if (required || !found.is_null())
    refuse(name, "a text");
  return {};
}

std::uint64_t body_reader::number(const char* name, std::uint64_t fallback, std::uint64_t max) {
  auto found = value(name);
  if (found.is_null())
    return fallback;
  if (found.is_number_unsigned() && found.get<std::uint64_t>() <= max)
    return found.get<std::uint64_t>();
  refuse(name, "a whole number, 0 to " + std::to_string(max));
  return fallback;
}

std::uint64_t body_reader::id(const char* name) {
  auto found = value(name);
  if (found.is_number_unsigned())
    return found.get<std::uint64_t>();
  if (found.is_string())
    if (auto number = read_number(found.get<std::string>()))
      return *number;
  refuse(name, "a text of digits");
  return 0;
}

bool body_reader::flag(const char* name) {
  auto found = value(name);
  if (found.is_boolean())
    return found.get<bool>();
  if (!found.is_null())
    refuse(name, "true or false");
  return false;
}

std::string body_reader::bytes(const char* name) {
  auto found = value(name);
  auto encoded = text((std::string{name} + "_base64").c_str(), false);
  if (!encoded.empty()) {
    auto decoded = base64_decode(encoded);
    if (decoded && found.is_null())
      return std::move(*decoded);
    refuse(std::string{name} + "_base64", "base64, and stand alone");
    return {};
  }
  if (found.is_null())
    return {};
  return found.is_string() ? found.get<std::string>() : json_text(found);
}

std::optional<error> body_reader::finish() {
  if (!wrong_ && !body_.empty())
    wrong_ = error{errc::invalid_argument,
                   "the body has a member '" + body_.begin().key() + "', which means nothing here"};
  return wrong_;
}

void body_reader::refuse(const std::string& name, const std::string& wanted) {
  if (!wrong_)
    wrong_ = error{errc::invalid_argument, "the body's member '" + name + "' must be " + wanted};
}

} // namespace troupe
