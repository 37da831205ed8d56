// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http.hpp"

namespace troupe {

/// What of a path stood for the names in a route's pattern, decoded, in their order.
using path_values = std::vector<std::string>;

/// Finds who answers to a method and a path.
///
/// Patterns are paths whose segments are texts, or names in braces, which stand for any text that
/// is not empty: "/v1/queues/{queue}/jobs". A name may be followed by a text: "{id}:cancel". The
/// name {path} at the end stands for all that follows, from its slash on: "/site/{path}" fits
/// "/site" with "", "/site/" with "/", and "/site/a/b.css" with "/a/b.css".
class router {
public:
  /// Adds a route; returns its number, from 0.
  std::size_t add(http_method method, std::string_view pattern);

  struct found {
    enum class kind : std::uint8_t { route, no_path, no_method, malformed };
    kind what = kind::no_path;
    std::size_t route = 0;
    path_values values;
    std::vector<http_method> allowed; ///< methods of this path, unless it is unknown
  };

  /// HEAD finds what GET finds, if it has no route of its own. A path that is not well encoded, or
  /// has an empty, "." or ".." segment, is malformed. One that ends with a slash is another one
  /// than that without; it leads somewhere only where {path} stands for the end.
  found find(http_method method, std::string_view path) const;

private:
  struct segment {
    std::string text; // of a text; of a name, what follows it
    bool is_name = false;
  };
  struct entry {
    http_method method;
    std::vector<segment> segments;
    bool takes_rest = false; ///< {path} follows the segments
  };
  struct split_path;

  static std::optional<split_path> split(std::string_view path);
  static bool matches(const entry& x, const split_path& path, path_values& values);

  std::vector<entry> entries_;
};

/// "GET, HEAD, OPTIONS".
std::string allow_header(const std::vector<http_method>& methods);

} // namespace troupe
