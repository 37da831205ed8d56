// SPDX-License-Identifier: Apache-2.0
#include "gateway/openapi.hpp"

#include <fmt/format.h>
#include <set>
#include <string>

#include "gateway/openapi_problems.hpp"
#include "gateway/openapi_records.hpp"

namespace troupe {

namespace {

constexpr std::string_view about
  = "A job queue, a worker pool, and records with a cache that is never stale.\n\n"
    "HEAD is taken wherever GET is, OPTIONS everywhere. Every refusal is `application/problem+json`"
    " with a stable `code`. A request may carry `X-Request-Id` and `traceparent`, which the log "
    "shows; its answer carries `X-Request-Id`. An answer to a token says in `RateLimit` and "
    "`RateLimit-Policy` how many requests are left.\n\n"
    "A request's body may have `Content-Encoding: gzip`; answers have it for callers that take it. "
    "\n\n"
    "Any request may be refused before anybody looks what it wants: 400, 417, 501 and 505 (no "
    "HTTP, or a part of it that is not known here), 413 and 431 (body or headers too large), 414 "
    "(URL too long), 415 (a body in an unknown coding), 421 (sent to a name that is not this "
    "server's).";

std::vector<std::string> words_of(std::string_view text, char separator = ' ') {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(separator, begin), text.size());
    if (end > begin)
      words.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

std::string small_name(http_method x) {
  std::string text{to_string(x)};
  for (auto& letter : text)
    letter = static_cast<char>(letter - 'A' + 'a');
  return text;
}

json parameters_of(const described_route& route) {
  const auto& known = openapi_components();
  json list = json::array();
  for (auto rest = route.pattern; rest.find('{') != std::string_view::npos;) {
    rest.remove_prefix(rest.find('{') + 1);
    const std::string name{rest.substr(0, rest.find('}'))};
    json x{{"name", name}, {"in", "path"}, {"required", true}};
    x.update(known.at("path_parameters").at(name));
    list.push_back(std::move(x));
  }
  for (const auto& name : words_of(route.text.parameters))
    list.push_back({{"$ref", "#/components/parameters/" + name}});
  return list;
}

json responses_of(const described_route& route, bool tokens) {
  json responses = json::object();
  for (const auto& word : words_of(route.text.answers))
    responses[word.substr(0, 3)] = openapi_components().at("answers").at(word.substr(4));
  for (const auto status : refusals_of(route, tokens))
    if (auto& response = responses[std::to_string(status)]; response.is_null())
      response = {{"$ref", "#/components/responses/" + refusal_name(status)}};
  return responses;
}

/// What its caller must show. The collection or queue of a scope is the first name in the path.
json security_of(const described_route& route, std::string_view collection, bool tokens) {
  json list = json::array();
  if (route.needs == permission::open)
    return list;
  json scopes = json::array();
  if (route.needs != permission::any)
    scopes.push_back(scope_of(route.needs, collection.empty() ? "*" : collection));
  for (const auto* scheme : {"token", "cookie"})
    list.push_back({{scheme, scopes}});
  if (!tokens)
    list.push_back(json::object());
  return list;
}

json operation_of(const described_route& route, bool tokens) {
  const auto& text = route.text;
  json x{{"tags", {text.group}}, {"operationId", text.name}, {"summary", text.summary}};
  x["security"] = security_of(route, {}, tokens);
  if (auto parameters = parameters_of(route); !parameters.empty())
    x["parameters"] = std::move(parameters);
  if (!text.body.empty())
    x["requestBody"] = openapi_components().at("bodies").at(std::string{text.body});
  x["responses"] = responses_of(route, tokens);
  return x;
}

void add_route(json& paths, const described_route& route,
               const std::vector<stored_collection>& collections, bool tokens) {
  constexpr std::string_view any_collection = "{collection}";
  const auto at = route.pattern.find(any_collection);
  const auto method = small_name(route.method);
  const auto any = operation_of(route, tokens);
  if (at == std::string_view::npos || collections.empty()) {
    paths[std::string{route.pattern}][method] = any;
    return;
  }
  for (const auto& collection : collections) {
    const auto& name = collection.declaration.name;
    auto own = any;
    own["operationId"] = std::string{route.text.name} + "_of_" + name;
    own["security"] = security_of(route, name, tokens);
    auto& parameters = own["parameters"];
    parameters.erase(0); // the collection, which is the first name in the path
    if (parameters.empty())
      own.erase("parameters");
    speak_of(own, name);
    auto path = std::string{route.pattern};
    path.replace(at, any_collection.size(), name);
    paths[path][method] = std::move(own);
  }
}

json schemas_of(const std::vector<stored_collection>& collections) {
  const auto& known = openapi_components().at("schemas");
  json schemas{{"error_code", error_code_schema()}};
  for (const auto& [name, schema] : known.items())
    if (collections.empty() || !speaks_of_records(name))
      schemas[name] = schema;
  if (collections.empty())
    schemas["record_part"] = part_schema(known.at("record_fields"), known.at("record_part"));
  for (const auto& collection : collections)
    add_schemas(schemas, collection.declaration);
  return schemas;
}

json refusal_answers() {
  json answers = json::object();
  for (int status = 400; status < 600; ++status)
    answers[refusal_name(status)] = refusal_response(status);
  return answers;
}

/// Drops what neither the paths nor what they lead to speak of.
json used_of(json all, json& paths) {
  std::set<std::string> used;
  std::vector<json*> unread{&paths};
  while (!unread.empty()) {
    auto* next = unread.back();
    unread.pop_back();
    for_each_reference(*next, [&](json& reference) {
      const auto words = words_of(reference.get<std::string>(), '/'); // #, components, group, name
      if (words.size() < 4 || !all.contains(words[2]) || !all[words[2]].contains(words[3]))
        return; // a value in somebody's schema that only looks like a reference
      if (used.insert(words[2] + '/' + words[3]).second)
        unread.push_back(&all[words[2]][words[3]]);
    });
  }
  json result = json::object();
  for (const auto& [group, parts] : all.items())
    for (const auto& [name, part] : parts.items())
      if (used.contains(group + '/' + name))
        result[group][name] = part;
  return result;
}

json security_schemes() {
  return {
    {"token",
     {{"type", "http"},
      {"scheme", "bearer"},
      {"description", "A token of `troupe token`. Its scopes must be enough: those that an "
                      "operation names, with `*` for all collections or queues, or `admin`. "
                      "Where nothing is asked for, none is needed."}}},
    {"cookie",
     {{"type", "apiKey"},
      {"in", "cookie"},
      {"name", "troupe_session"},
      {"description", "The session of a browser, which stands for a token: `POST /v1/session` "
                      "begins one. Over HTTPS it is called `__Host-troupe_session`."}}}};
}

} // namespace

json openapi_document(std::span<const described_route> routes,
                      const std::vector<stored_collection>& collections, bool tokens) {
  const auto& known = openapi_components();
  json paths = json::object();
  for (const auto& route : routes)
    add_route(paths, route, collections, tokens);
  auto components = used_of({{"parameters", known.at("parameters")},
                             {"headers", known.at("headers")},
                             {"responses", refusal_answers()},
                             {"schemas", schemas_of(collections)}},
                            paths);
  components["securitySchemes"] = security_schemes();
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "Troupe"},
            {"version", "1"},
            {"summary", "Jobs, workers and records over HTTP."},
            {"description", about}}},
          {"servers", {{{"url", "/"}, {"description", "The gateway that shows this document."}}}},
          {"tags",
           {{{"name", "records"}, {"description", "Collections of JSON records."}},
            {{"name", "jobs"}, {"description", "Queues and the jobs in them."}},
            {{"name", "workers"}, {"description", "Programs that take jobs over HTTP."}},
            {{"name", "cluster"}, {"description", "What is going on."}},
            {{"name", "node"}, {"description", "The process that answers."}}}},
          {"paths", std::move(paths)},
          {"components", std::move(components)}};
}

} // namespace troupe
