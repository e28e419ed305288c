#include "agent/metrics/server_metrics.h"

#include <utility>

#include "agent/metrics/metric_table.h"

namespace idlewarden::agent {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily Family(const char* name, MetricType type) {
  MetricFamily family;
  family.name = name;
  family.help = HelpOf(name);
  family.type = type;
  return family;
}

void Add(MetricFamily* family, std::vector<ClientMetric::Label> labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (family->type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family->metric.push_back(std::move(metric));
}

}  // namespace

void ServerCollector::Set(const std::string& server, const ServerMetrics& state) {
  std::lock_guard<std::mutex> lock(mutex_);
  servers_[server].state = state;
}

void ServerCollector::Remove(const std::string& server) {
  std::lock_guard<std::mutex> lock(mutex_);
  servers_.erase(server);
}

void ServerCollector::CountError(const std::string& server, const std::string& cause) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = servers_.find(server);
  if (found != servers_.end()) ++found->second.errors[cause];
}

std::vector<MetricFamily> ServerCollector::Collect() const {
  MetricFamily up = Family("idlewarden_server_up", MetricType::Gauge);
  MetricFamily success = Family("idlewarden_server_last_success_timestamp_seconds", MetricType::Gauge);
  MetricFamily duration = Family("idlewarden_server_last_enumeration_duration_seconds", MetricType::Gauge);
  MetricFamily sessions = Family("idlewarden_server_sessions", MetricType::Gauge);
  MetricFamily trust = Family("idlewarden_server_idle_trust", MetricType::Gauge);
  MetricFamily breaker = Family("idlewarden_server_breaker", MetricType::Gauge);
  MetricFamily without_effect = Family("idlewarden_server_rule_without_effect", MetricType::Gauge);
  MetricFamily unknown = Family("idlewarden_protected_unknown_sessions", MetricType::Gauge);
  MetricFamily errors = Family("idlewarden_server_enumeration_errors_total", MetricType::Counter);
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [name, entry] : servers_) {
    const ServerMetrics& state = entry.state;
    Add(&up, {{"server", name}}, state.up ? 1 : 0);
    Add(&sessions, {{"server", name}}, static_cast<double>(state.sessions));
    if (state.last_success.has_value()) {
      Add(&success, {{"server", name}}, absl::ToDoubleSeconds(*state.last_success - absl::UnixEpoch()));
    }
    if (state.last_duration.has_value()) {
      Add(&duration, {{"server", name}}, absl::ToDoubleSeconds(*state.last_duration));
    }
    for (const char* level : IdleTrusts()) {
      Add(&trust, {{"server", name}, {"trust", level}}, state.idle_trust == level ? 1 : 0);
    }
    for (const char* word : BreakerStates()) {
      Add(&breaker, {{"server", name}, {"state", word}}, state.breaker == word ? 1 : 0);
    }
    for (const std::string& rule : state.rules_without_effect) {
      Add(&without_effect, {{"server", name}, {"rule", rule}}, 1);
    }
    for (const auto& [protection, count] : state.protected_unknown) {
      Add(&unknown, {{"server", name}, {"protection", protection}}, static_cast<double>(count));
    }
    for (const auto& [cause, count] : entry.errors) {
      Add(&errors, {{"server", name}, {"cause", cause}}, static_cast<double>(count));
    }
  }
  std::vector<MetricFamily> families;
  for (MetricFamily* family :
       {&up, &success, &duration, &sessions, &trust, &breaker, &without_effect, &unknown, &errors}) {
    if (!family->metric.empty()) families.push_back(std::move(*family));
  }
  return families;
}

}  // namespace idlewarden::agent
