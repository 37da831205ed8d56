// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/permission.hpp"

namespace permission_test {

using namespace troupe;

TEST_CASE("a scope is a verb, and the collection or queue where it needs one") {
  for (const auto* scope :
       {"records:read:photos", "records:write:*", "jobs:enqueue:mail", "jobs:work:a.b-c_1",
        "jobs:read", "jobs:read:mail", "jobs:read:*", "jobs:change", "cluster:read", "admin"})
    CHECK(check_scope(scope));
  for (const auto* scope : {"", "records", "records:read", "records:read:", "records:read:a:b",
                            "records:read:A", "records:read:a*", "jobs:read:", "jobs:readmail",
                            "jobs:change:mail", "admin:*", "Admin", "jobs:enqueue:a\nadmin"}) {
    CAPTURE(scope);
    auto checked = check_scope(scope);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == errc::invalid_argument);
  }
}

TEST_CASE("S2 a scope covers its own verb and target, and no others") {
  using enum permission;
  CHECK(grants({"records:read:photos"}, records_read, "photos"));
  CHECK_FALSE(grants({"records:read:photos"}, records_read, "photo"));
  CHECK_FALSE(grants({"records:read:photos"}, records_read, "photos2"));
  CHECK_FALSE(grants({"records:read:photos"}, records_write, "photos"));
  CHECK(grants({"records:read:*"}, records_read, "photos"));
  CHECK(grants({"records:read:*"}, records_read, ""));
  CHECK_FALSE(grants({"jobs:read"}, jobs_enqueue, "mail"));
  CHECK_FALSE(grants({"jobs:read"}, jobs_change, ""));
  CHECK(grants({"cluster:read", "jobs:change"}, jobs_change, ""));
  CHECK_FALSE(grants({}, cluster_read, ""));
}

TEST_CASE("S-18 reading jobs may be of one queue and without a name is of all") {
  using enum permission;
  for (const auto* all : {"jobs:read", "jobs:read:*", "admin"}) {
    CHECK(grants({all}, jobs_read, "mail"));
    CHECK(grants({all}, jobs_read, ""));
    CHECK_FALSE(targets_of({all, "jobs:read:mail"}, jobs_read));
  }
  CHECK(grants({"jobs:read:mail"}, jobs_read, "mail"));
  CHECK(grants({"jobs:read:mail"}, jobs_read, ""));
  for (const auto* other : {"mai", "mail.dead", "mail2", "*"})
    CHECK_FALSE(grants({"jobs:read:mail"}, jobs_read, other));
  CHECK_FALSE(grants({"jobs:enqueue:mail"}, jobs_read, "mail"));
  CHECK_FALSE(grants({"jobs:read:mail"}, jobs_change, ""));
  CHECK(targets_of({"jobs:read:a", "jobs:enqueue:b", "jobs:read:c"}, jobs_read)
        == std::vector<std::string>{"a", "c"});
  CHECK(targets_of({"jobs:enqueue:b"}, jobs_read) == std::vector<std::string>{});
}

TEST_CASE("admin covers everything, and nothing else covers admin") {
  using enum permission;
  for (auto wanted : {records_read, records_write, jobs_read, jobs_enqueue, jobs_work, jobs_change,
                      cluster_read, admin})
    CHECK(grants({"admin"}, wanted, "any"));
  CHECK_FALSE(grants({"records:read:*", "records:write:*", "jobs:read", "jobs:enqueue:*",
                      "jobs:work:*", "jobs:change", "cluster:read"},
                     admin, ""));
}

TEST_CASE("where any collection or queue will do, each scope of the verb is enough") {
  CHECK(grants({"jobs:work:mail"}, permission::jobs_work, ""));
  CHECK_FALSE(grants({"jobs:enqueue:mail"}, permission::jobs_work, ""));
}

TEST_CASE("S2 what scopes cover can be listed, unless it is everything") {
  using enum permission;
  using names = std::vector<std::string>;
  CHECK(targets_of({"jobs:work:a", "jobs:enqueue:b", "jobs:work:c"}, jobs_work) == names{"a", "c"});
  CHECK(targets_of({"jobs:enqueue:b", "jobs:read"}, jobs_work) == names{});
  CHECK_FALSE(targets_of({"jobs:work:a", "jobs:work:*"}, jobs_work));
  CHECK_FALSE(targets_of({"admin"}, jobs_work));
  CHECK(targets_of({"records:read:*", "records:write:b"}, records_write) == names{"b"});
}

TEST_CASE("the scope that would be enough can be said") {
  CHECK(scope_of(permission::records_read, "photos") == "records:read:photos");
  CHECK(scope_of(permission::jobs_read, "") == "jobs:read");
  CHECK(scope_of(permission::jobs_read, "mail") == "jobs:read:mail");
  CHECK(scope_of(permission::jobs_work, "") == "jobs:work:*");
}

} // namespace permission_test
