#include "agent/executor/limits/close_rate_limiter.h"

#include <algorithm>

namespace idlewarden::agent {

CloseRateLimiter::CloseRateLimiter(const CloseRates& rates)
    : rates_(rates), all_{TokenBucket(rates.closes_per_second, rates.burst)} {}

std::vector<CloseRateLimiter::Bucket*> CloseRateLimiter::BucketsOf(const std::string& server, const std::string& rule) {
  const TokenBucket of_server(rates_.closes_per_second_per_server, rates_.burst_per_server);
  std::vector<Bucket*> buckets = {&all_, &servers_.try_emplace(server, Bucket{of_server}).first->second};
  if (rates_.per_rule.has_value()) {
    const TokenBucket of_rule(rates_.per_rule->closes_per_second, rates_.per_rule->burst);
    buckets.push_back(&rules_.try_emplace(rule, Bucket{of_rule}).first->second);
  }
  return buckets;
}

bool CloseRateLimiter::Reserve(const std::string& server, const std::string& rule, SteadyTime now) {
  const std::vector<Bucket*> buckets = BucketsOf(server, rule);
  if (!std::all_of(buckets.begin(), buckets.end(), [&](const Bucket* bucket) { return bucket->HasFree(now); })) {
    return false;
  }
  for (Bucket* bucket : buckets) ++bucket->reserved;
  return true;
}

void CloseRateLimiter::Release(const std::string& server, const std::string& rule) {
  for (Bucket* bucket : BucketsOf(server, rule)) --bucket->reserved;
}

bool CloseRateLimiter::Take(const std::string& server, const std::string& rule, SteadyTime now) {
  const std::vector<Bucket*> buckets = BucketsOf(server, rule);
  if (!std::all_of(buckets.begin(), buckets.end(), [&](const Bucket* b) { return b->tokens.Available(now) >= 1; })) {
    return false;
  }
  for (Bucket* bucket : buckets) bucket->tokens.Take(now);
  Release(server, rule);
  return true;
}

SteadyTime CloseRateLimiter::NextOfServer(const std::string& server, SteadyTime now) const {
  const auto found = servers_.find(server);
  return found == servers_.end() ? now : found->second.NextFree(now);
}

SteadyTime CloseRateLimiter::NextOfRule(const std::string& rule, SteadyTime now) const {
  const auto found = rules_.find(rule);
  return found == rules_.end() ? now : found->second.NextFree(now);
}

}  // namespace idlewarden::agent
