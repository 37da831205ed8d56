// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// The parts of a URI or of a reference to one (RFC 3986), as they stand there.
struct uri_reference {
  std::optional<std::string> scheme;
  std::optional<std::string> authority;
  std::string path;
  std::optional<std::string> query;
  std::optional<std::string> fragment;

  /// Takes any text apart; says nothing about whether its letters are allowed.
  static uri_reference parse(std::string_view text);

  /// Where this leads, seen from `base` (RFC 3986 5.2).
  uri_reference resolved(const uri_reference& base) const;

  /// All but the fragment.
  std::string document() const;
};

/// "a%20b" becomes "a b". What is no escape stays.
std::string percent_decoded(std::string_view text);

/// Whether each letter may stand in a URI, and each % begins an escape.
bool has_uri_letters(std::string_view text);

} // namespace troupe
