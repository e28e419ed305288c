#include "policy/scenario/scenario_runner.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/evaluator/explain.h"
#include "policy/model/session_table.h"
#include "policy/planner/match_history.h"
#include "policy/planner/planner.h"

namespace idlewarden::policy {
namespace {

// A step as a table, and for each of its sessions where it stands there.
struct StepTable {
  struct Row {
    size_t server;
    size_t row;
  };
  SessionTable table;
  std::vector<Row> rows;  // by the step's sessions
};

// `names`: all servers of the test. One that has no session now is there all the same, and empty.
StepTable MakeTable(const ScenarioStep& step, const std::set<std::string>& names) {
  std::vector<ServerSnapshot> servers;
  std::map<std::string, size_t> index;
  StepTable result;
  for (const std::string& name : names) {
    index.emplace(name, servers.size());
    const auto attributes = step.servers.find(name);
    servers.push_back(attributes == step.servers.end() ? ServerSnapshot{.name = name} : attributes->second);
  }
  for (const ScenarioSession& session : step.sessions) {
    const size_t server = index.at(session.server);
    std::vector<Session>& sessions = servers[server].sessions;
    result.rows.push_back({server, sessions.size()});
    sessions.push_back(session.session);
  }
  for (const ServerSnapshot& server : servers) result.table.SetServer(server);
  result.table.SetHosts(step.hosts);
  return result;
}

std::string Describe(Decision decision, absl::string_view rule, absl::string_view reason) {
  return absl::StrCat(DecisionName(decision), rule.empty() ? "" : absl::StrCat(" by ", rule),
                      reason.empty() ? "" : absl::StrCat(" (", reason, ")"));
}

bool Meets(const SessionDecision& got, absl::string_view rule, const Expectation& expected) {
  return got.decision == expected.decision && (!expected.reason || got.reason == *expected.reason) &&
         (!expected.rule || rule == *expected.rule);
}

class Run {
 public:
  Run(const CompiledPolicy& policy, const ScenarioCase& scenario) : policy_(policy), scenario_(scenario) {
    for (const ScenarioStep& step : scenario.steps) {
      for (const ScenarioSession& session : step.sessions) servers_.insert(session.server);
    }
  }

  ScenarioResult Result() {
    ScenarioResult result{.name = scenario_.name, .line = scenario_.line};
    for (size_t i = 0; i < scenario_.steps.size(); ++i) RunStep(i, result);
    return result;
  }

 private:
  void RunStep(size_t number, ScenarioResult& result) {
    const ScenarioStep& step = scenario_.steps[number];
    const StepTable at = MakeTable(step, servers_);
    for (size_t server = 0; server < at.table.server_count(); ++server) {
      history_.OnEnumeration(policy_, at.table, server, {.wall = step.at, .measured = step.at});
    }
    const CycleResult cycle = RunCycle({.policy = policy_,
                                        .table = at.table,
                                        .at = step.at,
                                        .observe_only = scenario_.observe_only,
                                        .history = scenario_.steps.size() > 1 ? &history_ : nullptr});
    for (size_t i = 0; i < step.sessions.size(); ++i) {
      const StepTable::Row& row = at.rows[i];
      const size_t failures = result.failures.size();
      Compare(number, step.sessions[i], cycle.decisions[row.server][row.row], result);
      if (result.failures.size() == failures) continue;
      result.failures.back().explanation =
          FormatExplanation(Explain(policy_, at.table.server(row.server), row.row, step.at));
    }
  }

  void Compare(size_t step, const ScenarioSession& session, const SessionDecision& got, ScenarioResult& result) {
    const absl::string_view rule = policy_.NameOf(got);
    std::string expected;
    if (session.expected) {
      if (Meets(got, rule, *session.expected)) return;
      expected = Describe(session.expected->decision, session.expected->rule.value_or(""),
                          session.expected->reason ? ReasonName(*session.expected->reason) : "");
    } else {
      if (got.decision != Decision::kClose || scenario_.unexpected_closes_allowed) return;
      expected = "no close (nothing is expected of this session)";
    }
    result.failures.push_back(
        {.step = step,
         .line = session.line,
         .session = absl::StrCat(session.server, " ", session.session.client, " ", session.session.user),
         .expected = std::move(expected),
         .got = Describe(got.decision, rule, ReasonName(got.reason))});
  }

  const CompiledPolicy& policy_;
  const ScenarioCase& scenario_;
  std::set<std::string> servers_;
  MatchHistory history_;
};

}  // namespace

ScenarioResult RunScenario(const CompiledPolicy& policy, const ScenarioCase& scenario) {
  return Run(policy, scenario).Result();
}

}  // namespace idlewarden::policy
