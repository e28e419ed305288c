// Writes the benchmarks' sessions and policies to files, for programs that are measured from outside.
//
//   write_workload FOLDER: sessions.json (1,000,000 sessions, a snapshot) and SET-RULES.yaml for each set and size.

#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "policy/benchmarks/workload.h"
#include "policy/snapshot/snapshot_writer.h"

namespace idlewarden::policy::benchmarks {
namespace {

bool Write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) std::fprintf(stderr, "cannot write %s\n", path.c_str());
  return static_cast<bool>(file);
}

bool WriteAll(const std::string& folder) {
  bool ok = Write(folder + "/sessions.json", WriteSnapshot({kAt, MakeServers(kServers, kSessionsPerServer)}) + "\n");
  for (const int rules : {10, 100, 1000, 10'000}) {
    ok = ok && Write(absl::StrCat(folder, "/early-", rules, ".yaml"), PolicyText(rules, Set::kEarly));
    ok = ok && Write(absl::StrCat(folder, "/none-", rules, ".yaml"), PolicyText(rules, Set::kNone));
  }
  return ok;
}

}  // namespace
}  // namespace idlewarden::policy::benchmarks

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_workload FOLDER\n");
    return 2;
  }
  return idlewarden::policy::benchmarks::WriteAll(argv[1]) ? 0 : 1;
}
