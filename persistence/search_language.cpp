// SPDX-License-Identifier: Apache-2.0
#include "persistence/search_language.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "messages/limits.hpp"
#include "persistence/unicode_text.hpp"

namespace troupe {

namespace {

using kind = search_tree::kind;

/// A text that may be cut, as one run of a kind after the other.
struct text_run {
  bool unspaced = false;
  std::string_view text;
  std::vector<std::string_view> characters; ///< of `unspaced`
};

/// Runs of unspaced scripts, and what stands between them. `words_only`: not what has no word.
std::vector<text_run> runs_of(std::string_view text, bool words_only) {
  std::vector<text_run> runs;
  bool has_word = false;
  const auto end_run = [&] {
    if (!runs.empty() && words_only && !has_word)
      runs.pop_back();
    has_word = false;
  };
  while (!text.empty()) {
    const auto rest = text;
    const auto x = take_character(text);
    const auto bytes = rest.substr(0, rest.size() - text.size());
    const bool unspaced = is_unspaced(x);
    if (runs.empty() || runs.back().unspaced != unspaced
        || runs.back().text.data() + runs.back().text.size() != bytes.data()) {
      end_run();
      runs.push_back({unspaced, bytes.substr(0, 0), {}});
    }
    auto& run = runs.back();
    run.text = {run.text.data(), run.text.size() + bytes.size()};
    if (unspaced)
      run.characters.push_back(bytes);
    has_word = has_word || is_word_character(x);
  }
  end_run();
  return runs;
}

/// Adds a run to a text of words. `whole`: nothing of the run can stand behind.
void add_run(std::string& words, const text_run& run, bool whole) {
  if (!run.unspaced) {
    words += run.text;
    return;
  }
  const auto& characters = run.characters;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const bool last = i + 1 == characters.size();
    if (last && !whole && i > 0)
      break;
    words += ' ';
    words += characters[i];
    if (!last)
      words += characters[i + 1];
  }
  words += ' ';
}

class search_reader {
public:
  search_reader(std::string_view text, const std::vector<std::string>& fields)
      : rest_{text},
        fields_{fields} {}

  result<search_tree> run();

private:
  using part = std::optional<search_tree>;

  struct token {
    enum class kind : std::uint8_t { end, open, close, word, phrase };
    kind what = kind::end;
    std::string_view text;
    bool prefix = false;
    std::optional<std::size_t> field;
  };

  token next();
  void advance() { token_ = next(); }
  bool is_word(std::string_view x) const {
    return token_.what == token::kind::word && token_.text == x && !token_.field;
  }
  bool begins_term() const;
  result<part> any_of(std::size_t depth);
  result<part> all_of(std::size_t depth);
  result<part> term(std::size_t depth);
  result<part> phrase_of(const token& x);
  static part joined(kind what, part left, part right);

