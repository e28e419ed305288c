// Any texts as users, clients, their names and the entries for them: both evaluators answer alike, and nobody crashes.
//
// Lines of the input, in this order, each perhaps missing: user, domain separator, client, address, name of the
// address, host name, entry for users, entry for clients.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "policy/compiler/compile.h"
#include "policy/evaluator/plain_evaluator.h"
#include "policy/evaluator/table_evaluator.h"

namespace {

namespace policy = idlewarden::policy;

std::string Quoted(const std::string& text) { return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "''"}}), "'"); }

policy::SessionTable TableOf(const std::vector<std::string>& lines) {
  policy::Session session;
  session.user = lines[0];
  session.client = lines[2];
  if (!lines[3].empty()) session.address = lines[3];
  if (!lines[4].empty()) session.names = {lines[4], lines[0]};
  policy::ServerSnapshot server;
  server.name = lines[5];
  server.domain_separator = lines[1];
  server.sessions = {session};
  policy::SessionTable table;
  table.SetHosts({{lines[5], {policy::IpAddress(), *policy::IpAddress::Parse("10.0.0.9")}}});
  table.SetServer(server);
  return table;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::string> lines =
      absl::StrSplit(absl::string_view(reinterpret_cast<const char*>(data), size), absl::MaxSplits('\n', 8));
  lines.resize(8);
  std::string yaml = "version: 1\nprotect:\n";
  for (const char* test : {"in", "not_in"}) {
    absl::StrAppend(&yaml, "- {name: u-", test[0] == 'i' ? "in" : "not", ", when: {users: {", test, ": [",
                    Quoted(lines[6]), "]}}}\n");
    absl::StrAppend(&yaml, "- {name: c-", test[0] == 'i' ? "in" : "not", ", when: {clients: {", test, ": [",
                    Quoted(lines[7]), "]}}}\n");
  }
  const auto compiled = policy::CompilePolicy({"fuzz.yaml", yaml, nullptr}).policy;
  // A NUL makes a session anonymous, whatever lists say.
  if (compiled == nullptr || lines[0].find('\0') != std::string::npos) return 0;
  const policy::SessionTable table = TableOf(lines);
  const policy::ServerView server = table.server(0);
  const policy::RowMatch plain =
      policy::MatchPlainly(compiled->resolved(), policy::FactsOf(server, 0, absl::UnixEpoch()));
  if (policy::TableEvaluator(*compiled, server, absl::UnixEpoch()).Evaluate(server).at(0) != plain) std::abort();
  return 0;
}
