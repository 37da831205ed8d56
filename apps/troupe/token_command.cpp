// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <iostream>

#include "apps/troupe/command.hpp"
#include "apps/troupe/terminal.hpp"
#include "apps/troupe/text_format.hpp"
#include "apps/troupe/text_table.hpp"
#include "gateway/access_token.hpp"
#include "gateway/browser_session.hpp"
#include "gateway/permission.hpp"
#include "messages/limits.hpp"
#include "node/settings_reader.hpp"

namespace troupe {

namespace {

struct token_options {
  std::string name;
  std::vector<std::string> scopes;
  std::string expires; ///< a duration; empty: never
};

timestamp now() {
  return std::chrono::time_point_cast<timestamp::duration>(std::chrono::system_clock::now());
}

json json_of(const access_token& x) {
  return {{"name", x.name},
          {"scopes", x.scopes},
          {"created_at", time_or_null(x.created_at)},
          {"expires_at", time_or_null(x.expires_at)}};
}

result<void> check(const token_options& options) {
  if (!is_name(options.name))
    return failure(errc::invalid_argument, "\"" + options.name + "\" is no name; expected 1 to "
                                             + std::to_string(limits::name_bytes_max)
                                             + " small letters, digits, '_', '.' or '-'");
  if (options.scopes.size() > limits::token_scopes_max)
    return failure(errc::invalid_argument,
                   "a token has at most " + std::to_string(limits::token_scopes_max) + " scopes");
  for (const auto& scope : options.scopes)
    if (auto right = check_scope(scope); !right)
      return right;
  return {};
}

result<int> create(const cli& shared, client& cluster, const token_options& options) {
  // The text stays here: only its hash is sent.
  const auto made = make_token();
  access_token token{options.name, made.id, made.hash, options.scopes, now(), {}};
  if (!options.expires.empty())
    token.expires_at = token.created_at + duration_of("--expires", options.expires);
  if (auto kept = cluster.create_token(token); !kept)
    return tl::unexpected{kept.error()};
  if (shared.json) {
    auto document = json_of(token);
    document["token"] = made.text;
    print_document(document);
    return exit_ok;
  }
  std::cout << made.text << std::endl;
  std::cerr << "This is shown once. Send it as \"Authorization: Bearer TOKEN\"; take it back with "
            << "`troupe token revoke " << options.name << "`.\n";
  return exit_ok;
}

result<int> list(const cli& shared, client& cluster) {
  auto tokens = cluster.tokens();
  if (!tokens)
    return tl::unexpected{tokens.error()};
  // The sessions of browsers are kept beside the tokens that they are of.
  std::erase_if(*tokens, [](const access_token& x) { return session_owner(x.name).has_value(); });
  if (shared.json) {
    auto all = json::array();
    for (const auto& x : *tokens)
      all.push_back(json_of(x));
    print_document({{"tokens", std::move(all)}});
    return exit_ok;
  }
  text_table table{{{"NAME"}, {"EXPIRES"}, {"SCOPES"}}};
  for (const auto& x : *tokens) {
    const auto over = x.expires_at != timestamp{} && x.expires_at <= now();
    table.add(
      {x.name,
       x.expires_at == timestamp{} ? "never" : format_time(x.expires_at) + (over ? " (over)" : ""),
       join(x.scopes)});
  }
  print_lines(table.lines(output_width()));
  return exit_ok;
}

result<int> revoke(const cli& shared, client& cluster, const std::string& name) {
  if (auto gone = cluster.revoke_token(name); !gone)
    return tl::unexpected{gone.error()};
  if (shared.json)
    print_document({{"revoked", name}});
  else
    std::cout << "revoked " << name << "; gateways notice within seconds\n";
  return exit_ok;
}

void add_create(CLI::App& group, cli& shared, const std::shared_ptr<token_options>& options) {
  auto* command = group.add_subcommand("create", "Make a token, and show it once");
  command->add_option("NAME", options->name, "Tells it from others")->required()->type_name("");
  command->add_option("--scope", options->scopes, "What it is good for; may be repeated")
    ->type_name("SCOPE")
    ->required()
    ->allow_extra_args(false);
  command->add_option("--expires", options->expires, "After so long it is void [never]")
    ->type_name("DURATION");
  add_client_options(*command, shared);
  command->footer("Scopes:\n"
                  "  records:read:COLLECTION   records:write:COLLECTION\n"
                  "  jobs:enqueue:QUEUE        jobs:work:QUEUE (take jobs, and finish them)\n"
                  "  jobs:read:QUEUE           jobs:read (of all queues)\n"
                  "  jobs:change (cancel, retry)\n"
                  "  cluster:read              admin (everything)\n"
                  "* stands for all collections or queues: records:read:*");
  command->callback([&shared, options] {
    if (auto right = check(*options); !right) {
      fail(shared, right.error());
      shared.status = exit_usage;
      return;
    }
    shared.status
      = with_change(shared, "create token " + options->name + " with " + join(options->scopes),
                    [&](client& x, std::string&) { return create(shared, x, *options); });
  });
}

} // namespace

void add_token_command(CLI::App& app, cli& shared) {
  auto* group = app.add_subcommand("token", "Make, list and revoke tokens of the HTTP API");
  group->require_subcommand(1);
  auto options = std::make_shared<token_options>();
  add_create(*group, shared, options);

  auto* all = group->add_subcommand("list", "List the tokens; none can be shown again");
  add_client_options(*all, shared);
  all->callback(
    [&shared] { shared.status = with_client(shared, [&](client& x) { return list(shared, x); }); });

  auto* gone = group->add_subcommand("revoke", "Make a token void");
  gone->add_option("NAME", options->name, "Its name")->required()->type_name("");
  add_client_options(*gone, shared);
  gone->callback([&shared, options] {
    shared.status
      = with_change(shared, "revoke token " + options->name,
                    [&](client& x, std::string&) { return revoke(shared, x, options->name); });
  });
}

} // namespace troupe
