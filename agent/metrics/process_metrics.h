// The usual process_* metrics of this process, read from /proc/self at each scrape.
//
// Threads: any.

#ifndef IDLEWARDEN_AGENT_METRICS_PROCESS_METRICS_H_
#define IDLEWARDEN_AGENT_METRICS_PROCESS_METRICS_H_

#include <vector>

#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace idlewarden::agent {

class ProcessCollector final : public prometheus::Collectable {
 public:
  // What /proc does not tell is left out.
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_METRICS_PROCESS_METRICS_H_
