// SPDX-License-Identifier: Apache-2.0
#include "messages/record.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "messages/calendar.hpp"
#include "messages/record_requests.hpp"

namespace troupe {

namespace {

bool is_unreserved(char x) {
  return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9') || x == '-'
         || x == '.' || x == '_' || x == '~';
}

constexpr std::array<std::string_view, 3> change_names{{"created", "updated", "deleted"}};
constexpr std::array<std::string_view, 4> status_names{{"hit", "miss", "coalesced", "stale"}};
constexpr std::array<std::string_view, 5> verb_names{
  {"create", "put", "merge_patch", "json_patch", "remove"}};

// Enums arrive from the wire unchecked, so a number without a name is possible.
template <class Enum, std::size_t N>
std::string name_in(const std::array<std::string_view, N>& names, Enum x) {
  auto i = static_cast<std::size_t>(x) - 1;
  return i < N ? std::string{names[i]} : "unknown";
}

void put_digits(std::string& text, std::size_t at, std::size_t count, unsigned value) {
  for (auto i = at + count; i-- > at; value /= 10)
    text[i] = static_cast<char>('0' + value % 10);
}

constexpr std::uint64_t fnv_offset = 14695981039346656037ULL;
constexpr std::uint64_t fnv_prime = 1099511628211ULL;

std::uint64_t fnv_1a(std::uint64_t hash, std::string_view bytes) {
  for (const auto x : bytes)
    hash = (hash ^ static_cast<unsigned char>(x)) * fnv_prime;
  return hash;
}

} // namespace

bool is_record_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= limits::record_id_bytes_max && id != "." && id != ".."
         && std::all_of(id.begin(), id.end(), is_unreserved);
}

std::string rfc3339(timestamp x) {
  using namespace std::chrono;
  x = in_calendar(x);
  const auto day = floor<days>(x);
  const year_month_day date{day};
  const hh_mm_ss time{x - day};
  std::string text = "0000-00-00T00:00:00.000000Z";
  put_digits(text, 0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(text, 5, 2, static_cast<unsigned>(date.month()));
  put_digits(text, 8, 2, static_cast<unsigned>(date.day()));
  put_digits(text, 11, 2, static_cast<unsigned>(time.hours().count()));
  put_digits(text, 14, 2, static_cast<unsigned>(time.minutes().count()));
  put_digits(text, 17, 2, static_cast<unsigned>(time.seconds().count()));
  put_digits(text, 20, 6, static_cast<unsigned>(time.subseconds().count()));
  return text;
}

std::string record_json(const record& x) {
  std::string json = R"({"id":")";
  json.reserve(x.id.size() + x.fields.size() + 128);
  json += x.id;
  json += R"(","version":)";
  json += std::to_string(x.version);
  json += R"(,"created_at":")";
  json += rfc3339(x.created_at);
  json += R"(","updated_at":")";
  json += rfc3339(x.updated_at);
  json += '"';
  // The fields are an object's text: what follows its brace follows here.
  const auto first = x.fields.find_first_not_of(" \t\r\n", x.fields.find('{') + 1);
  if (first == std::string::npos || x.fields[first] == '}')
    return json += '}';
  json += ',';
  return json.append(x.fields, first);
}

std::string hook_payload(std::string_view collection, change_kind kind, const record& before,
                         const record& after) {
  std::string json = R"({"collection":")";
  json += collection;
  json += R"(","change":")";
  json += to_string(kind);
  json += R"(","before":)";
  json += before.version == 0 ? "null" : record_json(before);
  json += R"(,"after":)";
  json += after.version == 0 ? "null" : record_json(after);
  return json += '}';
}

std::uint32_t shard_of(std::string_view collection, std::string_view id) noexcept {
  const auto hash = fnv_1a(fnv_1a(fnv_1a(fnv_offset, collection), std::string_view{"\0", 1}), id);
  // The upper bits of FNV-1a depend on all bytes, the lowest ones less well.
  return static_cast<std::uint32_t>((hash >> 32 ^ hash) % key_shards);
}

bool holds(const write_condition& x, std::uint64_t version) noexcept {
  switch (x.kind) {
  case condition_kind::none:
    return true;
  case condition_kind::absent:
    return version == 0;
  case condition_kind::present:
    return version != 0;
  case condition_kind::version:
    return version != 0 && version == x.version;
  }
  return false; // a number from the wire that means nothing
}

std::optional<std::vector<std::string>> path_names(std::string_view path) {
  constexpr char quote = '`';
  std::vector<std::string> names;
  for (std::size_t at = 0; at <= path.size(); ++at) {
    auto& name = names.emplace_back();
    if (at < path.size() && path[at] == quote) {
      for (++at;; ++at) {
        if (at >= path.size())
          return std::nullopt;
        if (path[at] == quote && (++at >= path.size() || path[at] != quote))
          break; // behind the last quote
        name += path[at];
      }
      if (at < path.size() && path[at] != '.')
        return std::nullopt;
    } else {
      const auto end = std::min(path.find('.', at), path.size());
      name = path.substr(at, end - at);
      at = end;
    }
    if (name.empty())
      return std::nullopt;
  }
  return names;
}

std::string path_of(const std::vector<std::string>& names) {
  std::string path;
  for (const auto& name : names) {
    if (!path.empty())
      path += '.';
    if (name.find_first_of(".`") == std::string::npos) {
      path += name;
      continue;
    }
    path += '`';
    for (const auto x : name)
      path += x == '`' ? std::string{"``"} : std::string{x};
    path += '`';
  }
  return path;
}

std::string to_string(change_kind x) {
  return name_in(change_names, x);
}

std::string to_string(cache_status x) {
  return name_in(status_names, x);
}

std::string to_string(record_verb x) {
  return name_in(verb_names, x);
}

} // namespace troupe
