// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "messages/errors.hpp"

namespace troupe {

struct toml_entry;
struct toml_value;

/// Keys and values in the order of the file.
struct toml_table {
  std::vector<toml_entry> entries;

  const toml_value* find(std::string_view key) const;
};

/// A date or a time: TOML has them, no setting of ours takes one.
struct toml_date_time {};

/// A value of a TOML document, and the line where it stands.
struct toml_value {
  std::variant<toml_table, std::vector<toml_value>, std::string, std::int64_t, double, bool,
               toml_date_time>
    data;
  std::size_t line = 0; ///< from 1
};

struct toml_entry {
  std::string key;
  toml_value value;
};

/// Reads a document; `name` stands for it in the error's text: "name:line:column: what is wrong".
result<toml_value> read_toml(std::string_view text, std::string_view name);

} // namespace troupe
