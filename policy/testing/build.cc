#include "policy/testing/build.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"

namespace idlewarden::policy::testing {

std::shared_ptr<const CompiledPolicy> MustCompile(absl::string_view yaml) {
  CompileResult result = CompilePolicy({"test.yaml", absl::StrCat("version: 1\n", yaml), nullptr});
  if (result.policy != nullptr) return result.policy;
  for (const Diagnostic& d : result.diagnostics) std::fprintf(stderr, "%s\n", FormatDiagnostic(d).c_str());
  std::abort();
}

std::vector<std::string> CodesOf(absl::string_view yaml, const CompileOptions& options) {
  std::vector<std::string> codes;
  for (const Diagnostic& d : CompilePolicy({"test.yaml", std::string(yaml), nullptr}, options).diagnostics) {
    codes.push_back(absl::StrCat(d.line, ":", d.column, " ", CodeName(d.code)));
  }
  return codes;
}

Session MakeSession(absl::string_view client, absl::string_view user) {
  Session session;
  session.client = std::string(client);
  session.user = std::string(user);
  session.idle_seconds = 3600;
  session.age_seconds = 7200;
  session.open_files = 0;
  session.client_type = "";
  session.transport = "";
  session.guest = false;
  return session;
}

ServerSnapshot MakeServer(absl::string_view name, std::vector<Session> sessions) {
  ServerSnapshot server;
  server.name = std::string(name);
  server.sessions = std::move(sessions);
  return server;
}

SessionTable MakeTable(const std::vector<ServerSnapshot>& servers, const HostAddresses& hosts) {
  SessionTable table;
  table.SetHosts(hosts);
  for (const ServerSnapshot& server : servers) table.SetServer(server);
  return table;
}

absl::Time MustParseTime(absl::string_view text) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return time;
  std::fprintf(stderr, "%s\n", error.c_str());
  std::abort();
}

}  // namespace idlewarden::policy::testing
