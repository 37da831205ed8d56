// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "bench/cluster.hpp"
#include "bench/jobs.hpp"
#include "bench/process.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;

void await_port(std::uint16_t port) {
  for (int i = 0; i < 1000; ++i, std::this_thread::sleep_for(10ms)) {
    auto file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto connected = connect(file, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    close(file);
    if (connected)
      return;
  }
  throw std::runtime_error("redis-server does not listen; is the package redis-server installed?");
}

/// Requests a second, as redis-benchmark says.
double lpush(std::uint16_t port, int clients, int pipeline, double requests) {
  auto command = fmt::format("redis-benchmark -h 127.0.0.1 -p {} -t lpush -d {} -c {} -P {} "
                             "-n {:.0f} --csv 2>/dev/null",
                             port, payload_bytes, clients, pipeline, requests);
  std::unique_ptr<FILE, int (*)(FILE*)> out{popen(command.c_str(), "r"), pclose};
  std::string line(1000, '\0');
  double rate = 0;
  while (out && std::fgets(line.data(), static_cast<int>(line.size()), out.get()) != nullptr)
    if (line.starts_with("\"LPUSH\",\""))
      rate = std::stod(line.substr(9));
  if (rate == 0)
    throw std::runtime_error("redis-benchmark says nothing; is the package redis-tools installed?");
  return rate;
}

} // namespace

void measure_redis(const jobs_options& options, report& into) {
  scratch_directory directory;
  auto port = free_port();
  process server{"redis-server",
                 {"--port", std::to_string(port), "--bind", "127.0.0.1", "--save", "",
                  "--appendonly", "yes", "--appendfsync", "always", "--dir",
                  directory.path().string()},
                 directory.path() / "redis.log"};
  await_port(port);
  // It counts requests, not time: a short run says how many fill the time.
  auto measure = [&](const std::string& id, int clients, int pipeline) {
    auto rate = lpush(port, clients, pipeline, 100.0 * clients * pipeline);
    into.add(id, lpush(port, clients, pipeline, options.seconds * rate));
  };
  measure("redis_1", 1, 1);
  measure("redis_32", 32, 1);
  measure("redis_batch_1", 1, 100);
  measure("redis_batch_8", 8, 100);
}

} // namespace troupe::bench
