// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/history_mark.hpp"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace troupe::sqlite {

namespace {

// Two numbers of 16 hexadecimal digits, each with one character behind.
constexpr std::size_t mark_digits = 16;
constexpr std::size_t mark_field = mark_digits + 1;

std::optional<std::uint64_t> read_digits(std::string_view text) {
  std::uint64_t x = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), x, 16);
  if (wrong != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return x;
}

void put_digits(char* to, std::uint64_t x) noexcept {
  for (auto i = mark_digits; i-- > 0; x >>= 4)
    to[i] = "0123456789abcdef"[x & 0xf];
}

} // namespace

history_mark::history_mark(const std::filesystem::path& path)
    : file_{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)} {}

history_mark::~history_mark() {
  if (file_ >= 0)
    ::close(file_);
}

std::optional<history_mark::place> history_mark::read() const {
  std::array<char, 2 * mark_field> text{};
  if (file_ < 0 || ::pread(file_, text.data(), text.size(), 0) != ssize_t{text.size()})
    return std::nullopt;
  const std::string_view all{text.data(), text.size()};
  const auto generation = read_digits(all.substr(0, mark_digits));
  const auto changes = read_digits(all.substr(mark_field, mark_digits));
  if (!generation || !changes)
    return std::nullopt;
  return place{*generation, *changes};
}

void history_mark::write(const place& x) noexcept {
  if (file_ < 0 || x == last_)
    return;
  std::array<char, 2 * mark_field> text{};
  put_digits(text.data(), x.generation);
  put_digits(text.data() + mark_field, x.changes);
  text[mark_digits] = ' ';
  text[mark_field + mark_digits] = '\n';
  if (::pwrite(file_, text.data(), text.size(), 0) == ssize_t{text.size()})
    last_ = x;
}

bool goes_on(const std::optional<history_mark::place>& mark, const history_mark::place& database) {
  return mark && mark->generation == database.generation && mark->changes <= database.changes;
}

} // namespace troupe::sqlite
