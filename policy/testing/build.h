// Short ways to write policies, sessions and tables in tests.

#ifndef IDLEWARDEN_POLICY_TESTING_BUILD_H_
#define IDLEWARDEN_POLICY_TESTING_BUILD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "policy/compiler/compile.h"
#include "policy/model/session.h"
#include "policy/model/session_table.h"

namespace idlewarden::policy::testing {

// Compiles a policy from YAML below `version: 1`; the process ends with its diagnostics if it has errors.
std::shared_ptr<const CompiledPolicy> MustCompile(absl::string_view yaml);

// The codes of all diagnostics of the text (which brings its own version), as "LINE:COLUMN code", in order.
std::vector<std::string> CodesOf(absl::string_view yaml, const CompileOptions& options = {});

// Idle for an hour, begun two hours ago, no open files, not a guest.
Session MakeSession(absl::string_view client, absl::string_view user);

// A server with these sessions.
ServerSnapshot MakeServer(absl::string_view name, std::vector<Session> sessions);

SessionTable MakeTable(const std::vector<ServerSnapshot>& servers, const HostAddresses& hosts = {});

// RFC 3339; the process ends if it is none.
absl::Time MustParseTime(absl::string_view text);

}  // namespace idlewarden::policy::testing

#endif  // IDLEWARDEN_POLICY_TESTING_BUILD_H_
