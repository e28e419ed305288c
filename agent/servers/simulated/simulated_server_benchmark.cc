// What a fleet of simulated servers costs: the agent's own figures must not drown in it.
//
//   bazel run -c opt //agent/servers:simulated_server_benchmark

#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/servers/idle_trust.h"
#include "agent/servers/simulated/simulated_server.h"
#include "benchmark/benchmark.h"

namespace idlewarden::agent {
namespace {

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// One enumeration of a server of so many sessions; time is a session's.
void BM_Enumerate(benchmark::State& state) {
  SimulatedEventLoop loop;
  SimulatedServer server({.name = "fs01", .generated_sessions = static_cast<int>(state.range(0))}, &loop);
  int64_t rows = 0;
  for (auto _ : state) {
    loop.AdvanceBy(absl::Seconds(30));
    server.Enumerate({}, [&](absl::StatusOr<Enumeration> answer) { rows += answer->sessions.size(); });
  }
  state.SetItemsProcessed(rows);
}
BENCHMARK(BM_Enumerate)->Arg(500)->Arg(10000);

// The same, judged for idle trust.
void BM_EnumerateAndJudge(benchmark::State& state) {
  SimulatedEventLoop loop;
  SimulatedServer server({.name = "fs01", .generated_sessions = static_cast<int>(state.range(0))}, &loop);
  IdleTrustJudge judge;
  int64_t rows = 0;
  for (auto _ : state) {
    loop.AdvanceBy(absl::Seconds(30));
    server.Enumerate({}, [&](absl::StatusOr<Enumeration> answer) {
      benchmark::DoNotOptimize(judge.Judge(&*answer, loop.SteadyNow()));
      rows += answer->sessions.size();
    });
  }
  state.SetItemsProcessed(rows);
}
BENCHMARK(BM_EnumerateAndJudge)->Arg(500);

// So many servers of 500 sessions: bytes a server.
void BM_FleetMemory(benchmark::State& state) {
  for (auto _ : state) {
    SimulatedEventLoop loop;
    const double before = ResidentBytes();
    std::vector<std::unique_ptr<SimulatedServer>> fleet;
    for (int i = 0; i < state.range(0); ++i) {
      SimulatedServerOptions options{.name = absl::StrCat("fs", i), .generated_sessions = 500};
      fleet.push_back(std::make_unique<SimulatedServer>(std::move(options), &loop));
    }
    state.counters["bytes_per_server"] = (ResidentBytes() - before) / static_cast<double>(state.range(0));
  }
}
BENCHMARK(BM_FleetMemory)->Arg(10000)->Iterations(1);

}  // namespace
}  // namespace idlewarden::agent
