// Cost of evaluation a session, for the compiled and the plain evaluator.
//
//   bazel run -c opt //policy/benchmarks:evaluate_benchmark
//
// "items_per_second" counts sessions. Before anything is measured, each set is looked at: it must match as its name
// says.

#include <benchmark/benchmark.h>

#include <atomic>
#include <thread>
#include <vector>

#include "policy/benchmarks/workload.h"
#include "policy/evaluator/lookup_cache.h"
#include "policy/evaluator/next_eligible.h"
#include "policy/evaluator/plain_evaluator.h"
#include "policy/evaluator/plain_next_eligible.h"
#include "policy/evaluator/table_evaluator.h"

namespace idlewarden::policy::benchmarks {
namespace {

void CountSessions(benchmark::State& state, size_t sessions) {
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(sessions));
}

void EvaluateAll(const TableEvaluator& evaluator, const SessionTable& table) {
  for (size_t i = 0; i < table.server_count(); ++i) benchmark::DoNotOptimize(evaluator.Evaluate(table.server(i)));
}

// Of all sessions, which part matches a rule, and which part the first rule.
struct Share {
  double any = 0;
  double first = 0;
};

Share MatchShare(const CompiledPolicy& policy, const SessionTable& table) {
  const TableEvaluator evaluator(policy, table, kAt);
  Share share;
  for (size_t i = 0; i < table.server_count(); ++i) {
    for (const RowMatch& match : evaluator.Evaluate(table.server(i))) {
      share.any += match.rule >= 0;
      share.first += match.rule == 0;
    }
  }
  const auto sessions = static_cast<double>(table.session_count());
  return {share.any / sessions, share.first / sessions};
}

// The policy, after a look at whether it matches as the set says. Null, with an error of the benchmark, if it does not.
const CompiledPolicy* CheckedPolicy(benchmark::State& state, Set set) {
  const CompiledPolicy& policy = CachedPolicy(static_cast<int>(state.range(0)), set);
  const Share share = MatchShare(policy, FullTable());
  const bool right = set == Set::kEarly ? share.any > 0.75 && share.first > 0.9 * share.any : share.any < 0.001;
  if (!right) {
    state.SkipWithError("the set does not match as its name says");
    return nullptr;
  }
  state.counters["match"] = share.any;
  return &policy;
}

// All sessions of all servers on one core, as the agent evaluates them: with look-ups that were kept from the time
// before. Each value of each session is checked for being new; none is.
void EvaluateKept(benchmark::State& state, Set set) {
  const CompiledPolicy* policy = CheckedPolicy(state, set);
  if (policy == nullptr) return;
  const SessionTable& table = FullTable();
  LookupCache kept;
  EvaluateAll(TableEvaluator(*policy, table, kAt, &kept), table);
  for (auto _ : state) EvaluateAll(TableEvaluator(*policy, table, kAt, &kept), table);
  CountSessions(state, table.session_count());
}

// The same with nothing kept: all distinct values are looked up anew, as after a change of the policy.
void EvaluateAnew(benchmark::State& state, Set set) {
  const CompiledPolicy* policy = CheckedPolicy(state, set);
  if (policy == nullptr) return;
  const SessionTable& table = FullTable();
  for (auto _ : state) EvaluateAll(TableEvaluator(*policy, table, kAt), table);
  CountSessions(state, table.session_count());
}

// What an evaluation costs before its first session, with kept look-ups: each poll and each close of a server pays it.
void StartEvaluation(benchmark::State& state) {
  const CompiledPolicy& policy = CachedPolicy(static_cast<int>(state.range(0)), Set::kNone);
  SessionTable table;
  table.SetServer({.name = "empty"});
  LookupCache kept;
  for (auto _ : state) {
    const TableEvaluator evaluator(policy, table.server(0), kAt, &kept);
    benchmark::DoNotOptimize(&evaluator);
  }
}

// The look-ups alone.
void LookUpValues(benchmark::State& state, Set set) {
  const CompiledPolicy& policy = CachedPolicy(static_cast<int>(state.range(0)), set);
  const SessionTable& table = FullTable();
  for (auto _ : state) {
    const TableEvaluator evaluator(policy, table, kAt);
    benchmark::DoNotOptimize(&evaluator);
  }
  CountSessions(state, table.session_count());
}

// Servers are handed out to threads.
void EvaluateOnThreads(benchmark::State& state) {
  const SessionTable& table = FullTable();
  const TableEvaluator evaluator(CachedPolicy(1000, Set::kNone), table, kAt);
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
  CountSessions(state, table.session_count());
}

// Walks the rules; on a part of the table only, because it is slow.
void EvaluatePlain(benchmark::State& state, Set set) {
  const CompiledPolicy& policy = CachedPolicy(static_cast<int>(state.range(0)), set);
  const SessionTable& table = FullTable();
  constexpr size_t kSessions = 100;
  for (auto _ : state) {
    for (size_t i = 0; i < kSessions; ++i) {
      const ServerView server = table.server(i * 7 % table.server_count());
      benchmark::DoNotOptimize(MatchPlainly(policy.resolved(), FactsOf(server, i, kAt)));
    }
  }
  CountSessions(state, kSessions);
}

// When a server is worth another look, one server after another: `time_to_next` of each.
template <typename TimeToNext>
void ForEachServer(benchmark::State& state, const TimeToNext& time_to_next) {
  size_t server = 0;
  for (auto _ : state) benchmark::DoNotOptimize(time_to_next(server++ % FullTable().server_count()));
  CountSessions(state, kSessionsPerServer);
}

// As the agent asks it: with look-ups that were kept from the polls before.
void NextEligibleKept(benchmark::State& state, Set set) {
  const CompiledPolicy& policy = CachedPolicy(static_cast<int>(state.range(0)), set);
  LookupCache kept;
  const TableEvaluator before(policy, FullTable(), kAt, &kept);
  ForEachServer(state, [&](size_t server) { return TimeToNextEligible(policy, FullTable(), server, kAt, &kept); });
}

void NextEligibleAnew(benchmark::State& state, Set set) {
  const CompiledPolicy& policy = CachedPolicy(static_cast<int>(state.range(0)), set);
  ForEachServer(state, [&](size_t server) { return TimeToNextEligible(policy, FullTable(), server, kAt); });
}

void NextEligiblePlain(benchmark::State& state, Set set) {
  const CompiledPolicy& policy = CachedPolicy(static_cast<int>(state.range(0)), set);
  ForEachServer(state, [&](size_t server) { return TimeToNextEligiblePlainly(policy, FullTable(), server, kAt); });
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(10)->Arg(100)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(EvaluateKept, early, Set::kEarly)->Apply(Sizes);
BENCHMARK_CAPTURE(EvaluateKept, none, Set::kNone)->Apply(Sizes);
BENCHMARK_CAPTURE(EvaluateAnew, early, Set::kEarly)->Apply(Sizes);
BENCHMARK_CAPTURE(EvaluateAnew, none, Set::kNone)->Apply(Sizes);
BENCHMARK(StartEvaluation)->Apply(Sizes)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(LookUpValues, none, Set::kNone)->Apply(Sizes);
BENCHMARK(EvaluateOnThreads)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(NextEligibleKept, early, Set::kEarly)->Apply(Sizes);
BENCHMARK_CAPTURE(NextEligibleKept, none, Set::kNone)->Apply(Sizes);
BENCHMARK_CAPTURE(NextEligibleAnew, early, Set::kEarly)->Apply(Sizes);
BENCHMARK_CAPTURE(NextEligibleAnew, none, Set::kNone)->Apply(Sizes);
BENCHMARK_CAPTURE(NextEligiblePlain, early, Set::kEarly)->Apply(Sizes);
BENCHMARK_CAPTURE(NextEligiblePlain, none, Set::kNone)->Apply(Sizes);
BENCHMARK_CAPTURE(EvaluatePlain, early, Set::kEarly)->Apply(Sizes);
BENCHMARK_CAPTURE(EvaluatePlain, none, Set::kNone)->Apply(Sizes);

}  // namespace
}  // namespace idlewarden::policy::benchmarks
