// SPDX-License-Identifier: Apache-2.0
#include "tests/support/program.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_folder.hpp"

namespace troupe::test {

namespace {

constexpr milliseconds run_limit{20'000};

std::vector<std::pair<std::string, std::string>> own_environment() {
  std::vector<std::pair<std::string, std::string>> result;
  for (auto entry = ::environ; *entry != nullptr; ++entry) {
    const std::string whole{*entry};
    if (const auto at = whole.find('='); at != std::string::npos)
      result.emplace_back(whole.substr(0, at), whole.substr(at + 1));
  }
  return result;
}

child_process start(const std::vector<std::string>& command, const std::filesystem::path& output,
                    const std::filesystem::path& errors) {
  // A child_process writes into pipes. Files need nobody to read them while the test waits.
  child_command wrapped{{"sh", "-c", R"(exec >>"$0" 2>>"$1"; shift; exec "$@")", output, errors},
                        {},
                        own_environment(),
                        {}};
  wrapped.words.insert(wrapped.words.end(), command.begin(), command.end());
  auto child = child_process::start(wrapped);
  if (!child)
    throw std::runtime_error{child.error().text};
  child->input.close();
  return std::move(*child);
}

} // namespace

program::program(const std::vector<std::string>& command, const std::filesystem::path& output,
                 const std::filesystem::path& errors)
    : child_{start(command, output, errors)} {}

void program::signal(int number) const noexcept {
  child_.signal_group(number);
}

std::optional<int> program::wait(milliseconds limit) {
  if (ended_)
    return ended_;
  pollfd ready{child_.exit.get(), POLLIN, 0};
  auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    auto count = ::poll(&ready, 1, static_cast<int>(std::max<milliseconds::rep>(left.count(), 0)));
    if (count > 0)
      break;
    if (count == 0)
      return std::nullopt;
  }
  auto status = child_.wait();
  ended_ = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  return ended_;
}

program_end run_program(const std::vector<std::string>& command) {
  temporary_folder folder;
  auto output = folder.path() / "output", errors = folder.path() / "errors";
  program running{command, output, errors};
  program_end result;
  result.status = running.wait(run_limit);
  result.output = read_file(output);
  result.errors = read_file(errors);
  return result;
}

std::string built_program(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

} // namespace troupe::test
