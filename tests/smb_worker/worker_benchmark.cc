// What the worker does in a second, with the Windows-like peer and smbd on the same machine: a lower bound.
//
//   bazel run -c opt //tests/smb_worker:worker_benchmark      (root, for smbd)

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "tests/smb_worker/peer_process.h"
#include "tests/smb_worker/worker_under_test.h"

namespace idlewarden::tests {
namespace {

constexpr int kServers = 32;

std::string Sessions(int64_t count) {
  return absl::StrCat(R"([{"client": "{ip}", "user": "user{n}", "age": 100, "repeat": )", count, "}]");
}

// Enumerations over a kept connection, one after another.
void BM_Enumerate(benchmark::State& state) {
  PeerProcess peer("windows", absl::StrCat(R"({"list_own": false, "sessions": )", Sessions(state.range(0)), "}"));
  WorkerUnderTest worker;
  for (auto _ : state) {
    const Outcome outcome = worker.Enumerate(TargetOf(peer));
    if (!outcome.status.ok()) return state.SkipWithError(outcome.status.error_message().c_str());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Enumerate)->Arg(1)->Arg(100)->Arg(1000)->Arg(10000)->UseRealTime()->Unit(benchmark::kMillisecond);

std::vector<backend::v1::Target> ManyTargets(const PeerProcess& peer, const std::string& round) {
  std::vector<backend::v1::Target> targets;
  for (int i = 0; i < kServers; ++i) {
    targets.push_back(TargetOf(peer, absl::StrCat(round, "-", i)));
    targets.back().set_address(absl::StrCat("127.0.1.", i + 1));
  }
  return targets;
}

std::string ManyServers(const std::string& more) {
  std::string arguments = absl::StrCat("{", more, R"("sessions": )", Sessions(100), R"(, "addresses": [)");
  for (int i = 0; i < kServers; ++i) absl::StrAppend(&arguments, i ? ", " : "", "\"127.0.1.", i + 1, "\"");
  return arguments + "]}";
}

void EnumerateAll(WorkerUnderTest& worker, const std::vector<backend::v1::Target>& targets, benchmark::State& state) {
  std::vector<std::future<Outcome>> calls;
  for (const backend::v1::Target& target : targets) {
    calls.push_back(worker.StartEnumerate(target, std::chrono::seconds(30)));
  }
  for (std::future<Outcome>& call : calls) {
    const Outcome outcome = call.get();
    if (!outcome.status.ok()) state.SkipWithError(outcome.status.error_message().c_str());
  }
}

// 32 servers of 100 sessions at once, connections kept; with a server that hangs among them if asked for.
void BM_ManyServersKept(benchmark::State& state) {
  PeerProcess peer("windows", ManyServers(""));
  PeerProcess hole("black-hole", "{}");
  WorkerUnderTest worker;
  const std::vector<backend::v1::Target> targets = ManyTargets(peer, "kept");
  std::future<Outcome> hung;
  if (state.range(0) != 0) hung = worker.StartEnumerate(TargetOf(hole, "hole"), std::chrono::seconds(60));
  EnumerateAll(worker, targets, state);
  for (auto _ : state) EnumerateAll(worker, targets, state);
  state.SetItemsProcessed(state.iterations() * kServers);
}
BENCHMARK(BM_ManyServersKept)->Arg(0)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

// The same with a connect for each: smbd's fork per connection is the limit.
void BM_ManyServersConnect(benchmark::State& state) {
  PeerProcess peer("windows", ManyServers(""));
  WorkerUnderTest worker;
  int round = 0;
  for (auto _ : state) EnumerateAll(worker, ManyTargets(peer, absl::StrCat("round", ++round)), state);
  state.SetItemsProcessed(state.iterations() * kServers);
}
BENCHMARK(BM_ManyServersConnect)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(5);

// Servers that take 300 ms for an answer: all at once take no longer than one.
void BM_ManySlowServers(benchmark::State& state) {
  PeerProcess peer("windows", ManyServers(""));
  WorkerUnderTest worker;
  const std::vector<backend::v1::Target> targets = ManyTargets(peer, "slow");
  EnumerateAll(worker, targets, state);
  peer.Do("fault", R"({"delay": 0.3})");
  for (auto _ : state) EnumerateAll(worker, targets, state);
}
BENCHMARK(BM_ManySlowServers)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(5);

}  // namespace
}  // namespace idlewarden::tests
