// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <sstream>
#include <string>

#include "apps/troupe/payload_source.hpp"
#include "apps/troupe/record_import.hpp"
#include "messages/limits.hpp"
#include "tests/fuzz/target.hpp"

/// Lines of JSON, as `troupe records import` and `troupe submit` read them: first a byte for the
/// size of batches and where an import before has ended, then the file.
namespace import_lines_target {

using namespace troupe;
using fuzz::require;

namespace {

struct imported {
  std::vector<std::string> bodies;
  std::vector<std::uint64_t> bad;
  std::uint64_t lines = 0;
};

imported import(std::string_view text, std::size_t batch_lines) {
  imported all;
  std::istringstream lines{std::string{text}};
  import_state state{"notes", "run", 0, 0, 0};
  import_source source{lines, state, batch_lines};
  while (const auto batch = source.next()) {
    require(batch->changes.size() == batch->numbers.size(), "each change has its line");
    require(batch->changes.size() + batch->bad.size() <= batch_lines, "a batch has its size");
    require(batch->last_line > all.lines, "each batch goes on behind the one before");
    require(batch->end_offset <= text.size(), "a batch ends in the file");
    std::set<std::string> ids;
    for (const auto& x : batch->changes) {
      require(x.id.empty() || ids.insert(x.id).second, "a batch names a record once");
      require(x.body.size() <= limits::record_bytes_max, "a record is within its limit");
      all.bodies.push_back(x.body);
    }
    for (const auto& x : batch->bad)
      all.bad.push_back(x.number);
    all.lines = batch->last_line;
    require(!idempotency_key_of(*batch, "run").empty(), "a batch has a key");
  }
  return all;
}

void run(std::string_view bytes) {
  const auto batch_lines = 1 + fuzz::take_number(bytes) % 8;
  const auto some = import(bytes, batch_lines);
  const auto one = import(bytes, 1);
  require(some.bodies == one.bodies && some.bad == one.bad && some.lines == one.lines,
          "batches of any size are the same changes");

  std::istringstream lines{std::string{bytes}};
  payload_source payloads{lines, 1};
  for (std::size_t i = 0; const auto payload = payloads.next(); ++i) {
    require(i <= bytes.size(), "there are no more payloads than lines");
    check_json(*payload);
  }
}

const fuzz::known_target known{"import_lines", run};

} // namespace

} // namespace import_lines_target
