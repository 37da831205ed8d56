// SPDX-License-Identifier: Apache-2.0
#include "tests/support/run_journal.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>
#include <unistd.h>

namespace troupe::test {

namespace {

using clock = std::chrono::steady_clock;

} // namespace

journal_writer::journal_writer(const std::filesystem::path& file, std::string node)
    : file_{::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)},
      node_{std::move(node)} {
  if (file_ < 0)
    throw std::system_error{errno, std::generic_category(), file.string()};
}

journal_writer::~journal_writer() {
  ::close(file_);
}

void journal_writer::begin(const job_context& job) const {
  write(job, "begin");
}

void journal_writer::end(const job_context& job) const {
  write(job, "end");
}

void journal_writer::write(const job_context& job, const char* what) const {
  auto at = std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now().time_since_epoch());
  auto line = fmt::format("{} {} {} {} {} {}\n", what, job.id(), job.epoch(), job.attempt(), node_,
                          at.count());
  if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw std::system_error{errno, std::generic_category(), "journal"};
}

std::vector<journal_run> read_journal(const std::filesystem::path& file) {
  std::vector<journal_run> runs;
  std::map<lease_key, std::size_t> index;
  std::ifstream stream{file};
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words{line};
    std::string what;
    journal_run run;
    std::int64_t at = 0;
    words >> what >> run.lease.job >> run.lease.epoch >> run.attempt >> run.node >> at;
    if (!words) // it is being written
      break;
    clock::time_point when{std::chrono::nanoseconds{at}};
    if (what == "begin") {
      run.begun = when;
      index[run.lease] = runs.size();
      runs.push_back(std::move(run));
    } else {
      runs.at(index.at(run.lease)).ended = when;
    }
  }
  return runs;
}

std::string result_of(const lease_key& lease, const std::string& node) {
  return fmt::format("epoch {} on {}", lease.epoch, node);
}

std::string result_of(const journal_run& run) {
  return result_of(run.lease, run.node);
}

} // namespace troupe::test
