// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/record_import.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "messages/limits.hpp"

namespace troupe {

namespace {

constexpr std::size_t batch_bytes = limits::message_bytes_max;

// FNV-1a (G. Fowler, L. Noll, K.-P. Vo), 64 bits.
void add_to_hash(std::uint64_t& hash, std::string_view text) {
  for (auto c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
}

/// nlohmann's text without its own name in front.
std::string reason_of(const std::exception& problem) {
  std::string what = problem.what();
  if (auto end = what.find("] "); end != std::string::npos)
    what.erase(0, end + 2);
  return what;
}

} // namespace

// -- state ---------------------------------------------------------------------------------------

std::filesystem::path state_file_of(const std::filesystem::path& file) {
  auto result = file;
  result += ".troupe-import";
  return result;
}

result<std::optional<import_state>> load_state(const std::filesystem::path& file) {
  std::ifstream in{file};
  if (!in)
    return std::nullopt;
  try {
    auto document = nlohmann::json::parse(in);
    import_state state;
    document.at("collection").get_to(state.collection);
    document.at("run").get_to(state.run);
    document.at("line").get_to(state.line);
    document.at("offset").get_to(state.offset);
    document.at("pending_until").get_to(state.pending_until);
    return state;
  } catch (const nlohmann::json::exception& problem) {
    return failure(errc::invalid_argument, file.string()
                                             + " does not say how far an import has "
                                               "come: "
                                             + reason_of(problem));
  }
}

result<void> save_state(const std::filesystem::path& file, const import_state& state) {
  auto draft = file;
  draft += ".new";
  std::ofstream out{draft, std::ios::trunc};
  out << nlohmann::ordered_json{{"collection", state.collection},
                                {"run", state.run},
                                {"line", state.line},
                                {"offset", state.offset},
                                {"pending_until", state.pending_until}}
      << '\n';
  out.close();
  if (!out)
    return failure(errc::invalid_argument,
                   "cannot write " + draft.string() + ": " + std::strerror(errno)
                     + "; it must remember how far the import has come. Give the file on standard "
                       "input (-) to do without");
  std::error_code problem;
  std::filesystem::rename(draft, file, problem);
  if (problem)
    return failure(errc::invalid_argument,
                   "cannot write " + file.string() + ": " + problem.message());
  return {};
}

// -- batches -------------------------------------------------------------------------------------

void import_batch::drop(const std::vector<bad_line>& refused) {
  for (auto& line : refused) {
    auto found = std::ranges::find(numbers, line.number);
    changes.erase(changes.begin() + (found - numbers.begin()));
    numbers.erase(found);
  }
  bad.insert(bad.end(), refused.begin(), refused.end());
}

std::string idempotency_key_of(const import_batch& batch, const std::string& run) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::size_t i = 0; i < batch.changes.size(); ++i)
    add_to_hash(hash, fmt::format("{} {}\n", batch.numbers[i], batch.changes[i].body));
  return fmt::format("import-{}-{}-{:016x}", run, batch.last_line, hash);
}

import_source::import_source(std::istream& lines, const import_state& start,
                             std::size_t batch_lines)
    : lines_{lines},
      collection_{start.collection},
      batch_lines_{batch_lines},
      line_{start.line},
      offset_{start.offset},
      pending_until_{start.pending_until} {}

std::optional<import_batch> import_source::next() {
  import_batch batch;
  std::set<std::string> ids;
  std::size_t bytes = 0;
  // What may be done already must be sent as it was: only then does its key tell.
  auto pending = std::exchange(pending_until_, 0);
  auto is_full = [&](const read_line& next) {
    if (pending != 0)
      return next.number > pending;
    if (batch.numbers.size() + batch.bad.size() >= batch_lines_)
      return true;
    return next.change && !batch.changes.empty()
           && (ids.contains(next.change->id) || bytes + next.change->body.size() > batch_bytes);
  };
  while (auto line = left_over_ ? std::exchange(left_over_, std::nullopt) : read()) {
    if (is_full(*line)) {
      left_over_ = std::move(line);
      break;
    }
    batch.last_line = line->number;
    batch.end_offset = line->end_offset;
    if (!line->change) {
      batch.bad.push_back({line->number, line->change.error().text});
      continue;
    }
    if (!line->change->id.empty())
      ids.insert(line->change->id);
    bytes += line->change->body.size();
    batch.numbers.push_back(line->number);
    batch.changes.push_back(std::move(*line->change));
  }
  if (batch.last_line == 0)
    return std::nullopt;
  return batch;
}

std::optional<import_source::read_line> import_source::read() {
  std::string text;
  while (std::getline(lines_, text)) {
    ++line_;
    offset_ += text.size() + (lines_.eof() ? 0 : 1);
    if (text.ends_with('\r'))
      text.pop_back();
    if (text.find_first_not_of(" \t") != std::string::npos)
      return read_line{line_, offset_, change_of(std::move(text))};
  }
  return std::nullopt;
}

result<change_record> import_source::change_of(std::string text) const {
  auto wrong = [](std::string what) { return failure(errc::invalid_record, std::move(what)); };
  if (text.size() > limits::record_bytes_max)
    return wrong(
      fmt::format("{} bytes; a record has {} at most", text.size(), limits::record_bytes_max));
  change_record change;
  change.collection = collection_;
  change.verb = record_verb::create;
  try {
    auto document = nlohmann::json::parse(text);
    if (!document.is_object())
      return wrong(std::string{"a JSON object is expected, not "} + document.type_name());
    if (auto id = document.find("id"); id != document.end()) {
      if (!id->is_string() || !is_record_id(id->get_ref<const std::string&>()))
        return wrong("id must be a text of 1 to 200 letters, digits, '-', '.', '_' and '~'");
      change.id = id->get<std::string>();
      change.verb = record_verb::put;
    }
  } catch (const nlohmann::json::exception& problem) {
    return wrong("no JSON: " + reason_of(problem));
  }
  change.body = std::move(text);
  return change;
}

} // namespace troupe
