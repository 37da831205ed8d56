// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace troupe {

/// The files of a folder, for browsers. They are read once: what happens to the folder later
/// changes nothing, and no path that a caller sends ever reaches the file system.
class site {
public:
  static constexpr std::size_t files_max = 1000;
  static constexpr std::uintmax_t bytes_max = 16 * 1024 * 1024; ///< of all files together

  struct file {
    std::string type; ///< for Content-Type
    std::string tag;  ///< strong, of its bytes
    std::string bytes;
  };

  /// Reads all files below the folder but those with a name that begins with a dot, or below such a
  /// folder. A link counts as the file that it leads to; a link to a folder is left out.
  /// `config_invalid` if there is no such folder, no index.html in it, or too much.
  static result<site> read(const std::filesystem::path& folder);

  /// The file at a path such as "/images/a.png"; at "/" and "/images/" the index.html there. Null
  /// if there is none.
  const file* find(std::string_view path) const;

private:
  std::map<std::string, file, std::less<>> files_; // by their paths from the folder
};

/// What a browser must be told that a file is, by the end of its name.
std::string_view media_type_of(const std::filesystem::path& file);

} // namespace troupe
