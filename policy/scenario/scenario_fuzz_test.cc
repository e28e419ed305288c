// Any text as a test file: what reads without errors must be fit to run, and runs.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "policy/compiler/compile.h"
#include "policy/scenario/scenario_reader.h"
#include "policy/scenario/scenario_runner.h"

namespace {

using idlewarden::policy::CompiledPolicy;
using idlewarden::policy::ScenarioCase;

constexpr size_t kMaxSessions = 500;  // `repeat` makes many of few bytes; more of them find nothing new

constexpr char kPolicy[] = R"(version: 1
limits: {max_closes_per_cycle: 3, max_percent_per_server: 50}
protect:
  - {name: bosses, when: {users: [boss, 'CORP\svc']}}
rules:
  - {name: kiosks, when: {idle: 15m, clients: [10.20.0.0/16, "k*"]}, mode: enforce, max_closes_per_cycle: 2}
  - {name: slow, when: {idle: 1h, during: {days: [mon-fri]}}, mode: enforce, for: 10m}
  - {name: old, when: {any: [{age: 1d, servers: {labels: {site: a}}}, {guest: true}]}, close_active: true}
)";

const CompiledPolicy& Policy() {
  static const auto* const policy =
      new std::shared_ptr<const CompiledPolicy>(idlewarden::policy::CompilePolicy({"p.yaml", kPolicy, nullptr}).policy);
  return **policy;
}

void Check(bool holds) {
  if (!holds) std::abort();
}

size_t CheckFitToRun(const ScenarioCase& scenario) {
  Check(!scenario.steps.empty());
  size_t sessions = 0;
  for (size_t i = 0; i < scenario.steps.size(); ++i) {
    const absl::Time at = scenario.steps[i].at;
    Check(at > absl::InfinitePast() && at < absl::InfiniteFuture());
    Check(i == 0 || scenario.steps[i - 1].at < at);
    sessions += scenario.steps[i].sessions.size();
  }
  return sessions;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = idlewarden::policy::ReadScenarios({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
  if (idlewarden::policy::HasErrors(read.diagnostics)) return 0;
  Check(!read.file.cases.empty());
  for (const ScenarioCase& scenario : read.file.cases) {
    if (CheckFitToRun(scenario) > kMaxSessions) continue;
    for (const auto& failure : RunScenario(Policy(), scenario).failures) {
      Check(failure.step < scenario.steps.size() && !failure.explanation.empty());
    }
  }
  return 0;
}
