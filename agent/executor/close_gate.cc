#include "agent/executor/close_gate.h"

#include <algorithm>

namespace idlewarden::agent {

CloseGate::CloseGate(const CloseRates& rates)
    : rates_(rates), all_{TokenBucket(rates.closes_per_second, rates.burst)} {}

CloseGate::Bucket& CloseGate::OfServer(const std::string& server) {
  return servers_.try_emplace(server, Bucket{TokenBucket(rates_.closes_per_second_per_server, rates_.burst_per_server)})
      .first->second;
}

bool CloseGate::Reserve(const std::string& server, absl::Time now) {
  Bucket& of_server = OfServer(server);
  if (!all_.HasFree(now) || !of_server.HasFree(now)) return false;
  ++all_.reserved;
  ++of_server.reserved;
  return true;
}

void CloseGate::Release(const std::string& server) {
  --all_.reserved;
  --OfServer(server).reserved;
}

bool CloseGate::Take(const std::string& server, absl::Time now) {
  Bucket& of_server = OfServer(server);
  if (all_.tokens.Available(now) < 1 || of_server.tokens.Available(now) < 1) return false;
  all_.tokens.Take(now);
  of_server.tokens.Take(now);
  Release(server);
  return true;
}

absl::Time CloseGate::NextReservation(const std::string& server, absl::Time now) const {
  absl::Time next = all_.tokens.AvailableAt(all_.reserved + 1, now);
  const auto found = servers_.find(server);
  if (found == servers_.end()) return next;
  return std::max(next, found->second.tokens.AvailableAt(found->second.reserved + 1, now));
}

}  // namespace idlewarden::agent
