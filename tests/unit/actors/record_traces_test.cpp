// SPDX-License-Identifier: Apache-2.0
#include "actors/record_service.hpp"
#include "tests/support/service_stage.hpp"

namespace record_traces_test {

using namespace troupe;
using namespace troupe::test;

namespace {

change_record traced(change_record x, std::string trace_parent) {
  x.trace_parent = std::move(trace_parent);
  return x;
}

} // namespace

TEST_CASE_METHOD(service_stage, "the trace behind a change goes with its write, a patch's too") {
  change(traced(make(record_verb::put, "a", R"({"n":1})"), "first"));
  CHECK(scripts[0]->writes.back().trace_parent == "first");
  change(traced(make(record_verb::merge_patch, "a", R"({"n":2})"), "second"));
  CHECK(scripts[0]->writes.back().trace_parent == "second");
  put("a", "{}");
  CHECK(scripts[0]->writes.back().trace_parent.empty());
}

TEST_CASE_METHOD(service_stage, "a request that is repeated is the same whatever its trace") {
  const auto create = make(record_verb::create, "a", R"({"n":1})", {}, "key");
  CHECK_FALSE(change(traced(create, "first")).replayed);
  CHECK(change(traced(create, "second")).replayed);
}

} // namespace record_traces_test
