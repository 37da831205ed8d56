// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "actors/decimal.hpp"
#include "actors/record_time.hpp"
#include "actors/schema_format.hpp"
#include "actors/uri_reference.hpp"
#include "gateway/text_encoding.hpp"
#include "messages/record.hpp"
#include "node/config.hpp"
#include "node/config_checks.hpp"
#include "node/settings_reader.hpp"
#include "tests/fuzz/target.hpp"

/// Times, durations, sizes, addresses, and all formats of JSON Schema.
namespace formats_target {

using namespace troupe;
using fuzz::require;

namespace {

void check_times(std::string_view text) {
  if (const auto time = read_rfc3339(text)) {
    const auto again = read_rfc3339(rfc3339(*time));
    require(again && *again == *time, "a time is read as it is told");
    format_time(*time);
  }
  if (const auto duration = parse_duration(text))
    require(duration->count() >= 0 && parse_duration(format_duration(*duration)) == duration,
            "a duration is read as it is told");
  if (const auto size = parse_size(text))
    require(parse_size(format_size(*size)) == size, "a size is read as it is told");
}

void check_addresses(std::string_view text) {
  if (const auto address = parse_endpoint(text)) {
    const auto again = parse_endpoint(format_endpoint(*address));
    require(again && again->host == address->host && again->port == address->port,
            "an address is read as it is told");
  }
  const auto reference = uri_reference::parse(text);
  const auto base = uri_reference::parse("http://example.org/a/b?c#d");
  const auto resolved = reference.resolved(base);
  require(resolved.scheme.has_value(), "what is resolved is absolute");
  require(resolved.resolved(base).document() == resolved.document(),
          "what is absolute stays where it is");
  require(percent_decoded(text).size() <= text.size(), "decoding makes nothing longer");
  has_uri_letters(text);
}

void run(std::string_view text) {
  for (const auto& name : schema_format_names()) {
    const auto* format = find_schema_format(name);
    require(format != nullptr, "each name has its format");
    if (format->holds != nullptr)
      require(format->holds(text) == format->holds(text), "a format holds or does not");
  }
  check_times(text);
  check_addresses(text);
  is_name(text);
  is_record_id(text);
  if (const auto names = path_names(text))
    require(path_names(path_of(*names)) == names, "a path is read as it is written");
}

const fuzz::known_target known{"formats", run};

} // namespace

} // namespace formats_target
