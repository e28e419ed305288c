#include "agent/loop/agent_loop.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/ledger/policy_records.h"
#include "agent/log/log.h"
#include "agent/loop/pair_verdict.h"
#include "agent/loop/records/decision_changes.h"
#include "agent/loop/warnings.h"
#include "agent/servers/server_error.h"
#include "agent/threads/parallel_for.h"
#include "policy/compiler/requirement.h"
#include "policy/evaluator/next_eligible.h"
#include "policy/model/policy.h"

namespace idlewarden::agent {

namespace {

// Cycles and views leave nearly all of the loop's time to everything else: so many times as long as the last one took
// pass before the next, up to a longest delay, as what they show gets old meanwhile.
constexpr int kBetweenCycles = 19;
constexpr absl::Duration kLongestCycleDelay = absl::Seconds(5);
constexpr int kBetweenViews = 99;
constexpr absl::Duration kLongestPublishDelay = absl::Seconds(1);

// Logs when writing to the ledger begins to fail, and when it goes again.
void LogLedgerTransition(absl::Status now, absl::string_view ok_event, absl::string_view failed_event,
                         absl::Status& last) {
  if (now.ok() != last.ok()) {
    Log(now.ok() ? LogLevel::kInfo : LogLevel::kWarning, now.ok() ? ok_event : failed_event, {{"error", now}});
  }
  last = std::move(now);
}

}  // namespace

AgentLoop::AgentLoop(EventLoop& loop, AgentLoopOptions options, PolicyHolder& policy, Journal& journal, Ledger& ledger,
                     AgentMetrics& metrics)
    : loop_(loop),
      options_(std::move(options)),
      policy_(policy),
      metrics_(metrics),
      recent_(journal),
      started_at_(loop.Now()),
      ledger_(ledger),
      match_store_(loop, ledger),
      summaries_(ledger, options_.name),
      refusal_audit_(ledger, options_.name),
      overrides_(loop, options_.name, options_.self_demotion, ledger, metrics,
                 {.hold = [this](bool held) { executor_.SetPaused(held); },
                  .decide =
                      [this] {
                        RunCycle();
                        Publish();
                      },
                  .decide_soon = [this] { RequestCycle(); },
                  .publish = [this] { Publish(); }}),
      poller_(loop, options_.polling, [this](PollResult result) { OnPoll(std::move(result)); }),
      executor_(loop, options_.executor, *this, *this) {
  metrics_.SetMode(options_.observe_only ? "observe" : "enforce");
  OnNewPolicy();
  Publish();
}

AgentLoop::~AgentLoop() {
  loop_.CancelTimer(cycle_timer_);
  loop_.CancelTimer(publish_timer_);
}

void AgentLoop::AddServer(ServerEntry entry) {
  const std::string name = entry.name;
  RemoveServer(name);
  TrackedServer& state = servers_.emplace(name, std::move(entry)).first->second;
  metrics_.SetServer(name, state.Metrics());
  executor_.AddServer(state.server());
  poller_.Add(state.server());
  RequestPublish();
}

void AgentLoop::RemoveServer(absl::string_view name) {
  const auto found = servers_.find(name);
  if (found == servers_.end()) return;
  poller_.Remove(name);
  executor_.RemoveServer(name);
  table_.RemoveServer(name);
  history_.Forget(name);
  match_store_.Touch(name);
  metrics_.RemoveServer(found->first);
  servers_.erase(found);
  RequestCycle();
}

void AgentLoop::OnPoll(PollResult result) {
  const auto found = servers_.find(result.server);
  if (found == servers_.end()) return;
  TrackedServer& state = found->second;
  const bool ok = result.enumeration.ok();
  metrics_.EnumerationDone(result.server, ok ? "ok" : CauseOf(result.enumeration.status()), result.duration);
  if (ok) {
    IngestEnumeration(state, result);
  } else {
    state.IngestFailure(result);
    table_.MarkIncomplete(result.server);
  }
  Reconsider(state);
  RequestCycle();
}

void AgentLoop::IngestEnumeration(TrackedServer& state, PollResult& result) {
  executor_.Observe(result.server, result.began, result.enumeration->sessions);
  table_.SetServer(state.IngestEnumeration(*std::move(result.enumeration), result, loop_));
  history_.OnEnumeration(*policy_.policy(), table_, *table_.FindServer(result.server),
                         {.wall = loop_.Now(), .measured = loop_.SteadyNow()}, &lookups_);
  match_store_.Touch(result.server);
}

void AgentLoop::Reconsider(TrackedServer& state) {
  state.SetRulesNeedingIdle(policy_.policy()->RulesNeedingIdle());
  const std::string& name = state.status().name;
  metrics_.SetServer(name, state.Metrics());
  if (const std::optional<size_t> index = table_.FindServer(name); index.has_value()) {
    poller_.SetDesiredPollTime(name,
                               policy::TimeToNextEligible(*policy_.policy(), table_, *index, loop_.Now(), &lookups_));
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
  Publish();
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
  for (auto& [name, state] : servers_) Reconsider(state);
  RunCycle();
}

absl::Status AgentLoop::RestoreState() {
  if (absl::Status status = match_store_.Restore(history_); !status.ok()) return status;
  RecordPolicy("start", "");
  return overrides_.Restore();
}

void AgentLoop::ObserveOnly() {
  if (std::exchange(options_.observe_only, true)) return;
  metrics_.SetMode("observe");
  Log(LogLevel::kWarning, "mode-observe", {{"effect", "nothing is closed any more"}});
  RunCycle();
  Publish();
}

void AgentLoop::RestoreUnresolved(std::vector<UnresolvedClose> closes) {
  for (UnresolvedClose& close : closes) {
    close.looked_at = loop_.SteadyTimeOf(close.looked_at);
    close.sent_at = loop_.SteadyTimeOf(close.sent_at);
  }
  executor_.RestoreUnresolved(std::move(closes));
  RequestPublish();
}

void AgentLoop::Stop(std::function<void()> stopped) {
  stopping_ = true;
  loop_.CancelTimer(std::exchange(cycle_timer_, 0));
  poller_.Stop();
  executor_.Stop(std::move(stopped));
  Publish();
}

void AgentLoop::SetHttpAddress(std::string address) {
  http_address_ = std::move(address);
  Publish();
}

void AgentLoop::SetSettingsError(std::string error) {
  settings_error_ = std::move(error);
  Publish();
}

void AgentLoop::SetWorkerRestarts(uint64_t restarts) {
  worker_restarts_ = restarts;
  RequestPublish();
}

void AgentLoop::RequestCycle() {
  if (cycle_timer_ != 0 || stopping_) return;
  const absl::Duration delay =
      std::max(options_.cycle_delay, std::min(kBetweenCycles * last_cycle_took_, kLongestCycleDelay));
  cycle_timer_ = loop_.RunAt(loop_.SteadyNow() + delay, [this] { RunCycle(); });
}

policy::CycleInput AgentLoop::Input() {
  policy::CycleInput input{.policy = *policy_.policy(),
                           .table = table_,
                           .at = loop_.Now(),
                           .observe_only = options_.observe_only,
                           .history = &history_,
                           .for_each = ForEachOnAllCores(table_.session_count()),
                           .lookups = &lookups_};
  overrides_.AddTo(input);
  return input;
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
  const absl::Time began = loop_.SteadyNow();
  policy::CycleInput input = Input();
  std::optional<policy::EarlierCycle> before;
  if (cycle_ != nullptr) {
    before.emplace(policy::EarlierCycle{cycle_->table, cycle_->result.before_limits, cycle_->result.terms});
    input.before = &*before;
  }
  auto cycle =
      std::make_shared<CycleView>(CycleView{policy_.policy(), table_, policy::RunCycle(input), !options_.observe_only});
  const std::vector<ChangedServer> changed = ChangedServers(cycle_.get(), *cycle);
  CountDecisions(*cycle, changed);
  overrides_.OnCycle(cycle);
  executor_.Submit(cycle->result.plan);
  metrics_.CycleDone(loop_.SteadyNow() - began, cycle->table.session_count());
  WriteMatches();
  WriteRefusals(*cycle, changed);
  if (absl::Status status = summaries_.OnCycle(cycle->result.plan, loop_.SteadyNow()); !status.ok()) {
    Log(LogLevel::kDebug, "cycle-not-recorded", {{"error", status}});  // the ledger's own hold says it aloud
  }
  cycle_ = std::move(cycle);
  last_cycle_took_ = loop_.SteadyNow() - began;
  RequestPublish();
}

void AgentLoop::WriteMatches() {
  LogLedgerTransition(match_store_.Write(history_), "for-recorded", "match-times-not-persisted", matches_written_);
}

void AgentLoop::WriteRefusals(const CycleView& cycle, const std::vector<ChangedServer>& changed) {
  LogLedgerTransition(refusal_audit_.Write(cycle, changed), "refusals-recorded", "refusals-not-recorded",
                      refusals_written_);
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

void AgentLoop::CountDecisions(const CycleView& cycle, const std::vector<ChangedServer>& changed) {
  CountDecisionChanges(cycle_.get(), cycle, changed,
                       [this](absl::string_view rule, absl::string_view decision, uint64_t count) {
                         metrics_.DecisionsChanged(rule, decision, count);
                       });
}

void AgentLoop::ApplyRecheck(absl::string_view server, absl::string_view client, const Enumeration& look) {
  const auto state = servers_.find(server);
  const std::optional<size_t> index = table_.FindServer(server);
  if (state == servers_.end() || !index.has_value()) return;
  std::vector<policy::Session> of_client = state->second.ApplyRecheck(look, loop_.SteadyNow());
  table_.SetServer(WithLook(table_.server(*index), client, state->second.status().close_scope, std::move(of_client)));
  history_.OnRecheck(*policy_.policy(), table_, *table_.FindServer(server), client,
                     {.wall = loop_.Now(), .measured = loop_.SteadyNow()}, &lookups_);
}

Verdict AgentLoop::Reevaluate(absl::string_view server, absl::string_view client, absl::string_view user) {
  const std::optional<size_t> index = table_.FindServer(server);
  if (!index.has_value()) return {.close = false, .present = false, .why = "the server is no longer known"};
  return VerdictOn(*policy_.policy(), table_.server(*index), policy::DecideServer(Input(), *index), client, user);
}

std::string AgentLoop::RequiredBy(absl::string_view rule) const {
  return policy::RequirementOf(*policy_.policy(), rule);
}

absl::StatusOr<int64_t> AgentLoop::WriteIntent(const CloseIntent& intent) {
  RequestPublish();
  return recent_.WriteIntent(intent);
}

absl::Status AgentLoop::WriteSent(int64_t intent_id, const CloseIntent& intent, absl::Time looked_at) {
  return recent_.WriteSent(intent_id, intent, loop_.WallTimeOf(looked_at));
}

void AgentLoop::WriteOutcome(const CloseOutcome& outcome) {
  metrics_.CloseDone(outcome.intent.rule, OutcomeName(outcome.outcome), outcome.duration);
  CloseOutcome on_record = outcome;
  on_record.at = loop_.WallTimeOf(outcome.at);
  recent_.WriteOutcome(on_record);
  overrides_.OnOutcome(outcome);
  RequestPublish();
}

void AgentLoop::ReportExecutorMetrics() {
  metrics_.SetCloseQueueLength(executor_.queue_length());
  metrics_.SetPairsBackedOff(executor_.pairs_backed_off());
  metrics_.SetClosesWithoutOutcome(executor_.unresolved_closes());
}

void AgentLoop::UpdateBreakerStatus() {
  std::map<std::string, BreakerStatus> resting = executor_.servers_with_open_breaker();
  for (const std::string& name : std::exchange(resting_, {})) resting.try_emplace(name);  // closed, unless it is there
  for (const auto& [name, breaker] : resting) {
    const auto state = servers_.find(name);
    if (state == servers_.end()) continue;
    if (state->second.UpdateBreaker(breaker)) metrics_.SetServer(name, state->second.Metrics());
    if (breaker.state != BreakerState::kClosed) resting_.insert(name);
  }
}

void AgentLoop::RequestPublish() {
  ReportExecutorMetrics();
  if (publish_timer_ != 0) return;
  const absl::Duration delay =
      std::max(options_.publish_delay, std::min(kBetweenViews * last_publish_took_, kLongestPublishDelay));
  publish_timer_ = loop_.RunAt(loop_.SteadyNow() + delay, [this] { Publish(); });
}

void AgentLoop::Publish() {
  loop_.CancelTimer(std::exchange(publish_timer_, 0));
  const absl::Time began = loop_.SteadyNow();
  ReportExecutorMetrics();
  UpdateBreakerStatus();
  auto view = std::make_shared<AgentView>();
  view->name = options_.name;
  view->version = options_.version;
  view->started_at = started_at_;
  view->at = loop_.Now();
  view->observe_only = options_.observe_only;
  view->http_address = http_address_;
  view->settings_error = settings_error_;
  view->first_round_done = poller_.first_round_done();
  view->stopping = stopping_;
  view->policy = {policy_.file(), policy_.loaded_at(), policy_.last_error(), policy_.policy()};
  view->cycle = cycle_;
  overrides_.AddTo(*view);
  view->close_queue_length = executor_.queue_length();
  view->unresolved_closes = executor_.unresolved_closes();
  view->worker_restarts = worker_restarts_;
  view->servers.reserve(servers_.size());
  for (auto& [name, state] : servers_) view->servers.push_back(state.shared_status());
  view->recent_closes = recent_.newest_first();
  view->warnings = WarningsOf(*view);
  std::shared_ptr<const AgentView> published = std::move(view);
  {
    std::lock_guard<std::mutex> lock(view_mutex_);
    std::swap(view_, published);
  }
  published.reset();  // to free the view before costs as much as to make one
  last_publish_took_ = loop_.SteadyNow() - began;
}

std::shared_ptr<const AgentView> AgentLoop::view() const {
  std::lock_guard<std::mutex> lock(view_mutex_);
  return view_;
}

}  // namespace idlewarden::agent
