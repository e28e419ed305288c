#include "agent/loop/agent_loop.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/ledger/policy_records.h"
#include "agent/log/log.h"
#include "agent/loop/records/decision_changes.h"
#include "agent/loop/warnings.h"
#include "agent/servers/server_error.h"
#include "policy/model/policy.h"
#include "policy/planner/planner.h"

namespace idlewarden::agent {

namespace {

// Cycles leave nearly all of the loop's time to everything else: so many times as long as the last one took pass before
// the next, up to a longest delay, as what they decided on gets old meanwhile.
constexpr int kBetweenCycles = 19;
constexpr absl::Duration kLongestCycleDelay = absl::Seconds(5);

// Logs when writing to the ledger begins to fail, and when it works again.
void LogLedgerTransition(absl::Status now, absl::string_view ok_event, absl::string_view failed_event,
                         absl::Status& last) {
  if (now.ok() != last.ok()) {
    Log(now.ok() ? LogLevel::kInfo : LogLevel::kWarning, now.ok() ? ok_event : failed_event, {{"error", now}});
  }
  last = std::move(now);
}

class CallbackObserver : public CloseObserver {
 public:
  CallbackObserver(std::function<void()> on_intent, std::function<void(const CloseOutcome&)> on_outcome)
      : on_intent_(std::move(on_intent)), on_outcome_(std::move(on_outcome)) {}
  void OnIntent(int64_t /*intent_id*/, const CloseIntent& /*intent*/) override { on_intent_(); }
  void OnOutcome(const CloseOutcome& outcome) override { on_outcome_(outcome); }

