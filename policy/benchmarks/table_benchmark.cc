// Building tables and compiling policies.
//
//   bazel run -c opt //policy/benchmarks:table_benchmark

#include <benchmark/benchmark.h>
#include <malloc.h>

#include "policy/benchmarks/workload.h"
#include "policy/compiler/compile.h"

namespace idlewarden::policy::benchmarks {
namespace {

void BuildTable(benchmark::State& state) {
  const std::vector<ServerSnapshot> servers = MakeServers(kServers, kSessionsPerServer);
  for (auto _ : state) {
    SessionTable table;
    for (const ServerSnapshot& server : servers) table.SetServer(server);
    benchmark::DoNotOptimize(&table);
  }
  state.counters["sessions_per_second"] =
      benchmark::Counter(1e6 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(BuildTable)->Unit(benchmark::kMillisecond);

void ReplaceOneServer(benchmark::State& state) {
  const std::vector<ServerSnapshot> servers = MakeServers(kServers, kSessionsPerServer);
  SessionTable table;
  for (const ServerSnapshot& server : servers) table.SetServer(server);
  size_t next = 0;
  for (auto _ : state) table.SetServer(servers[next++ % servers.size()]);
}
BENCHMARK(ReplaceOneServer)->Unit(benchmark::kMicrosecond);

// Bytes a session, with the distinct strings and without.
void TableMemory(benchmark::State& state) {
  const std::vector<ServerSnapshot> servers = MakeServers(kServers, kSessionsPerServer);
  for (auto _ : state) {
    const size_t before = mallinfo2().uordblks;
    SessionTable table;
    for (const ServerSnapshot& server : servers) table.SetServer(server);
    const size_t all = mallinfo2().uordblks - before;
    SessionTable strings;
    ServerSnapshot once;  // each distinct client and user in as few rows as it goes
    for (const ServerSnapshot& server : servers) {
      for (const Session& session : server.sessions) once.sessions.push_back(session);
    }
    state.counters["bytes_per_session"] = static_cast<double>(all) / static_cast<double>(table.session_count());
  }
}
BENCHMARK(TableMemory)->Iterations(1)->Unit(benchmark::kMillisecond);

void Compile(benchmark::State& state) {
  const std::string text = PolicyText(static_cast<int>(state.range(0)), Set::kNone);
  for (auto _ : state) benchmark::DoNotOptimize(CompilePolicy({"p.yaml", text, nullptr}));
  state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK(Compile)->Arg(10)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace idlewarden::policy::benchmarks
