#include "agent/metrics/metrics.h"

#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/metrics/metric_table.h"
#include "agent/metrics/process_metrics.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace idlewarden::agent {
namespace {

using prometheus::Labels;

std::string Text(absl::string_view text) { return std::string(text.data(), text.size()); }

prometheus::Family<prometheus::Counter>& Counter(prometheus::Registry& registry, const char* name) {
  return prometheus::BuildCounter().Name(name).Help(HelpOf(name)).Register(registry);
}
prometheus::Family<prometheus::Gauge>& Gauge(prometheus::Registry& registry, const char* name) {
  return prometheus::BuildGauge().Name(name).Help(HelpOf(name)).Register(registry);
}
prometheus::Histogram& Histogram(prometheus::Registry& registry, const char* name) {
  return prometheus::BuildHistogram().Name(name).Help(HelpOf(name)).Register(registry).Add({}, DurationBuckets());
}

// A counter with two labels, whose series are looked up without building Prometheus's label maps each time.
class CounterPairs {
 public:
  CounterPairs(prometheus::Family<prometheus::Counter>& family, const char* first, const char* second)
      : family_(family), first_(first), second_(second) {}

  prometheus::Counter& At(const std::string& first, const std::string& second) {
    std::lock_guard<std::mutex> lock(mutex_);
    prometheus::Counter*& counter = counters_[{first, second}];
    if (counter == nullptr) counter = &family_.Add({{first_, first}, {second_, second}});
    return *counter;
  }

 private:
  prometheus::Family<prometheus::Counter>& family_;
  const char* const first_;
  const char* const second_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, prometheus::Counter*> counters_;  // guarded by mutex_
};

}  // namespace

class AgentMetrics::Impl {
 public:
  explicit Impl(absl::string_view version);

  prometheus::Registry registry;
  ServerCollector servers;
  ProcessCollector process;

  std::map<std::string, prometheus::Counter*> enumerations;  // by result; fixed
  prometheus::Histogram& enumeration_duration;
  CounterPairs decisions;
  CounterPairs closes;
  prometheus::Histogram& close_duration;
  prometheus::Histogram& cycle_duration;
  prometheus::Gauge& sessions_evaluated;
  prometheus::Gauge& queue_length;
  prometheus::Gauge& pairs_backed_off;
  prometheus::Gauge& closes_without_outcome;
  prometheus::Gauge& paused;
  std::map<std::string, prometheus::Gauge*> holds;       // by cause; fixed
  std::map<std::string, prometheus::Gauge*> held_pairs;  // by limit; fixed
  prometheus::Counter& reloads_ok;
  prometheus::Counter& reloads_failed;
  prometheus::Gauge& policy_loaded_at;
  prometheus::Gauge& exemptions;
  std::map<std::pair<std::string, std::string>, prometheus::Counter*> client_lookups;  // by kind and result; fixed
  prometheus::Gauge& client_addresses;
  prometheus::Gauge& client_questions_waiting;
  prometheus::Counter& worker_restarts;

  std::mutex mutex;
  prometheus::Family<prometheus::Gauge>& policy_info;
  prometheus::Family<prometheus::Gauge>& rule_info;
  prometheus::Family<prometheus::Gauge>& mode_info;
  std::vector<prometheus::Gauge*> policy_series;  // guarded by mutex: series of the policy in force
  std::vector<prometheus::Gauge*> rule_series;    // guarded by mutex
  std::vector<prometheus::Gauge*> mode_series;    // guarded by mutex
  prometheus::Family<prometheus::Gauge>& rule_demoted;
  std::vector<prometheus::Gauge*> demoted_series;  // guarded by mutex
  prometheus::Family<prometheus::Gauge>& hold_info;
  std::map<std::string, std::vector<prometheus::Gauge*>> hold_series;  // guarded by mutex; by cause
};

