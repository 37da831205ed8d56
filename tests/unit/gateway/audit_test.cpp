// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/audit.hpp"

namespace audit_test {

using namespace troupe;

namespace {

described_route route(http_method method, permission needs, std::string_view pattern,
                      std::string_view name) {
  return {method, pattern, needs, {"jobs", name, "", "", "", "", ""}};
}

const auto purge
  = route(http_method::post, permission::admin, "/v1/queues/{queue}:purge", "purge_queue");
const auto remove_one = route(http_method::remove, permission::records_write,
                              "/v1/collections/{collection}/records/{record}", "delete_record");

} // namespace

TEST_CASE("P-4 a line says who changed what from where and how many") {
  const access_token boss{"boss", "id", "hash", {"admin"}, {}, {}};
  http_request request;
  request.peer = "10.0.0.7";
  request.path = "/v1/queues/mail:purge";
  CHECK(audit_line(purge, &boss, request, {200, {}, R"({"cancelled":12,"left":0})"})
        == "audit: token 'boss' at 10.0.0.7: purge_queue /v1/queues/mail:purge: 200 "
           R"({"cancelled":12,"left":0})");
  CHECK(audit_line(purge, nullptr, request, {204, {}, {}})
        == "audit: anybody at 10.0.0.7: purge_queue /v1/queues/mail:purge: 204");
  CHECK(audit_line(purge, &boss, request, {404, {}, R"({"code":"unknown_queue","detail":"x"})"})
        == "audit: token 'boss' at 10.0.0.7: purge_queue /v1/queues/mail:purge: 404 unknown_queue");
}

TEST_CASE("P-4 what is stored stands in no line and nobody forges or fills one") {
  http_request request;
  request.path = "/v1/collections/notes/records/" + std::string(20'000, '%');
  const auto line = audit_line(remove_one, nullptr, request, {200, {}, R"({"secret":"x"})"});
  CHECK(line.find("secret") == std::string::npos);
  CHECK(line.size() < 500);
  CHECK(audit_line(purge, nullptr, request, {200, {}, std::string(1000, 'x')}).size() < 500);
  CHECK(audit_line(purge, nullptr, request, {500, {}, "no json"}).ends_with(": 500"));
}

TEST_CASE("P-4 which changes leave a line") {
  using enum audit_level;
  const auto enqueue
    = route(http_method::post, permission::jobs_enqueue, "/v1/queues/{queue}/jobs", "enqueue_jobs");
  const auto cancel
    = route(http_method::post, permission::jobs_change, "/v1/jobs/{job}:cancel", "cancel_job");
  const auto look = route(http_method::get, permission::admin, "/v1/nodes", "list_nodes");
  const auto beat = route(http_method::post, permission::jobs_work, "/v1/leases:heartbeat", "beat");
  for (const auto& x : {purge, cancel, remove_one}) {
    CHECK_FALSE(is_audited(off, x));
    CHECK(is_audited(management, x));
    CHECK(is_audited(all, x));
  }
  CHECK_FALSE(is_audited(management, enqueue));
  CHECK(is_audited(all, enqueue));
  const auto leave = route(http_method::remove, permission::open, "/v1/session", "end_session");
  CHECK_FALSE(is_audited(management, leave));
  CHECK(is_audited(all, leave));
  for (const auto& x : {look, beat})
    for (const auto level : {off, management, all})
      CHECK_FALSE(is_audited(level, x));
}

} // namespace audit_test
