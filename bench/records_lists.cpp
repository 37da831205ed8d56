// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fmt/format.h>
#include <functional>
#include <iostream>
#include <stdexcept>

#include "bench/cluster.hpp"
#include "bench/records.hpp"
#include "bench/request_loop.hpp"

namespace troupe::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto articles = "articles";
constexpr std::size_t articles_batch = 500;
constexpr std::size_t queries = 300;
constexpr std::size_t categories = 1000;
constexpr std::size_t cached = 500'000;
constexpr std::array<const char*, 16> words{"amber", "birch",  "cedar", "delta",  "ember", "fjord",
                                            "grove", "harbor", "inlet", "jade",   "koala", "lagoon",
                                            "maple", "north",  "ocean", "prairie"};

const char* word_of(std::size_t number) {
  return words[number % words.size()];
}

/// Words, categories and scores that are spread over the records, the same in each run.
std::string article_body(std::size_t i) {
  return fmt::format(R"({{"title":"{} {} {}","category":"c{}","score":{},"body":"{}"}})",
                     word_of(i * 7), word_of(i / 16), i % 10'007, i % categories,
                     i * 2'654'435'761 % 1'000'003, std::string(100, 'x'));
}

std::string article_id(std::size_t i) {
  return fmt::format("article-{}", i);
}

void fill(client& connection, std::size_t count) {
  std::cerr << fmt::format("  stores {} records\n", count);
  for (std::size_t first = 0; first < count; first += articles_batch) {
    std::vector<change_record> changes;
    for (std::size_t i = first; i < first + articles_batch; ++i)
      changes.push_back({articles, article_id(i), record_verb::put, article_body(i), {}, {}, {}});
    if (!must(connection.change(std::move(changes))).committed)
      throw std::runtime_error("a record was refused");
  }
}

/// Milliseconds of each of many calls, one after another.
std::vector<double> times_of(const std::function<void(std::size_t)>& call) {
  std::vector<double> times;
  for (std::size_t i = 0; i < queries; ++i) {
    const auto begin = clock::now();
    call(i);
    times.push_back(std::chrono::duration<double, std::milli>{clock::now() - begin}.count());
  }
  return times;
}

void add_times(const std::string& id, const std::vector<double>& times, report& into) {
  into.add(id + "_p50", percentile(times, 0.5));
  into.add(id + "_p99", percentile(times, 0.99));
}

void measure_queries(client& connection, report& into) {
  const auto pages = [&](const std::function<list_records(std::size_t)>& make) {
    return times_of([&](std::size_t i) {
      auto request = make(i);
      request.collection = articles;
      request.limit = 20;
      must(connection.page(std::move(request)));
    });
  };
  add_times("list", pages([](std::size_t i) {
              list_records x;
              x.filter = fmt::format("category = \"c{}\"", i % categories);
              x.sort = "-score";
              return x;
            }),
            into);
  add_times("sorted", pages([](std::size_t i) {
              list_records x;
              x.filter = fmt::format("score > {}", i * 3000);
              x.sort = "score";
              return x;
            }),
            into);
  add_times("search", pages([](std::size_t i) {
              list_records x;
              x.search = fmt::format("{} {}", word_of(i), i % 10'007);
              return x;
            }),
            into);
}

/// Bytes of memory that one more cached record costs, its value included.
void measure_memory(cluster& where, std::size_t count, report& into) {
  const auto before = where.control().resident_bytes();
  std::atomic<std::size_t> next = 0;
  request_loop loop{8, articles_batch, [&](const request_loop::answered& answered) {
                      get_records request{articles, {}, {}};
                      const auto first = next.fetch_add(articles_batch);
                      for (std::size_t i = first; i < first + articles_batch; ++i)
                        request.ids.push_back(article_id(i));
                      where.connection().read(std::move(request), [answered](const auto& x) {
                        answered(x.map([](const records_found&) {}));
                      });
                    }};
  loop.run_count(count);
  std::uint64_t entries = 0;
  for (const auto& x : must(where.connection().caches()))
    for (const auto& usage : x.collections)
      entries += usage.collection == articles ? usage.entries : 0;
  const auto after = where.control().resident_bytes();
  const auto key_and_value
    = static_cast<double>(article_body(1).size() + article_id(100'000).size());
  const auto bytes = static_cast<double>(after - before) / static_cast<double>(entries);
  into.add("memory_entry", bytes);
  into.add("memory_overhead", bytes - key_and_value);
}

} // namespace

void measure_lists(const records_options& options, report& into) {
  cluster fresh{{.records = true}};
  fill(fresh.connection(), options.records);
  measure_queries(fresh.connection(), into);
  measure_memory(fresh, std::min(cached, options.records), into);
}

} // namespace troupe::bench
