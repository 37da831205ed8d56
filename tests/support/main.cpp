// SPDX-License-Identifier: Apache-2.0
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "tests/support/skip.hpp"

namespace {

/// As our programs do, for the same code runs here: who writes to a connection that its peer has
/// just closed is to get an error, and not to end. Programs that a test starts get the default
/// again (actors/child_process.hpp).
class closed_pipes : public Catch::TestEventListenerBase {
public:
  using TestEventListenerBase::TestEventListenerBase;

  void testRunStarting(const Catch::TestRunInfo& run) override {
    TestEventListenerBase::testRunStarting(run);
    std::signal(SIGPIPE, SIG_IGN);
  }
};

/// Adds a line for each case that ended to the file that TROUPE_TEST_RESULTS names: its result, its
/// name, and why it was skipped if it was, with tabs between. scripts/test counts those lines: a
/// case without one did not run to its end.
class results_file : public Catch::TestEventListenerBase {
public:
  using TestEventListenerBase::TestEventListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo& what) override {
    TestEventListenerBase::testCaseStarting(what);
    troupe::test::why_skipped().clear();
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    if (const char* file = std::getenv("TROUPE_TEST_RESULTS")) {
      const auto& why = troupe::test::why_skipped();
      std::ofstream out{file, std::ios::app};
      if (stats.totals.testCases.failed > 0)
        out << "failed\t" << stats.testInfo.name << '\n';
      else if (!why.empty())
        out << "skipped\t" << stats.testInfo.name << '\t' << why << '\n';
      else
        out << "passed\t" << stats.testInfo.name << '\n';
    }
    TestEventListenerBase::testCaseEnded(stats);
  }
};

} // namespace

CATCH_REGISTER_LISTENER(closed_pipes)
CATCH_REGISTER_LISTENER(results_file)
