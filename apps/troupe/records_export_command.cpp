// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "apps/troupe/interrupt.hpp"
#include "apps/troupe/progress.hpp"
#include "apps/troupe/records_command.hpp"
#include "apps/troupe/text_format.hpp"

namespace troupe {

namespace {

constexpr std::uint32_t page_records = 500;

struct export_options {
  std::string collection;
  std::string filter;
  std::string output;
};

struct export_report {
  std::uint64_t records = 0;
  std::uint64_t sequence = 0;
  bool complete = false;
};

/// By id, so that records that come and go meanwhile move no others between pages.
result<export_report> write_all(const cli& shared, client& cluster, const export_options& options,
                                std::ostream& out) {
  interrupt_guard guard;
  list_records request;
  request.collection = options.collection;
  request.filter = options.filter;
  request.limit = page_records;
  request.count = true;
  export_report report;
  std::optional<progress_bar> bar;
  do {
    auto page = cluster.page(request);

    if (!page)
      return failure(page.error().code, page.error().text + "; "
                                          + format_count(report.records, "record")
                                          + " had been written");
    if (!bar) {
      bar.emplace("exporting", page->count, !shared.json);
      // Later pages may show later changes: to follow from here tells those again, and none is
      // missed.
      report.sequence = page->sequence;
    }
    for (auto& x : page->records)
      out << record_json(x) << '\n';
    if (!out.flush())
      return failure(errc::invalid_argument, std::string{"cannot write: "} + std::strerror(errno));
    report.records += page->records.size();
    bar->update(report.records);
    request.cursor = std::move(page->next);
    request.count = false;
  } while (!request.cursor.empty() && !guard.interrupted());
  report.complete = request.cursor.empty();
  return report;
}

/// What is written becomes `name` when it is whole: a file of that name, maybe the last good
/// export, stays as it is until then. A link stays a link, and what is no file (a pipe, a device)
/// is written to, and never replaced.
class replaced_file {
public:
  explicit replaced_file(const std::filesystem::path& name) : name_{target_of(name)} {
    draft_ = name_.string() + ".part";
  }

  ~replaced_file() {
    file_.close();
    std::error_code ignored;
    if (made_)
      std::filesystem::remove(draft_, ignored);
  }

  replaced_file(const replaced_file&) = delete;
  replaced_file& operator=(const replaced_file&) = delete;

  result<void> open() {
    std::error_code absent;
    const auto there = std::filesystem::status(name_, absent);
    if (is_directory(there))
      return failure(errc::invalid_argument, "cannot write " + name_.string() + ": it is a folder");
    if (exists(there) && !is_regular_file(there))
      draft_ = name_;
    file_.open(draft_, std::ios::binary | std::ios::trunc);
    if (!file_)
      return refused(draft_);
    made_ = draft_ != name_;
    // Before anything is in it: what was for few is not for more.
    std::error_code code;
    if (made_ && exists(there))
      std::filesystem::permissions(draft_, there.permissions(), code);
    return code ? failure(errc::invalid_argument,
                          "cannot write " + draft_.string() + ": " + code.message())
                : result<void>{};
  }

  std::ostream& stream() { return file_; }

  result<void> commit() {
    file_.close();
    if (!file_)
      return refused(draft_);
    if (!made_)
      return {};
    std::error_code code;
    std::filesystem::rename(draft_, name_, code);
    if (code)
      return failure(errc::invalid_argument,
                     "cannot write " + name_.string() + ": " + code.message());
    made_ = false;
    return {};
  }

private:
  static std::filesystem::path target_of(const std::filesystem::path& name) {
    std::error_code code;
    if (!std::filesystem::is_symlink(name, code))
      return name;
    auto target = std::filesystem::weakly_canonical(name, code);
    return code ? name : target;
  }

  static tl::unexpected<error> refused(const std::filesystem::path& path) {
    return failure(errc::invalid_argument,
                   "cannot write " + path.string() + ": " + std::strerror(errno));
  }

  std::filesystem::path name_;
  std::filesystem::path draft_; ///< what is written
  bool made_ = false;           ///< the draft is there, and ours to remove
  std::ofstream file_;
};

result<export_report> export_to_file(const cli& shared, client& cluster,
                                     const export_options& options) {
  replaced_file file{options.output};
  if (auto opened = file.open(); !opened)
    return tl::unexpected{opened.error()};
  auto report = write_all(shared, cluster, options, file.stream());
  if (report && report->complete)
    if (auto committed = file.commit(); !committed)
      return tl::unexpected{committed.error()};
  return report;
}

result<int> run(const cli& shared, client& cluster, const export_options& options) {
  auto report = options.output.empty() ? write_all(shared, cluster, options, std::cout)
                                       : export_to_file(shared, cluster, options);
  if (!report)
    return tl::unexpected{report.error()};
  if (shared.json)
    print_document({{"collection", options.collection},
                    {"records", report->records},
                    {"sequence", report->sequence},
                    {"complete", report->complete}});
  else if (report->complete)
    std::cerr << format_count(report->records, "record") << "; what changes from here on: `troupe "
              << "records watch " << options.collection << " --after " << report->sequence << "`\n";
  else
    std::cerr << "troupe: stopped by a signal after " << format_count(report->records, "record")
              << (options.output.empty() ? "" : "; " + options.output + " is what it was") << '\n';
  return report->complete ? exit_ok : exit_interrupted;
}

} // namespace

void add_record_export_command(CLI::App& group, cli& shared) {
  auto command = group.add_subcommand("export", "Write all records, a line of JSON each, by id");
  auto options = std::make_shared<export_options>();
  add_collection_option(*command, options->collection);
  command->add_option("--filter", options->filter, "Only those that match")
    ->type_name("EXPRESSION");
  command->add_option("--output", options->output, "Into this file [standard output]")
    ->type_name("FILE");
  add_client_options(*command, shared);
  command->footer(R"(Examples:
  troupe records export notes --output notes.ndjson
  troupe records export notes | gzip > notes.ndjson.gz

Records that are changed meanwhile are written as they are when their page is read. At the end it
says the sequence to watch after: whoever does so misses no change.)");
  command->callback([&shared, options] {
    if (shared.json && options->output.empty())
      throw CLI::ValidationError{"--json", "needs --output FILE: the records are on standard "
                                           "output"};
    shared.status = with_client(shared, [&](client& x) { return run(shared, x, *options); });
  });
}

} // namespace troupe
