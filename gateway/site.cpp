// SPDX-License-Identifier: Apache-2.0
#include "gateway/site.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "gateway/entity_tag.hpp"

namespace troupe {

namespace {

constexpr std::string_view index_name = "index.html";

constexpr std::array<std::pair<std::string_view, std::string_view>, 20> media_types{{
  {".css", "text/css; charset=utf-8"},
  {".csv", "text/csv; charset=utf-8"},
  {".gif", "image/gif"},
  {".html", "text/html; charset=utf-8"},
  {".ico", "image/vnd.microsoft.icon"},
  {".jpeg", "image/jpeg"},
  {".jpg", "image/jpeg"},
  {".js", "text/javascript; charset=utf-8"},
  {".json", "application/json"},
  {".map", "application/json"},
  {".mjs", "text/javascript; charset=utf-8"},
  {".pdf", "application/pdf"},
  {".png", "image/png"},
  {".svg", "image/svg+xml"},
  {".txt", "text/plain; charset=utf-8"},
  {".wasm", "application/wasm"},
  {".webmanifest", "application/manifest+json"},
  {".webp", "image/webp"},
  {".woff2", "font/woff2"},
  {".xml", "application/xml"},
}};

auto refusal(const std::filesystem::path& place, const std::string& why) {
  return failure(errc::config_invalid, "'" + place.string() + "' " + why);
}

bool is_hidden(const std::filesystem::path& place) {
  return place.filename().string().starts_with('.');
}

/// All of a file; nothing if it cannot be read.
result<std::string> read_bytes(const std::filesystem::path& place) {
  std::ifstream stream{place, std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>{stream}, {}};
  if (!stream)
    return refusal(place, "cannot be read; check its permissions");
  return bytes;
}

/// The paths of the files that count.
result<std::vector<std::filesystem::path>> list(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::uintmax_t bytes = 0;
  std::error_code failed;
  std::filesystem::recursive_directory_iterator entry{folder, failed};
  for (const std::filesystem::recursive_directory_iterator end; !failed && entry != end;
       entry.increment(failed)) {
    std::error_code unknown;
    if (is_hidden(entry->path()))
      entry.disable_recursion_pending();
    else if (entry->is_regular_file(unknown)) {
      found.push_back(entry->path());
      bytes += entry->file_size(unknown);
    }
    if (unknown)
      return refusal(entry->path(), "cannot be read: " + unknown.message());
    if (found.size() > site::files_max || bytes > site::bytes_max)
      return refusal(folder, "holds too much; at most " + std::to_string(site::files_max)
                               + " files and " + std::to_string(site::bytes_max / (1024 * 1024))
                               + " MiB are served");
  }
  if (failed)
    return refusal(folder, "cannot be read: " + failed.message());
  return found;
}

} // namespace

result<site> site::read(const std::filesystem::path& folder) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(folder, unknown))
    return refusal(folder, "is no folder");
  auto places = list(folder);
  if (!places)
    return tl::unexpected{places.error()};
  site x;
  for (const auto& place : *places) {
    auto bytes = read_bytes(place);
    if (!bytes)
      return tl::unexpected{bytes.error()};
    auto tag = content_tag(*bytes);
    x.files_['/' + place.lexically_relative(folder).generic_string()]
      = {std::string{media_type_of(place)}, std::move(tag), std::move(*bytes)};
  }
  if (x.find("/") == nullptr)
    return refusal(folder, "has no index.html");
  return x;
}

const site::file* site::find(std::string_view path) const {
  std::string name{path};
  if (name.ends_with('/'))
    name += index_name;
  const auto found = files_.find(name);
  return found == files_.end() ? nullptr : &found->second;
}

std::string_view media_type_of(const std::filesystem::path& file) {
  const auto extension = file.extension().string();
  const auto same = [&](const auto& x) { return x.first == extension; };
  const auto found = std::find_if(media_types.begin(), media_types.end(), same);
  return found == media_types.end() ? "application/octet-stream" : found->second;
}

} // namespace troupe
