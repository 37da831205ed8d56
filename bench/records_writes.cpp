// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <fmt/format.h>

#include "bench/cluster.hpp"
#include "bench/records.hpp"
#include "bench/request_loop.hpp"

namespace troupe::bench {

namespace {

using seconds = std::chrono::duration<double>;

constexpr std::size_t updated_records = 10'000;
constexpr auto written_collection = "notes";

/// A body of about 256 bytes.
std::string written_body(std::size_t number) {
  return fmt::format(R"({{"title":"note {}","body":"{}"}})", number,
                     std::string(payload_bytes - 40, 'x'));
}

/// Each request creates a record, or replaces one of those that are there.
class writes {
public:
  writes(client& connection, bool creates) : client_{connection}, creates_{creates} {}

  request_loop in_flight(std::size_t count) {
    return {count, 1, [this](const request_loop::answered& answered) {
              client_.change(next(), [answered](const auto& x) {
                answered(x.map([](const record_changed&) {}));
              });
            }};
  }

private:
  change_record next() {
    const auto i = next_++;
    if (creates_)
      return {written_collection, {}, record_verb::create, written_body(i), {}, {}, {}};
    return {written_collection,
            fmt::format("record-{}", i % updated_records),
            record_verb::put,
            written_body(i),
            {},
            {},
            {}};
  }

  client& client_;
  bool creates_;
  std::atomic<std::size_t> next_ = 0;
};

} // namespace

void measure_writes(const records_options& options, report& into) {
  const seconds length{options.seconds};
  {
    cluster fresh{{.records = true}};
    writes creates{fresh.connection(), true};
    into.add("create_1", creates.in_flight(1).run_for(length));
    into.add("create_32", creates.in_flight(32).run_for(length));
    into.add("create_256", creates.in_flight(256).run_for(length));
  }
  cluster fresh{{.records = true}};
  writes updates{fresh.connection(), false};
  updates.in_flight(256).run_count(updated_records); // all are there
  into.add("update_1", updates.in_flight(1).run_for(length));
  into.add("update_32", updates.in_flight(32).run_for(length));
}

} // namespace troupe::bench
