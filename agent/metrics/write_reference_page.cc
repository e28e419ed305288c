// Prints docs/metrics.md.

#include <cstdio>

#include "agent/metrics/metrics.h"

int main() {
  fputs(idlewarden::agent::AgentMetrics::ReferencePage().c_str(), stdout);
  return 0;
}
