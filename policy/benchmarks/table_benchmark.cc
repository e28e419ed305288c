// Building tables and compiling policies.
//
//   bazel run -c opt //policy/benchmarks:table_benchmark

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <string>
#include <vector>

#include "policy/benchmarks/workload.h"
#include "policy/compiler/compile.h"

namespace idlewarden::policy::benchmarks {
namespace {

const std::vector<ServerSnapshot>& Servers() {
  static const auto* servers = new std::vector<ServerSnapshot>(MakeServers(kServers, kSessionsPerServer));
  return *servers;
}

SessionTable MakeTable() {
  SessionTable table;
  for (const ServerSnapshot& server : Servers()) table.SetServer(server);
  return table;
}

// From decoded enumerations; "items_per_second" counts sessions.
void BuildTable(benchmark::State& state) {
  Servers();
  for (auto _ : state) benchmark::DoNotOptimize(MakeTable());
  state.SetItemsProcessed(state.iterations() * kServers * kSessionsPerServer);
}
BENCHMARK(BuildTable)->Unit(benchmark::kMillisecond);

// One of many servers after another gets other rows.
void ReplaceOneServer(benchmark::State& state) {
  SessionTable table = MakeTable();
  size_t next = 0;
  for (auto _ : state) {
    ServerSnapshot other = {.name = Servers()[next % kServers].name,
                            .sessions = Servers()[(next + 1) % kServers].sessions};
    table.SetServer(other);
    ++next;
  }
  state.SetItemsProcessed(state.iterations() * kSessionsPerServer);
}
BENCHMARK(ReplaceOneServer)->Unit(benchmark::kMicrosecond);

// Bytes a session, distinct strings and their indexes included.
void TableMemory(benchmark::State& state) {
  Servers();
  for (auto _ : state) {
    const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    const SessionTable table = MakeTable();
    const size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    state.counters["bytes_per_session"] =
        static_cast<double>(after - before) / static_cast<double>(table.session_count());
  }
}
BENCHMARK(TableMemory)->Iterations(1)->Unit(benchmark::kMillisecond);

// From YAML to a policy that can be evaluated.
void Compile(benchmark::State& state) {
  const std::string text = PolicyText(static_cast<int>(state.range(0)), Set::kNone);
  for (auto _ : state) benchmark::DoNotOptimize(CompilePolicy({"p.yaml", text, nullptr}));
  state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK(Compile)->Arg(10)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond);

// A file of 1 MB.
void CompileMegabyte(benchmark::State& state) {
  constexpr size_t kMegabyte = 1 << 20;
  int rules = 5000;
  while (PolicyText(rules, Set::kEarly).size() < kMegabyte) rules += 100;
  const std::string text = PolicyText(rules, Set::kEarly);
  for (auto _ : state) benchmark::DoNotOptimize(CompilePolicy({"p.yaml", text, nullptr}));
  state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK(CompileMegabyte)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace idlewarden::policy::benchmarks
