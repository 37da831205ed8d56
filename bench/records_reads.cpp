// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <future>
#include <memory>

#include "bench/record_stage.hpp"
#include "bench/records.hpp"
#include "bench/request_loop.hpp"
#include "messages/error_category.hpp"

namespace troupe::bench {

namespace {

using seconds = std::chrono::duration<double>;
using clock = std::chrono::steady_clock;

constexpr std::size_t cached_records = 10'000; // as the peers of ../shared/bench have
constexpr milliseconds read_patience{10'000};
constexpr auto collection = "notes";

std::string id_of(std::size_t number) {
  return "record-" + std::to_string(number % cached_records);
}

/// A body of about 256 bytes.
std::string body_of(std::size_t number) {
  return R"({"title":"note )" + std::to_string(number) + R"(","body":")"
         + std::string(payload_bytes - 40, 'x') + "\"}";
}

std::vector<change_record> puts(std::size_t first, std::size_t count) {
  std::vector<change_record> changes;
  for (std::size_t i = first; i < first + count; ++i)
    changes.push_back({collection, id_of(i), record_verb::put, body_of(i), {}, {}, {}});
  return changes;
}

constexpr std::size_t fill_batch = 500;

// -- in this process ------------------------------------------------------------------------------

/// Reads in a loop, with so many requests in flight, until the time is over.
class reading {
public:
  reading(caf::event_based_actor* self, records_actor records, std::size_t batch, seconds length,
          std::promise<double> rate)
      : self_{self},
        records_{std::move(records)},
        batch_{batch},
        begin_{clock::now()},
        until_{begin_ + std::chrono::duration_cast<clock::duration>(length)},
        rate_{std::move(rate)} {}

  void send() {
    get_records request{collection, {}, {}};
    for (std::size_t i = 0; i < batch_; ++i)
      request.ids.push_back(id_of(next_++));
    ++open_;
    self_->request(records_, read_patience, std::move(request))
      .then([this](const records_found& x) { found(x.records.size()); },
            [this](const caf::error& why) { fail(from_caf(why)); });
  }

private:
  void found(std::size_t count) {
    --open_;
    done_ += count;
    if (clock::now() < until_)
      return send();
    if (open_ == 0)
      rate_.set_value(static_cast<double>(done_) / seconds{clock::now() - begin_}.count());
  }

  void fail(const error& why) {
    if (!std::exchange(failed_, true))
      rate_.set_exception(std::make_exception_ptr(std::runtime_error{to_string(why)}));
    until_ = {};
  }

  caf::event_based_actor* self_;
  records_actor records_;
  std::size_t batch_;
  clock::time_point begin_, until_;
  std::promise<double> rate_;
  std::size_t next_ = 0;
  std::size_t open_ = 0;
  std::size_t done_ = 0;
  bool failed_ = false;
};

double read_in_process(record_stage& stage, std::size_t batch, std::size_t in_flight,
                       seconds length) {
  std::promise<double> rate;
  auto result = rate.get_future();
  stage.run([&](caf::actor_system& system) {
    system.spawn([&stage, batch, in_flight, length,
                  &rate](caf::event_based_actor* self) -> caf::behavior {
      auto loop = std::make_shared<reading>(self, stage.records(), batch, length, std::move(rate));
      for (std::size_t i = 0; i < in_flight; ++i)
        loop->send();
      // Ends when nobody can reach it any more: after the last answer.
      return {[loop](caf::unit_t) {}};
    });
  });
  return result.get();
}

void fill(record_stage& stage) {
  stage.run([&](caf::actor_system& system) {
    caf::scoped_actor self{system};
    for (std::size_t i = 0; i < cached_records; i += fill_batch)
      self->request(stage.records(), read_patience, change_records{puts(i, fill_batch), {}, {}})
        .receive(
          [](const records_changed& x) {
            if (!x.committed)
              throw std::runtime_error("a record was refused: " + x.outcomes.at(0).text);
          },
          [](const caf::error& why) { throw std::runtime_error(to_string(from_caf(why))); });
  });
}

// -- from another process -------------------------------------------------------------------------

class remote_records {
public:
  explicit remote_records(client& connection) : client_{connection} {
    for (std::size_t i = 0; i < cached_records; i += fill_batch)
      if (!must(client_.change(puts(i, fill_batch))).committed)
        throw std::runtime_error("a record was refused");
  }

  request_loop readers(std::size_t batch, std::size_t in_flight) {
    return {in_flight, batch,
            [this, batch](const request_loop::answered& answered) { read(batch, answered); }};
  }

  /// Nine reads for each write.
  request_loop mixed(std::size_t in_flight) {
    return {in_flight, 1, [this](const request_loop::answered& answered) {
              if (const auto i = next_++; i % 10 == 0)
                client_.change(puts(i / 10, 1).front(), [answered](const auto& x) {
                  answered(x.map([](const record_changed&) {}));
                });
              else
                read(1, answered);
            }};
  }

private:
  void read(std::size_t batch, const request_loop::answered& answered) {
    get_records request{collection, {}, {}};
    for (std::size_t i = 0; i < batch; ++i)
      request.ids.push_back(id_of(next_++));
    client_.read(std::move(request), [answered](const result<records_found>& x) {
      answered(x.map([](const records_found&) {}));
    });
  }

  client& client_;
  std::atomic<std::size_t> next_ = 0;
};

} // namespace

void measure_local_reads(const records_options& options, report& into) {
  const seconds length{options.seconds};
  record_stage stage;
  fill(stage);
  read_in_process(stage, 100, 8, seconds{0.2}); // into the cache
  into.add("local_1", read_in_process(stage, 1, 1000, length));
  into.add("local_100", read_in_process(stage, 100, 8, length));
}

void measure_remote_reads(const records_options& options, report& into) {
  const seconds length{options.seconds};
  cluster fresh{{.records = true}};
  remote_records records{fresh.connection()};
  records.readers(100, 8).run_for(seconds{0.2}); // into the cache
  into.add("remote_32", records.readers(1, 32).run_for(length));
  into.add("remote_1000", records.readers(1, 1000).run_for(length));
  into.add("remote_batch", records.readers(100, 8).run_for(length));
  into.add("mixed_32", records.mixed(32).run_for(length));
}

} // namespace troupe::bench