 private:
  const std::function<void()> on_intent_;
  const std::function<void(const CloseOutcome&)> on_outcome_;
};

}  // namespace

AgentLoop::AgentLoop(EventLoop& loop, AgentLoopOptions options, PolicyHolder& policy, Journal& journal, Ledger& ledger,
                     AgentMetrics& metrics, DnsClient* dns)
    : loop_(loop),
      options_(std::move(options)),
      policy_(policy),
      metrics_(metrics),
      ledger_(ledger),
      started_at_(loop.Now()),
      names_(dns == nullptr ? nullptr
                            : std::make_unique<ClientNames>(loop, *dns, options_.names, [this] { OnNamesChanged(); })),
      fleet_(loop, policy, names_.get(), options_.observe_only,
             [this](policy::CycleInput& input) { overrides_.FillCycleInput(input); }),
      overrides_(loop, options_.name, options_.self_demotion, ledger, metrics,
                 {.hold = [this](bool held) { executor_.SetPaused(held); },
                  .decide =
                      [this] {
                        RunCycle();
                        publisher_.Publish();
                      },
                  .decide_soon = [this] { RequestCycle(); },
                  .publish = [this] { publisher_.Publish(); },
                  .hosts =
                      [this](const std::set<std::string>& names) {
                        if (names_ != nullptr) names_->SetHosts(names);
                      }}),
      match_store_(loop, ledger),
      summaries_(ledger, options_.name),
      suppression_audit_(ledger, options_.name),
      held_plan_(metrics),
      recent_(loop),
      outcome_observer_(std::make_unique<CallbackObserver>(
          [this] { RequestPublish(); }, [this](const CloseOutcome& outcome) { OnOutcome(outcome); })),
      poller_(loop, options_.polling, [this](PollResult result) { OnPoll(std::move(result)); }),
      executor_(loop, options_.executor, fleet_, fleet_, journal),
      publisher_(loop, options_.publish_delay, [this] { return MakeView(); }) {
  executor_.AddObserver(close_log_);
  executor_.AddObserver(recent_);
  executor_.AddObserver(*outcome_observer_);
  metrics_.SetMode(options_.observe_only ? "observe" : "enforce");
  OnNewPolicy();
  publisher_.Publish();
}

AgentLoop::~AgentLoop() { loop_.CancelTimer(cycle_timer_); }

void AgentLoop::AddServer(ServerEntry entry) {
  const std::string name = entry.name;
  RemoveServer(name);
  TrackedServer& server = fleet_.Add(std::move(entry));
  metrics_.SetServer(name, server.Metrics());
  executor_.AddServer(server.server());
  poller_.Add(server.server());
  RequestPublish();
}

void AgentLoop::RemoveServer(absl::string_view name) {
  if (fleet_.Find(name) == nullptr) return;
  const std::string known(name);
  poller_.Remove(known);
  executor_.RemoveServer(known);
  match_store_.Touch(known);
  metrics_.RemoveServer(known);
  fleet_.Remove(known);
  RequestCycle();
}

void AgentLoop::OnPoll(PollResult result) {
  TrackedServer* const server = fleet_.Find(result.server);
  if (server == nullptr) return;
  const bool ok = result.enumeration.ok();
  metrics_.EnumerationDone(result.server, ok ? "ok" : CauseOf(result.enumeration.status()), result.duration);
  if (ok) {
    executor_.Observe(result.server, result.began, result.enumeration->sessions);
    match_store_.Touch(result.server);
  }
  fleet_.Ingest(*server, std::move(result));
  UpdateServer(*server);
  RequestCycle();
}

void AgentLoop::UpdateServer(TrackedServer& server) {
  server.SetRulesNeedingIdle(policy_.policy()->RulesNeedingIdle());
  const std::string& name = server.status().name;
  metrics_.SetServer(name, server.Metrics());
  if (const std::optional<absl::Duration> time = fleet_.TimeToNextEligible(name); time.has_value()) {
    poller_.SetDesiredPollTime(name, *time);
  }
}

PolicyHolder::Attempt AgentLoop::Reload(absl::string_view trigger, absl::string_view by) {
  PolicyHolder::Attempt attempt = policy_.Reload(loop_.Now());
  metrics_.PolicyReloadDone(attempt.taken);
  for (const policy::Diagnostic& diagnostic : attempt.diagnostics) {
    const bool error = diagnostic.severity == policy::Severity::kError;
    Log(error ? LogLevel::kError : LogLevel::kWarning, "policy-diagnostic",
        {{"diagnostic", policy::FormatDiagnostic(diagnostic)}});
  }
  Log(attempt.taken ? LogLevel::kInfo : LogLevel::kError, attempt.taken ? "policy-loaded" : "policy-reload-failed",
      {{"trigger", trigger},
       {"file", policy_.file()},
       {"changed", attempt.changed},
       {"hash", policy_.policy()->hash()},
       {"error", policy_.last_error()}});
  if (attempt.taken) {
    RecordPolicy(trigger, by);
    OnNewPolicy();
  }
  publisher_.Publish();
  return attempt;
}

void AgentLoop::OnNewPolicy() {
  const policy::CompiledPolicy& policy = *policy_.policy();
  std::vector<RuleMetrics> rules;
  for (size_t rule = 0; rule < policy.rule_count(); ++rule) {
    rules.push_back({std::string(policy.rule_name(rule)), std::string(policy::RuleModeName(policy.rule_mode(rule)))});
  }
  metrics_.PolicyLoaded(policy.hash(), rules, policy_.loaded_at());
  overrides_.OnNewPolicy(policy_.policy());
  for (auto& [name, server] : fleet_.servers()) UpdateServer(server);
  RunCycle();
}

absl::Status AgentLoop::RestoreState() {
  if (absl::Status status = match_store_.Restore(fleet_.match_history()); !status.ok()) return status;
  RecordPolicy("start", "");
  return overrides_.Restore();
}

void AgentLoop::ObserveOnly() {
  if (fleet_.observe_only()) return;
  fleet_.ObserveOnly();
  metrics_.SetMode("observe");
  Log(LogLevel::kWarning, "mode-observe", {{"effect", "nothing is closed any more"}});
  RunCycle();
  publisher_.Publish();
}

void AgentLoop::RestoreUnresolved(std::vector<UnresolvedClose> closes) {
  executor_.RestoreUnresolved(std::move(closes));
  RequestPublish();
}

void AgentLoop::Stop(std::function<void()> stopped) {
  stopping_ = true;
  loop_.CancelTimer(std::exchange(cycle_timer_, 0));
  poller_.Stop();
  executor_.Stop(std::move(stopped));
  publisher_.Publish();
}

void AgentLoop::SetHttpAddress(std::string address) {
  http_address_ = std::move(address);
  publisher_.Publish();
}

void AgentLoop::SetSettingsError(std::string error) {
  settings_error_ = std::move(error);
  publisher_.Publish();
}

void AgentLoop::SetWorkerRestarts(uint64_t restarts) {
  worker_restarts_ = restarts;
  RequestPublish();
}

// Names of clients get to the sessions when these are enumerated or checked again: a cycle before that would decide on
// the same rows. Addresses of hosts are for all rows.
void AgentLoop::OnNamesChanged() {
  if (names_->hosts_generation() != hosts_of_cycle_) RequestCycle();
}

void AgentLoop::ReportNameMetrics() {
  if (names_ == nullptr) return;
  for (const LookupKind kind : {LookupKind::kHost, LookupKind::kAddress}) {
    for (size_t result = 0; result < kLookupResultCount; ++result) {
      metrics_.SetClientLookups(LookupKindName(kind), LookupResultName(static_cast<LookupResult>(result)),
                                names_->results(kind)[result]);
    }
  }
  metrics_.SetClientAddresses(names_->address_count());
  metrics_.SetClientQuestionsWaiting(names_->waiting_questions());
}

void AgentLoop::RequestCycle() {
  if (cycle_timer_ != 0 || stopping_) return;
  const absl::Duration delay =
      std::max(options_.cycle_delay, std::min(kBetweenCycles * last_cycle_took_, kLongestCycleDelay));
  cycle_timer_ = loop_.RunAt(loop_.SteadyNow() + delay, [this] { RunCycle(); });
}

void AgentLoop::RunCycle() {
  loop_.CancelTimer(std::exchange(cycle_timer_, 0));
  if (stopping_) return;
  if (!poller_.first_round_done()) {
    // What an earlier policy has queued must not be closed by this one without its limits.
    if (cycle_ != nullptr && cycle_->policy->hash() != policy_.policy()->hash()) {
      executor_.Withdraw("the policy has changed, and not every server is known yet");
    }
    return RequestPublish();
  }
  const SteadyTime began = loop_.SteadyNow();
  std::shared_ptr<const CycleView> cycle = Decide();
  // Shares the cycle's ownership: who keeps the plan keeps what it was made from.
  overrides_.OnCycle(std::shared_ptr<const policy::Plan>(cycle, &cycle->result.plan), cycle->table);
  held_plan_.OnPlan(cycle->result.plan);
  executor_.Submit(cycle->result.plan);
  metrics_.CycleDone(loop_.SteadyNow() - began, cycle->table.session_count());
  RecordCycle(*cycle);
  cycle_ = std::move(cycle);
  last_cycle_took_ = loop_.SteadyNow() - began;
  RequestPublish();
}

std::shared_ptr<const CycleView> AgentLoop::Decide() {
  policy::CycleInput input = fleet_.Input();
  if (names_ != nullptr) hosts_of_cycle_ = names_->hosts_generation();
  std::optional<policy::EarlierCycle> before;
  if (cycle_ != nullptr) {
    before.emplace(policy::EarlierCycle{cycle_->table, cycle_->result.before_limits, cycle_->result.terms});
    input.before = &*before;
  }
  return std::make_shared<CycleView>(
      CycleView{policy_.policy(), fleet_.table(), policy::RunCycle(input), !fleet_.observe_only()});
}

void AgentLoop::ReportProtectedUnknown(const CycleView& cycle, const std::vector<ChangedServer>& changed) {
  for (const ChangedServer& one : changed) {
    TrackedServer* const server = fleet_.Find(cycle.table.server(one.now).name());
    if (server == nullptr) continue;
    std::map<std::string, uint64_t> sessions;
    for (const auto& unknown : cycle.result.decisions.of(one.now)->protected_unknown()) {
      sessions[std::string(cycle.policy->protection_name(static_cast<size_t>(unknown.protection)))] = unknown.sessions;
    }
    if (server->SetProtectedUnknown(std::move(sessions))) {
      metrics_.SetServer(server->status().name, server->Metrics());
    }
  }
}

void AgentLoop::RecordCycle(const CycleView& cycle) {
  const std::vector<ChangedServer> changed = ChangedServers(cycle_.get(), cycle);
  CountDecisionChanges(cycle_.get(), cycle, changed,
                       [this](absl::string_view rule, absl::string_view decision, uint64_t count) {
                         metrics_.DecisionsChanged(rule, decision, count);
                       });
  ReportProtectedUnknown(cycle, changed);
  LogLedgerTransition(match_store_.Write(fleet_.match_history()), "match-times-persisted", "match-times-not-persisted",
                      matches_written_);
  LogLedgerTransition(suppression_audit_.Write(cycle, changed), "suppressions-recorded", "suppressions-not-recorded",
                      suppressions_written_);
  if (absl::Status status = summaries_.OnCycle(cycle.result.plan, loop_.SteadyNow()); !status.ok()) {
    Log(LogLevel::kDebug, "cycle-not-recorded", {{"error", status}});  // already reported by the ledger hold
  }
}

void AgentLoop::RecordPolicy(absl::string_view trigger, absl::string_view by) {
  const policy::CompiledPolicy& policy = *policy_.policy();
  // While the ledger cannot be written, each reload would wait there with its whole text.
  std::string now = absl::StrCat(policy.hash(), policy_.text());
  if (now == policy_recorded_ && !overrides_.backlog().empty()) return;
  policy_recorded_ = std::move(now);
  PolicyRecord record{.at = policy_.loaded_at(),
                      .agent = options_.name,
                      .hash = policy.hash(),
                      .file = policy_.file(),
                      .trigger = std::string(trigger),
                      .by = std::string(by),
                      .text = policy_.text(),
                      .canonical = policy.canonical()};
  const absl::Status written =
      overrides_.backlog().Write({.what = "policy", .write = [this, record = std::move(record)] {
                                    return WritePolicy(ledger_.database(), record);
                                  }});
  if (!written.ok()) Log(LogLevel::kWarning, "policy-not-recorded", {{"error", written}});
}

// After the journal, so that what follows from an outcome never precedes its record.
void AgentLoop::OnOutcome(const CloseOutcome& outcome) {
  metrics_.CloseDone(outcome.intent.rule, OutcomeName(outcome.outcome), outcome.duration);
  overrides_.OnOutcome(outcome);
  RequestPublish();
}

void AgentLoop::ReportExecutorMetrics() {
  metrics_.SetCloseQueueLength(executor_.queue_length());
  metrics_.SetPairsBackedOff(executor_.pairs_backed_off());
  metrics_.SetClosesWithoutOutcome(executor_.unresolved_closes());
}

void AgentLoop::UpdateBreakerStatus() {
  std::map<std::string, BreakerStatus> breakers = executor_.servers_with_open_breaker();
  // Those that were open and are not any more are closed.
  for (const std::string& name : std::exchange(open_breakers_, {})) breakers.try_emplace(name);
  for (const auto& [name, breaker] : breakers) {
    TrackedServer* const server = fleet_.Find(name);
    if (server == nullptr) continue;
    if (server->UpdateBreaker(breaker)) metrics_.SetServer(name, server->Metrics());
    if (breaker.state != BreakerState::kClosed) open_breakers_.insert(name);
  }
}

void AgentLoop::RequestPublish() {
  ReportExecutorMetrics();
  publisher_.Request();
}

std::shared_ptr<const AgentView> AgentLoop::MakeView() {
  ReportExecutorMetrics();
  ReportNameMetrics();
  UpdateBreakerStatus();
  auto view = std::make_shared<AgentView>();
  view->name = options_.name;
  view->version = options_.version;
  view->started_at = started_at_;
  view->at = loop_.Now();
  view->observe_only = fleet_.observe_only();
  view->http_address = http_address_;
  view->settings_error = settings_error_;
  view->first_round_done = poller_.first_round_done();
  view->stopping = stopping_;
  view->policy = {policy_.file(), policy_.loaded_at(), policy_.last_error(), policy_.policy()};
  view->cycle = cycle_;
  view->held = held_plan_.held();
  view->overrides = overrides_.view();
  view->close_queue_length = executor_.queue_length();
  view->unresolved_closes = executor_.unresolved_closes();
  view->worker_restarts = worker_restarts_;
  view->servers.reserve(fleet_.servers().size());
  for (auto& [name, server] : fleet_.servers()) view->servers.push_back(server.shared_status());
  view->recent_closes = recent_.newest_first();
  view->warnings = WarningsOf(*view);
  return view;
}

}  // namespace idlewarden::agent
