// SPDX-License-Identifier: Apache-2.0
#include "node/toml_depth.hpp"

#include <algorithm>
#include <vector>

namespace troupe {

namespace {

/// Reads only what opens and closes: texts and comments are passed over.
class toml_depth_reader {
public:
  explicit toml_depth_reader(std::string_view text) : rest_{text} {}

  std::optional<std::size_t> run() {
    while (!rest_.empty()) {
      step();
      if (depth_ + steps_ > toml_depth_max)
        return line_;
    }
    return std::nullopt;
  }

private:
  void step();
  void skip_text(char quote);
  void open();
  void close();
  void end_line();

  void skip(std::size_t count) {
    const auto passed = rest_.substr(0, count);
    line_ += static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n'));
    rest_.remove_prefix(passed.size());
  }

  std::string_view rest_;
  std::size_t line_ = 1;
  bool line_begins_ = true;       // nothing but blanks so far
  bool in_header_ = false;        // [a.b]
  std::vector<std::size_t> open_; // what each open bracket added to the depth
  std::size_t depth_ = 0;         // of the table that is read
  std::size_t steps_ = 0;         // dots of the name that is read
};

void toml_depth_reader::step() {
  const auto x = rest_.front();
  const bool begins = line_begins_;
  line_begins_ = begins && (x == ' ' || x == '\t' || x == '\n');
  switch (x) {
  case '#':
    return skip(std::min(rest_.find('\n'), rest_.size()));
  case '"':
  case '\'':
    return skip_text(x);
  case '\n':
    end_line();
    break;
  case '.':
    ++steps_;
    break;
  case ',':
    steps_ = 0;
    break;
  case '[':
    if (begins && open_.empty()) {
      in_header_ = true;
      depth_ = 1;
      steps_ = 0;
    } else if (!in_header_) {
      open();
    }
    break;
  case '{':
    open();
    break;
  case ']':
  case '}':
    close();
    break;
  default:
    break;
  }
  skip(1);
}

void toml_depth_reader::skip_text(char quote) {
  const std::string_view three = quote == '"' ? "\"\"\"" : "'''";
  const bool lines = rest_.starts_with(three);
  const auto size = lines ? three.size() : 1;
  auto at = size;
  for (; at < rest_.size(); ++at) {
    if (quote == '"' && rest_[at] == '\\')
      ++at;
    else if (!lines && rest_[at] == '\n')
      return skip(at); // no text after all
    else if (rest_.substr(at).starts_with(lines ? three : three.substr(0, 1)))
      break;
  }
  skip(at + size);
}

void toml_depth_reader::open() {
  open_.push_back(steps_ + 1);
  depth_ += steps_ + 1;
  steps_ = 0;
}

void toml_depth_reader::close() {
  if (open_.empty())
    return;
  depth_ -= open_.back();
  open_.pop_back();
  steps_ = 0;
}

void toml_depth_reader::end_line() {
  if (in_header_)
    depth_ = 1 + steps_;
  in_header_ = false;
  line_begins_ = true;
  steps_ = 0;
}

} // namespace

std::optional<std::size_t> line_of_too_deep_toml(std::string_view text) {
  return toml_depth_reader{text}.run();
}

} // namespace troupe
