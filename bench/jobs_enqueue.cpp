// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include "bench/cluster.hpp"
#include "bench/jobs.hpp"
#include "bench/request_loop.hpp"

namespace troupe::bench {

namespace {

using clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

constexpr std::size_t batch = 100;

/// How often the disk is flushed between enqueues, and how long: a disk's pace changes within
/// seconds, so that only measurements that alternate can be compared.
constexpr seconds slice{0.1};

struct paired_rates {
  double enqueues = 0;
  double flushes = 0;
};

paired_rates enqueue_one_at_a_time(cluster& where, seconds length) {
  new_job job;
  job.payload.assign(payload_bytes, 'x');
  auto path = (where.directory() / "flushed").string();
  auto file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  double enqueues = 0, flushes = 0;
  seconds enqueuing{0}, flushing{0};
  while (enqueuing < length) {
    auto begin = clock::now();
    for (; clock::now() - begin < slice; ++enqueues)
      must(where.connection().enqueue("noop", {job}));
    auto middle = clock::now();
    for (; clock::now() - middle < slice; ++flushes)
      if (write(file, job.payload.data(), job.payload.size()) < 0 || fdatasync(file) != 0)
        throw std::runtime_error("cannot write to " + path);
    enqueuing += middle - begin;
    flushing += clock::now() - middle;
  }
  close(file);
  return {enqueues / enqueuing.count(), flushes / flushing.count()};
}

/// How many times a second something can be written and flushed. `put` hears how often it was
/// called.
template <class Put>
double flushes(int file, Put put) {
  off_t count = 0;
  auto begin = clock::now();
  for (; clock::now() - begin < seconds{1}; ++count)
    if (!put(count) || fdatasync(file) != 0)
      throw std::runtime_error("cannot write to the scratch directory");
  return static_cast<double>(count) / seconds{clock::now() - begin}.count();
}

} // namespace

void measure_machine(const jobs_options&, report& into) {
  scratch_directory directory;
  auto path = (directory.path() / "flushed").string();
  auto file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  const std::string record(payload_bytes, 'x'), page(4096, 'x');
  into.add("fdatasync",
           flushes(file, [&](off_t) { return write(file, record.data(), record.size()) > 0; }));
  // Room that is there already saves the file system's own log: this is what a database does.
  const std::string room(1024 * page.size(), 'x');
  auto written = pwrite(file, room.data(), room.size(), 0) > 0 && fsync(file) == 0;
  into.add("fdatasync_page", flushes(file, [&](off_t count) {
             auto at = count % 1024 * static_cast<off_t>(page.size());
             return written && pwrite(file, page.data(), page.size(), at) > 0;
           }));
  close(file);
}

void measure_enqueue(const jobs_options& options, report& into) {
  const seconds length{options.seconds};
  {
    cluster fresh{{}};
    auto rates = enqueue_one_at_a_time(fresh, length);
    into.add("fdatasync_paired", rates.flushes);
    into.add("enqueue_1", rates.enqueues);
  }
  auto run = [&](const std::string& id, std::size_t jobs, std::size_t in_flight) {
    cluster fresh{{}};
    into.add(id, make_producer(fresh.connection(), "noop", jobs, in_flight).run_for(length));
  };
  run("enqueue_1_async", 1, 1);
  run("enqueue_32", 1, 32);
  run("enqueue_batch_1", batch, 1);
  run("enqueue_batch_8", batch, 8);
}

} // namespace troupe::bench
