// The table and the policies that the benchmarks run on: large, mixed, and the same each time.
//
// 2,000 servers with 500 sessions each, 20,000 distinct users, 20,000 distinct clients. Policies mix conditions on
// users (names, globs, a list of 10,000), clients (names, networks, a list of 10,000 networks), servers, labels, idle
// time, age, open files and time windows.

#ifndef IDLEWARDEN_POLICY_BENCHMARKS_WORKLOAD_H_
#define IDLEWARDEN_POLICY_BENCHMARKS_WORKLOAD_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/model/session.h"
#include "policy/model/session_table.h"

namespace idlewarden::policy::benchmarks {

enum class Set {
  kEarly,  // most sessions match one of the first rules
  kNone,   // most sessions match no rule, although they are idle for long enough for most rules
};

inline constexpr int kServers = 2000;
inline constexpr int kSessionsPerServer = 500;
inline const absl::Time kAt = absl::FromUnixSeconds(1'795'428'000);

std::vector<ServerSnapshot> MakeServers(int servers, int sessions_per_server);

// The table of the full size; made once.
const SessionTable& FullTable();

// The YAML of a policy of that many rules.
std::string PolicyText(int rules, Set set);

// The same compiled; made once.
const CompiledPolicy& CachedPolicy(int rules, Set set);

}  // namespace idlewarden::policy::benchmarks

#endif  // IDLEWARDEN_POLICY_BENCHMARKS_WORKLOAD_H_
