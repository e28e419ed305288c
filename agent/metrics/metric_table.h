// The table of all metrics: name, type, labels and help text of each, and the closed sets of label values. The one
// place where a metric is described; the exposed text and docs/metrics.md are made from it.
//
// Constants: any thread.

#ifndef IDLEWARDEN_AGENT_METRICS_METRIC_TABLE_H_
#define IDLEWARDEN_AGENT_METRICS_METRIC_TABLE_H_

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace idlewarden::agent {

struct MetricDescription {
  const char* name;
  const char* type;    // counter, gauge, histogram
  const char* labels;  // "server, trust"; empty: none
  const char* help;
};

absl::Span<const MetricDescription> AllMetrics();

// The help text of a metric of the table; empty for another name.
std::string HelpOf(const std::string& name);

// Label values.
absl::Span<const char* const> Causes();     // result of an enumeration: "ok" and the causes of backend.proto
absl::Span<const char* const> Decisions();  // of decision.h
absl::Span<const char* const> Outcomes();   // of a close
absl::Span<const char* const> Holds();      // causes of holds
absl::Span<const char* const> HoldingLimits();
absl::Span<const char* const> LookupKinds();
absl::Span<const char* const> LookupResults();
absl::Span<const char* const> IdleTrusts();
absl::Span<const char* const> BreakerStates();

// Upper bounds of the duration histograms, in seconds.
std::vector<double> DurationBuckets();

// docs/metrics.md.
std::string MetricReferencePage();

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_METRICS_METRIC_TABLE_H_