AgentMetrics::Impl::Impl(absl::string_view version)
    : enumeration_duration(Histogram(registry, "idlewarden_enumeration_duration_seconds")),
      decisions(Counter(registry, "idlewarden_decisions_total"), "rule", "decision"),
      closes(Counter(registry, "idlewarden_closes_total"), "rule", "outcome"),
      close_duration(Histogram(registry, "idlewarden_close_duration_seconds")),
      cycle_duration(Histogram(registry, "idlewarden_cycle_duration_seconds")),
      sessions_evaluated(Gauge(registry, "idlewarden_cycle_sessions").Add({})),
      queue_length(Gauge(registry, "idlewarden_close_queue_length").Add({})),
      pairs_backed_off(Gauge(registry, "idlewarden_pairs_backed_off").Add({})),
      closes_without_outcome(Gauge(registry, "idlewarden_closes_without_outcome").Add({})),
      paused(Gauge(registry, "idlewarden_paused").Add({})),
      reloads_ok(Counter(registry, "idlewarden_policy_reloads_total").Add({{"result", "ok"}})),
      reloads_failed(Counter(registry, "idlewarden_policy_reloads_total").Add({{"result", "failed"}})),
      policy_loaded_at(Gauge(registry, "idlewarden_policy_loaded_timestamp_seconds").Add({})),
      exemptions(Gauge(registry, "idlewarden_exemptions").Add({})),
      client_addresses(Gauge(registry, "idlewarden_client_addresses").Add({})),
      client_questions_waiting(Gauge(registry, "idlewarden_client_questions_waiting").Add({})),
      worker_restarts(Counter(registry, "idlewarden_worker_restarts_total").Add({})),
      policy_info(Gauge(registry, "idlewarden_policy_info")),
      rule_info(Gauge(registry, "idlewarden_rule_info")),
      mode_info(Gauge(registry, "idlewarden_mode_info")),
      rule_demoted(Gauge(registry, "idlewarden_rule_demoted")),
      hold_info(Gauge(registry, "idlewarden_hold_info")) {
  auto& results = Counter(registry, "idlewarden_enumerations_total");
  auto& held = Gauge(registry, "idlewarden_held_pairs");
  auto& hold = Gauge(registry, "idlewarden_hold");
  auto& lookups = Counter(registry, "idlewarden_client_lookups_total");
  for (const char* cause : Holds()) holds[cause] = &hold.Add({{"cause", cause}});
  for (const char* limit : HoldingLimits()) held_pairs[limit] = &held.Add({{"limit", limit}});
  for (const char* kind : LookupKinds()) {
    for (const char* result : LookupResults()) {
      client_lookups[{kind, result}] = &lookups.Add({{"kind", kind}, {"result", result}});
    }
  }
  for (const char* cause : Causes()) enumerations[cause] = &results.Add({{"result", cause}});
  Gauge(registry, "idlewarden_build_info").Add({{"version", Text(version)}}).Set(1);
}

namespace {

// Replaces the series of an info metric.
void Replace(prometheus::Family<prometheus::Gauge>& family, const std::vector<Labels>& labels,
             std::vector<prometheus::Gauge*>* series) {
  for (prometheus::Gauge* gauge : *series) family.Remove(gauge);
  series->clear();
  for (const Labels& label : labels) {
    series->push_back(&family.Add(label));
    series->back()->Set(1);
  }
}

}  // namespace

AgentMetrics::AgentMetrics(absl::string_view version) : impl_(std::make_unique<Impl>(version)) {}
AgentMetrics::~AgentMetrics() = default;

void AgentMetrics::SetServer(const std::string& name, const ServerMetrics& state) { impl_->servers.Set(name, state); }

void AgentMetrics::RemoveServer(const std::string& name) { impl_->servers.Remove(name); }

void AgentMetrics::EnumerationDone(const std::string& server, absl::string_view cause, absl::Duration duration) {
  // Causes are a closed set; a new one must not make a series of its own.
  const std::string result = impl_->enumerations.contains(Text(cause)) ? Text(cause) : "internal";
  impl_->enumerations.at(result)->Increment();
  impl_->enumeration_duration.Observe(absl::ToDoubleSeconds(duration));
  if (result != "ok") impl_->servers.CountError(server, result);
}

