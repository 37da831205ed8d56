// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/step.hpp"

namespace step_test {

using namespace troupe;

TEST_CASE("a step holds the changes and jobs in the order in which they were named") {
  job_step made = step{}
                    .create("photos", "{}")
                    .create("photos", "a", "{}")
                    .put("photos", "b", "[1]", {condition_kind::version, 7})
                    .merge_patch("albums", "c", "[2]")
                    .json_patch("albums", "d", "[3]")
                    .remove("albums", "e", {condition_kind::present, 0});

  const write_condition none;
  CHECK(made.changes
        == std::vector<change_record>{
          {"photos", "", record_verb::create, "{}", none, ""},
          {"photos", "a", record_verb::create, "{}", none, ""},
          {"photos", "b", record_verb::put, "[1]", {condition_kind::version, 7}, ""},
          {"albums", "c", record_verb::merge_patch, "[2]", none, ""},
          {"albums", "d", record_verb::json_patch, "[3]", none, ""},
          {"albums", "e", record_verb::remove, "", {condition_kind::present, 0}, ""}});
  CHECK(made.jobs.empty());
}

TEST_CASE("jobs of a step for the same queue become one request") {
  job_options urgent;
  urgent.priority = 9;
  job_step made = step{}.enqueue("mail", "1").enqueue("print", "2").enqueue("mail", "3", urgent);

  CHECK(made.jobs
        == std::vector<enqueue_jobs>{{"mail", {{"1", {}}, {"3", urgent}}}, {"print", {{"2", {}}}}});
}

} // namespace step_test