  std::string_view rest_;
  const std::vector<std::string>& fields_;
  token token_;
  std::size_t phrases_ = 0;
  std::size_t parts_ = 0;
};

bool is_blank(char x) {
  return static_cast<unsigned char>(x) <= ' ';
}

search_reader::token search_reader::next() {
  while (!rest_.empty() && is_blank(rest_.front()))
    rest_.remove_prefix(1);
  token x;
  if (rest_.empty())
    return x;
  if (rest_.front() == '(' || rest_.front() == ')') {
    x.what = rest_.front() == '(' ? token::kind::open : token::kind::close;
    rest_.remove_prefix(1);
    return x;
  }
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (rest_.size() > fields_[i].size() + 1 && rest_.starts_with(fields_[i])
        && rest_[fields_[i].size()] == ':' && !is_blank(rest_[fields_[i].size() + 1])) {
      x.field = i;
      rest_.remove_prefix(fields_[i].size() + 1);
      break;
    }
  const bool quoted = rest_.front() == '"';
  rest_.remove_prefix(quoted ? 1 : 0);
  const auto* end = std::find_if(rest_.begin(), rest_.end(), [quoted](char y) {
    return y == '"' || (!quoted && (is_blank(y) || y == '(' || y == ')'));
  });
  x.what = quoted ? token::kind::phrase : token::kind::word;
  x.text = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
  rest_.remove_prefix(std::min(rest_.size(), x.text.size() + (quoted ? 1 : 0)));
  x.prefix = quoted ? rest_.starts_with('*') : x.text.ends_with('*');
  return x;
}

bool search_reader::begins_term() const {
  return token_.what == token::kind::open || token_.what == token::kind::word
         || token_.what == token::kind::phrase;
}

search_reader::part search_reader::joined(kind what, part left, part right) {
  if (!left)
    return right;
  if (!right)
    return left;
  // Flat, whatever its length: a NOT b NOT c d is (a AND d) NOT (b OR c).
  if (left->what == kind::without && what != kind::any) {
    auto& side = left->parts[what == kind::without ? 1 : 0];
    side
      = *joined(what == kind::without ? kind::any : kind::all, std::move(side), std::move(right));
    return left;
  }
  if (what != kind::without && left->what == what) {
    left->parts.push_back(std::move(*right));
    return left;
  }
  search_tree x;
  x.what = what;
  x.parts.push_back(std::move(*left));
  x.parts.push_back(std::move(*right));
  return x;
}

result<search_reader::part> search_reader::any_of(std::size_t depth) {
  auto left = all_of(depth);
  while (left && is_word("OR")) {
    const auto before = token_;
    advance();
    // At an end it is only a word.
    const bool is_operator = left->has_value() && begins_term();
    auto right = is_operator ? all_of(depth) : phrase_of(before);
    if (!right)
      return right;
    left = joined(is_operator ? kind::any : kind::all, std::move(*left), std::move(*right));
  }
  return left;
}

result<search_reader::part> search_reader::all_of(std::size_t depth) {
  part all;
  while (begins_term() && !(is_word("OR") && all)) {
    const bool with = is_word("AND");
    const bool without = is_word("NOT");
    const auto before = token_;
    if (with || without)
      advance();
    const bool is_operator = (with || without) && begins_term();
    if (is_operator && without && !all)
      return failure(errc::invalid_argument,
                     "search: NOT needs something in front that it takes away from");
    auto read = is_operator || !(with || without) ? term(depth) : phrase_of(before);
    if (!read)
      return read;
    all = joined(is_operator && without ? kind::without : kind::all, std::move(all),
                 std::move(*read));
  }
  return all;
}

result<search_reader::part> search_reader::term(std::size_t depth) {
  const auto x = token_;
  advance();
  if (x.what != token::kind::open)
    return phrase_of(x);
  if (depth == limits::search_depth_max)
    return failure(errc::invalid_argument, "search: parentheses are nested deeper than "
                                             + std::to_string(limits::search_depth_max));
  auto inner = any_of(depth + 1);
  if (inner && token_.what == token::kind::close)
    advance();
  return inner;
}

result<search_reader::part> search_reader::phrase_of(const token& x) {
  const auto runs = runs_of(x.text, true);
  if (runs.empty())
    return part{};
  search_tree phrase;
  phrase.field = x.field;
  for (const auto& run : runs) {
    add_run(phrase.words, run, &run != &runs.back());
    parts_ += run.unspaced ? run.characters.size() : 1;
  }
  const auto& last = runs.back();
  phrase.prefix = last.unspaced ? last.characters.size() == 1 : x.prefix;
  if (++phrases_ > limits::search_words_max || parts_ > limits::search_parts_max)
    return failure(errc::invalid_argument,
                   "search: more than " + std::to_string(limits::search_words_max)
                     + " words, or of scripts without blanks "
                     + std::to_string(limits::search_parts_max) + " characters");
  return part{std::move(phrase)};
}

result<search_tree> search_reader::run() {
  advance();
  part all;
  while (token_.what != token::kind::end) {
    auto read = any_of(0);
    if (!read)
      return tl::unexpected<error>{read.error()};
    all = joined(kind::all, std::move(all), std::move(*read));
    if (token_.what == token::kind::close) // of nothing
      advance();
  }
  if (!all)
    return failure(errc::invalid_argument, "search: there is no word in it");
  return std::move(*all);
}

// BM25 without what it counts in other records: how rare a word is, and how long records are.
constexpr double saturation = 1.2;
constexpr double length_weight = 0.75;
constexpr double usual_words = 100;

struct score_reader {
  const std::vector<std::uint64_t>& hits;
  double weight;
  std::size_t next = 0;

  double of(const search_tree& x) {
    if (x.what == kind::phrase) {
      const auto found = next < hits.size() ? static_cast<double>(hits[next]) : 0.0;
      ++next;
      return found == 0 ? 0 : found * (saturation + 1) / (found + saturation * weight);
    }
    double sum = 0;
    bool missing = false;
    for (std::size_t i = 0; i < x.parts.size(); ++i) {
      const auto part = of(x.parts[i]);
      if (x.what == kind::without && i > 0)
        continue;
      sum += part;
      missing = missing || part == 0;
    }
    // Engines need not count what does not help a part to match.
    return x.what == kind::all && missing ? 0 : sum;
  }
};

} // namespace

std::string indexed_text(std::string_view text) {
  std::string words;
  words.reserve(text.size());
  for (const auto& run : runs_of(text, false))
    add_run(words, run, true);
  return words;
}

result<search_tree> read_search(std::string_view text, const std::vector<std::string>& fields) {
  if (text.size() > limits::query_bytes_max)
    return failure(errc::invalid_argument,
                   "search: at most " + std::to_string(limits::query_bytes_max) + " bytes");
  return search_reader{text, fields}.run();
}

std::int64_t search_score(const search_tree& search, const std::vector<std::uint64_t>& hits,
                          std::uint64_t words) {
  const auto weight = 1 - length_weight + length_weight * static_cast<double>(words) / usual_words;
  constexpr double units = 1'000'000;
  return -std::llround(units * score_reader{hits, weight}.of(search));
}

} // namespace troupe
