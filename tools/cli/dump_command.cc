#include "tools/cli/dump_command.h"

#include "tools/cli/inputs.h"

namespace idlewarden::tools {

int RunDump(const std::string& policy, Output& output) {
  const auto compiled = LoadPolicy(policy, output);
  if (compiled == nullptr) return kFailed;
  output.out << compiled->canonical();
  return kDone;
}

}  // namespace idlewarden::tools
