// Cost of evaluation a session, for the compiled and the plain evaluator.
//
//   bazel run -c opt //policy/benchmarks:evaluate_benchmark
//
// "ns_per_session" is what counts; "match" tells how many sessions matched a rule.

#include <benchmark/benchmark.h>

#include <atomic>
#include <thread>
#include <vector>

#include "policy/benchmarks/workload.h"
#include "policy/evaluator/plain_evaluator.h"
#include "policy/evaluator/table_evaluator.h"

namespace idlewarden::policy::benchmarks {
namespace {

void Report(benchmark::State& state, size_t sessions, size_t matched) {
  state.counters["ns_per_session"] =
      benchmark::Counter(static_cast<double>(sessions) * static_cast<double>(state.iterations()) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["match"] = static_cast<double>(matched) / static_cast<double>(sessions);
}

size_t CountMatches(const std::vector<RowMatch>& matches) {
  size_t count = 0;
  for (const RowMatch& match : matches) count += match.rule >= 0;
  return count;
}

// Looks up all distinct values and evaluates all sessions: a whole cycle on one core.
void EvaluateCompiled(benchmark::State& state, Set set) {
  const auto policy = MakePolicy(static_cast<int>(state.range(0)), set);
  const SessionTable& table = FullTable();
  size_t matched = 0;
  for (auto _ : state) {
    matched = 0;
    const TableEvaluator evaluator(*policy, table, kAt);
    for (size_t i = 0; i < table.server_count(); ++i) matched += CountMatches(evaluator.Evaluate(table.server(i)));
  }
  Report(state, table.session_count(), matched);
}

// The same with the values looked up before: the cost of the sessions themselves.
void EvaluateWarm(benchmark::State& state, Set set) {
  const auto policy = MakePolicy(static_cast<int>(state.range(0)), set);
  const SessionTable& table = FullTable();
  const TableEvaluator evaluator(*policy, table, kAt);
  size_t matched = 0;
  for (auto _ : state) {
    matched = 0;
    for (size_t i = 0; i < table.server_count(); ++i) matched += CountMatches(evaluator.Evaluate(table.server(i)));
  }
  Report(state, table.session_count(), matched);
}

// The look-ups alone.
void LookUpValues(benchmark::State& state, Set set) {
  const auto policy = MakePolicy(static_cast<int>(state.range(0)), set);
  const SessionTable& table = FullTable();
  for (auto _ : state) {
    const TableEvaluator evaluator(*policy, table, kAt);
    benchmark::DoNotOptimize(&evaluator);
  }
  Report(state, table.session_count(), 0);
}

// Servers are handed out to threads.
void EvaluateOnThreads(benchmark::State& state) {
  const auto policy = MakePolicy(1000, Set::kNone);
  const SessionTable& table = FullTable();
  const TableEvaluator evaluator(*policy, table, kAt);
  for (auto _ : state) {
    std::atomic<size_t> next = 0;
    std::vector<std::thread> threads;
    for (int64_t t = 0; t < state.range(0); ++t) {
      threads.emplace_back([&] {
        for (size_t i = next++; i < table.server_count(); i = next++) {
          benchmark::DoNotOptimize(evaluator.Evaluate(table.server(i)));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  Report(state, table.session_count(), 0);
}

// Walks the rules; on a part of the table only, because it is slow.
void EvaluatePlain(benchmark::State& state, Set set) {
  const auto policy = MakePolicy(static_cast<int>(state.range(0)), set);
  const SessionTable& table = FullTable();
  constexpr size_t kSessions = 200;
  size_t matched = 0;
  for (auto _ : state) {
    matched = 0;
    for (size_t i = 0; i < kSessions; ++i) {
      const ServerView server = table.server(i * 7 % table.server_count());
      matched += MatchPlainly(policy->resolved(), FactsOf(server, i, kAt)).rule >= 0;
    }
  }
  Report(state, kSessions, matched);
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(10)->Arg(100)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(EvaluateCompiled, early, Set::kEarly)->Apply(Sizes);
BENCHMARK_CAPTURE(EvaluateCompiled, none, Set::kNone)->Apply(Sizes);
BENCHMARK_CAPTURE(EvaluateWarm, early, Set::kEarly)->Apply(Sizes);
BENCHMARK_CAPTURE(EvaluateWarm, none, Set::kNone)->Apply(Sizes);
BENCHMARK_CAPTURE(LookUpValues, none, Set::kNone)->Apply(Sizes);
BENCHMARK(EvaluateOnThreads)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(EvaluatePlain, early, Set::kEarly)->Apply(Sizes);
BENCHMARK_CAPTURE(EvaluatePlain, none, Set::kNone)->Apply(Sizes);

}  // namespace
}  // namespace idlewarden::policy::benchmarks
