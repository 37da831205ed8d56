// SPDX-License-Identifier: Apache-2.0
#include "actors/step.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

step& step::create(std::string collection, std::string body) {
  return change(record_verb::create, std::move(collection), {}, std::move(body), {});
}

step& step::create(std::string collection, std::string id, std::string body) {
  return change(record_verb::create, std::move(collection), std::move(id), std::move(body), {});
}

step& step::put(std::string collection, std::string id, std::string body,
                write_condition condition) {
  return change(record_verb::put, std::move(collection), std::move(id), std::move(body), condition);
}

step& step::merge_patch(std::string collection, std::string id, std::string body,
                        write_condition condition) {
  return change(record_verb::merge_patch, std::move(collection), std::move(id), std::move(body),
                condition);
}

step& step::json_patch(std::string collection, std::string id, std::string body,
                       write_condition condition) {
  return change(record_verb::json_patch, std::move(collection), std::move(id), std::move(body),
                condition);
}

step& step::remove(std::string collection, std::string id, write_condition condition) {
  return change(record_verb::remove, std::move(collection), std::move(id), {}, condition);
}

step& step::enqueue(std::string queue, std::string payload, job_options options) {
  auto list = std::find_if(made_.jobs.begin(), made_.jobs.end(),
                           [&](const enqueue_jobs& x) { return x.queue == queue; });
  if (list == made_.jobs.end())
    list = made_.jobs.insert(list, enqueue_jobs{std::move(queue), {}});
  list->jobs.push_back({std::move(payload), options, {}, {}});
  return *this;
}

step& step::change(record_verb verb, std::string collection, std::string id, std::string body,
                   write_condition condition) {
  made_.changes.push_back(
    {std::move(collection), std::move(id), verb, std::move(body), condition, {}, {}});
  return *this;
}

} // namespace troupe
