// Writes the benchmarks' sessions or one of their policies to standard output, for programs that are measured from
// outside:
//
//   write_workload sessions           1,000,000 sessions, as a snapshot
//   write_workload early|none RULES   a policy of that many rules

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "policy/benchmarks/workload.h"
#include "policy/snapshot/snapshot_writer.h"

namespace idlewarden::policy::benchmarks {
namespace {

// Empty if the arguments are wrong.
std::string Text(const std::vector<std::string>& arguments) {
  if (arguments == std::vector<std::string>{"sessions"}) {
    return WriteSnapshot({kAt, MakeServers(kServers, kSessionsPerServer)}) + "\n";
  }
  int rules = 0;
  if (arguments.size() != 2 || !absl::SimpleAtoi(arguments[1], &rules) || rules < 1) return "";
  if (arguments[0] == "early") return PolicyText(rules, Set::kEarly);
  if (arguments[0] == "none") return PolicyText(rules, Set::kNone);
  return "";
}

}  // namespace
}  // namespace idlewarden::policy::benchmarks

int main(int argc, char** argv) {
  const std::string text = idlewarden::policy::benchmarks::Text({argv + 1, argv + argc});
  if (text.empty()) {
    std::fprintf(stderr, "usage: write_workload sessions | write_workload early|none RULES\n");
    return 2;
  }
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0 ? 0 : 1;
}
