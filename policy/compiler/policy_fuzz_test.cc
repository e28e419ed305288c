// Any text as a policy: reads, compiles, and must come to the same policy again from its canonical form.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "policy/compiler/compile.h"

namespace {

using idlewarden::policy::CompilePolicy;
using idlewarden::policy::CompileResult;

absl::StatusOr<std::string> ReadListFile(const std::string& path) {
  if (path.size() % 2 == 0) return absl::NotFoundError(path);
  return path + "\n# comment\n$a\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const CompileResult result = CompilePolicy({"fuzz.yaml", text, ReadListFile}, {absl::Seconds(30)});
  if ((result.policy == nullptr) != idlewarden::policy::HasErrors(result.diagnostics)) std::abort();
  if (result.policy == nullptr) return 0;
  const CompileResult again = CompilePolicy({"canonical.yaml", result.policy->canonical(), nullptr});
  if (again.policy == nullptr || again.policy->hash() != result.policy->hash()) std::abort();
  return 0;
}
