// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>

namespace troupe {

/// A file of the dashboard, compiled into the program.
struct asset {
  std::string_view name; ///< "index.html", or with a hash of its bytes: "main-5KX2.js"
  std::string_view type; ///< for Content-Type
  std::string_view hash; ///< of its bytes, hexadecimal
  std::string_view bytes;
};

/// All files, or none if the dashboard was not built. Made by the build; see cmake/web.cmake.
std::span<const asset> embedded_assets();

} // namespace troupe