void AgentMetrics::PolicyLoaded(const std::string& hash, const std::vector<RuleMetrics>& rules, absl::Time at) {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  Replace(impl_->policy_info, {{{"hash", hash}}}, &impl_->policy_series);
  std::vector<Labels> labels;
  for (const RuleMetrics& rule : rules) {
    labels.push_back({{"rule", rule.name}, {"mode", rule.mode}});
    for (const char* decision : Decisions()) impl_->decisions.At(rule.name, decision);
    for (const char* outcome : Outcomes()) impl_->closes.At(rule.name, outcome);
  }
  Replace(impl_->rule_info, labels, &impl_->rule_series);
  impl_->policy_loaded_at.Set(absl::ToDoubleSeconds(at - absl::UnixEpoch()));
}

void AgentMetrics::PolicyReloadDone(bool success) { (success ? impl_->reloads_ok : impl_->reloads_failed).Increment(); }

void AgentMetrics::SetMode(absl::string_view mode) {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  Replace(impl_->mode_info, {{{"mode", Text(mode)}}}, &impl_->mode_series);
}

void AgentMetrics::DecisionsChanged(absl::string_view rule, absl::string_view decision, uint64_t count) {
  impl_->decisions.At(Text(rule), Text(decision)).Increment(static_cast<double>(count));
}

void AgentMetrics::CycleDone(absl::Duration duration, uint64_t sessions) {
  impl_->cycle_duration.Observe(absl::ToDoubleSeconds(duration));
  impl_->sessions_evaluated.Set(static_cast<double>(sessions));
}

void AgentMetrics::CloseDone(absl::string_view rule, absl::string_view outcome, absl::Duration duration) {
  impl_->closes.At(Text(rule), Text(outcome)).Increment();
  impl_->close_duration.Observe(absl::ToDoubleSeconds(duration));
}

void AgentMetrics::SetCloseQueueLength(uint64_t length) { impl_->queue_length.Set(static_cast<double>(length)); }

void AgentMetrics::SetPairsBackedOff(uint64_t pairs) { impl_->pairs_backed_off.Set(static_cast<double>(pairs)); }

void AgentMetrics::SetClosesWithoutOutcome(uint64_t closes) {
  impl_->closes_without_outcome.Set(static_cast<double>(closes));
}

void AgentMetrics::SetPaused(bool paused) { impl_->paused.Set(paused ? 1 : 0); }

void AgentMetrics::SetHold(absl::string_view cause, bool holds, absl::string_view reason) {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->holds.at(Text(cause))->Set(holds ? 1 : 0);
  std::vector<Labels> info;
  if (holds) info.push_back({{"cause", Text(cause)}, {"reason", Text(reason)}});
  Replace(impl_->hold_info, info, &impl_->hold_series[Text(cause)]);
}

void AgentMetrics::SetHeldPairs(absl::string_view limit, uint64_t pairs) {
  impl_->held_pairs.at(Text(limit))->Set(static_cast<double>(pairs));
}

void AgentMetrics::SetClientLookups(absl::string_view kind, absl::string_view result, uint64_t total) {
  const auto found = impl_->client_lookups.find({std::string(kind), std::string(result)});
  if (found == impl_->client_lookups.end()) return;
  const double more = static_cast<double>(total) - found->second->Value();
  if (more > 0) found->second->Increment(more);
}

void AgentMetrics::SetClientAddresses(uint64_t count) { impl_->client_addresses.Set(static_cast<double>(count)); }

void AgentMetrics::SetClientQuestionsWaiting(uint64_t count) {
  impl_->client_questions_waiting.Set(static_cast<double>(count));
}

void AgentMetrics::SetExemptions(uint64_t count) { impl_->exemptions.Set(static_cast<double>(count)); }

void AgentMetrics::SetDemotedRules(const std::vector<std::string>& rules) {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  std::vector<Labels> labels;
  for (const std::string& rule : rules) labels.push_back({{"rule", rule}});
  Replace(impl_->rule_demoted, labels, &impl_->demoted_series);
}

void AgentMetrics::WorkerRestarted() { impl_->worker_restarts.Increment(); }

std::string AgentMetrics::TextFormat() const {
  std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
  for (const prometheus::Collectable* more : {static_cast<const prometheus::Collectable*>(&impl_->servers),
                                              static_cast<const prometheus::Collectable*>(&impl_->process)}) {
    for (prometheus::MetricFamily& family : more->Collect()) families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

std::string AgentMetrics::ReferencePage() { return MetricReferencePage(); }

}  // namespace idlewarden::agent
