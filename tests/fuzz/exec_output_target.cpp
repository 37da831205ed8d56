// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "actors/error_text.hpp"
#include "actors/kept_text.hpp"
#include "actors/utf8.hpp"
#include "messages/job.hpp"
#include "tests/fuzz/shown.hpp"
#include "tests/fuzz/target.hpp"

/// What a program writes: a byte for how much of it is kept, one for how it comes, then its bytes.
namespace exec_output_target {

using namespace troupe;
using fuzz::require;

namespace {

void run(std::string_view bytes) {
  const std::size_t bytes_max = 8U * fuzz::take_number(bytes);
  const std::size_t piece_bytes = 1 + fuzz::take_number(bytes);

  const auto whole = error_text(bytes, bytes_max);
  require(is_utf8(whole) && whole.size() <= bytes_max, "an error's text is UTF-8 and bounded");
  require(!is_utf8(bytes) || bytes.size() > bytes_max || whole == bytes,
          "a text that may stay stays");
  require(error_text(whole, bytes_max) == whole, "what was cut is not cut again");

  kept_text once{bytes_max};
  once.append(bytes);
  kept_text pieces{bytes_max};
  for (auto rest = bytes; !rest.empty(); rest.remove_prefix(std::min(piece_bytes, rest.size())))
    pieces.append(rest.substr(0, piece_bytes));
  require(pieces.text(bytes_max) == once.text(bytes_max), "pieces are the same as the whole");
  require(is_utf8(pieces.text(bytes_max)) && pieces.text(bytes_max).size() <= bytes_max,
          "what is kept is UTF-8 and bounded");

  job ended;
  ended.result = bytes;
  ended.error = pieces.text(bytes_max);
  ended.history.push_back({1, 1, "north", {}, {}, end_reason::error, whole});
  fuzz::show(ended);
}

const fuzz::known_target known{"exec_output", run};

} // namespace

} // namespace exec_output_target
