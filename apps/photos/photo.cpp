// SPDX-License-Identifier: Apache-2.0
#include "apps/photos/photo.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "messages/record.hpp"

namespace photos {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t batch_photos = 100;

std::vector<std::string> words_of(std::string_view name) {
  constexpr std::string_view separators = " _-.,";
  std::vector<std::string> words;
  for (std::size_t begin = 0; (begin = name.find_first_not_of(separators, begin)) != name.npos;) {
    auto end = std::min(name.find_first_of(separators, begin), name.size());
    words.emplace_back(name.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

troupe::timestamp last_change(const std::filesystem::path& file) {
  auto time = std::chrono::file_clock::to_sys(std::filesystem::last_write_time(file));
  return std::chrono::time_point_cast<std::chrono::microseconds>(time);
}

} // namespace

std::string title_of(const std::filesystem::path& file) {
  std::string title;
  for (const auto& word : words_of(file.stem().string()))
    title.append(title.empty() ? "" : " ").append(word);
  return title.empty() ? file.filename().string() : title;
}

std::vector<std::string> tags_of(const std::filesystem::path& file) {
  auto tags = words_of(file.parent_path().filename().string());
  for (auto& tag : tags)
    std::ranges::transform(tag, tag.begin(), [](unsigned char character) {
      return static_cast<char>(std::tolower(character));
    });
  return tags;
}

std::optional<troupe::timestamp> parse_exif_time(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0;
  int hour = 0, minute = 0, second = 0;
  if (std::sscanf(std::string{text}.c_str(), "%4d:%2u:%2u %2d:%2d:%2d", &year, &month, &day, &hour,
                  &minute, &second)
      != 6)
    return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                   std::chrono::day{day}};
  if (!date.ok() || year < 1800 || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute}
         + std::chrono::seconds{second};
}

photo describe(const thumbnail_request& request) {
  const auto& file = request.source;
  auto taken = parse_exif_time(camera_time(file));
  return {.title = title_of(file),
          .size = std::filesystem::file_size(file),
          .taken_at = taken ? *taken : last_change(file),
          .tags = tags_of(file),
          .wanted = request};
}

std::string to_record(const photo& x) {
  return json{{"title", x.title},
              {"file", x.wanted.source.string()},
              {"size", x.size},
              {"taken_at", troupe::rfc3339(x.taken_at)},
              {"tags", x.tags},
              {"state", "new"},
              {"wanted",
               {{"directory", x.wanted.output_directory.string()},
                {"name", x.wanted.name},
                {"sizes", x.wanted.sizes}}}}
    .dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<std::vector<troupe::change_record>> to_changes(const std::vector<photo>& photos,
                                                           const std::string& collection) {
  std::vector<std::vector<troupe::change_record>> batches;
  for (const auto& x : photos) {
    if (batches.empty() || batches.back().size() == batch_photos)
      batches.emplace_back();
    troupe::change_record change;
    change.collection = collection;
    change.verb = troupe::record_verb::create;
    change.body = to_record(x);
    batches.back().push_back(std::move(change));
  }
  return batches;
}

} // namespace photos
