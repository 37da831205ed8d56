#include <chrono>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include "bench/closed_loop.hpp"
#include "bench/cluster.hpp"
#include "bench/jobs.hpp"

namespace troupe::bench {

namespace {

using clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

constexpr std::size_t batch = 100;

double enqueue_one_at_a_time(client& connection, seconds length) {
  const new_job job{std::string(payload_bytes, 'x'), {}};
  std::size_t count = 0;
  auto begin = clock::now();
  for (; clock::now() - begin < length; ++count)
    must(connection.enqueue("noop", {job}));
  return static_cast<double>(count) / seconds{clock::now() - begin}.count();
}

} // namespace

void measure_machine(const jobs_options&, report& into) {
  scratch_directory directory;
  auto file = open((directory.path() / "flushed").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  const std::string bytes(payload_bytes, 'x');
  std::size_t count = 0;
  auto begin = clock::now();
  for (; clock::now() - begin < seconds{1}; ++count)
    if (write(file, bytes.data(), bytes.size()) < 0 || fdatasync(file) != 0)
      throw std::runtime_error("cannot write to " + directory.path().string());
  into.add("fdatasync", static_cast<double>(count) / seconds{clock::now() - begin}.count());
  close(file);
}

void measure_enqueue(const jobs_options& options, report& into) {
  const seconds length{options.seconds};
  {
    cluster fresh{{}};
    into.add("enqueue_1", enqueue_one_at_a_time(fresh.connection(), length));
  }
  auto run = [&](const std::string& id, std::size_t jobs, std::size_t in_flight) {
    cluster fresh{{}};
    closed_loop producer{fresh.connection(), "noop", jobs, in_flight};
    into.add(id, producer.run_for(length));
  };
  run("enqueue_1_async", 1, 1);
  run("enqueue_32", 1, 32);
  run("enqueue_batch_1", batch, 1);
  run("enqueue_batch_8", batch, 8);
}

} // namespace troupe::bench
