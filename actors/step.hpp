// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "messages/record_requests.hpp"

namespace troupe {

/// Builds what a handler wants to happen together with the end of its job:
///
///     return outcome::success("done", step{}
///                                       .create("thumbnails", R"({"size": 100})")
///                                       .merge_patch("photos", id, R"({"state": "ready"})")
///                                       .enqueue("mail", payload));
///
/// The job's completion, the changes of records and the new jobs commit together, or none of them
/// does. No two changes may name the same record. Bodies are JSON; conditions as in
/// `change_record`.
class step {
public:
  /// A new record under an id that is made for it.
  step& create(std::string collection, std::string body);
  /// A new record; the step is refused if the id is taken.
  step& create(std::string collection, std::string id, std::string body);
  /// Creates or replaces.
  step& put(std::string collection, std::string id, std::string body,
            write_condition condition = {});
  /// RFC 7396.
  step& merge_patch(std::string collection, std::string id, std::string body,
                    write_condition condition = {});
  /// RFC 6902.
  step& json_patch(std::string collection, std::string id, std::string body,
                   write_condition condition = {});
  step& remove(std::string collection, std::string id, write_condition condition = {});
  step& enqueue(std::string queue, std::string payload, job_options options = {});

  operator job_step() const { return made_; }

private:
  step& change(record_verb verb, std::string collection, std::string id, std::string body,
               write_condition condition);

  job_step made_;
};

} // namespace troupe
