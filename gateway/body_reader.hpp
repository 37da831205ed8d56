// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "actors/json_reader.hpp"
#include "gateway/http.hpp"
#include "messages/errors.hpp"

namespace troupe {

/// Takes the members of a request's body one by one. Of what is wrong the first thing is kept:
/// take all of them, then ask `finish`. An empty body stands for {}.
class body_reader {
public:
  explicit body_reader(const http_request& request);

  /// One of several bodies inside a larger one.
  explicit body_reader(json_value object);

  /// "" if it is missing and need not be there.
  std::string text(const char* name, bool required);

  /// `fallback` if it is missing.
  std::uint64_t number(const char* name, std::uint64_t fallback, std::uint64_t max);

  /// An id or an epoch, which must be there: a text of digits, or a number.
  std::uint64_t id(const char* name);

  /// False if it is missing.
  bool flag(const char* name);

  /// Bytes: `name` as a text, any other JSON as its text, or `name` + "_base64". "" if missing.
  std::string bytes(const char* name);

  /// Null if it is missing.
  json_value value(const char* name);

  /// Why the body cannot be taken; members that nobody took are wrong as well.
  std::optional<error> finish();

private:
  void refuse(const std::string& name, const std::string& wanted);

  json_value body_;
  std::optional<error> wrong_;
};

} // namespace troupe
