#include "agent/overrides/held_plan.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace idlewarden::agent {
namespace {

constexpr size_t kNamedServers = 5;

// The key of the policy that sets the limit.
absl::string_view LimitKey(policy::Reason limit) {
  return limit == policy::Reason::kLimitServer ? "max_percent_per_server"
         : limit == policy::Reason::kLimitRule ? "a rule's max_closes_per_cycle"
                                               : "max_closes_per_cycle";
}

std::string Where(const std::set<std::string>& servers) {
  return servers.size() <= kNamedServers ? absl::StrJoin(servers, ", ") : absl::StrCat(servers.size(), " servers");
}

std::string Counted(size_t number, absl::string_view one) {
  return absl::StrCat(number, " ", one, number == 1 ? "" : "s");
}

}  // namespace

size_t HeldPlan::PairsHeldBy(policy::Reason limit) const {
  const auto found = limits.find(limit);
  return found == limits.end() ? 0 : found->second.pairs;
}

bool HeldPlan::SameHoldsAs(const HeldPlan& other) const {
  return std::equal(
      limits.begin(), limits.end(), other.limits.begin(), other.limits.end(),
      [](const auto& a, const auto& b) { return a.first == b.first && a.second.servers == b.second.servers; });
}

HeldPlan HeldPlanOf(const policy::Plan& plan) {
  HeldPlan held{.plan_id = plan.id, .sessions = plan.SessionCount(policy::Decision::kHeld)};
  const policy::PlannedPair* last = nullptr;  // a server's pairs stand together: most have nothing new to say
  for (const policy::PlannedPair& pair : plan.pairs) {
    if (pair.decision != policy::Decision::kHeld) continue;
    ++held.pairs;
    HeldPlan::Limit& limit = held.limits[pair.reason];
    ++limit.pairs;
    if (last == nullptr || last->reason != pair.reason || last->server != pair.server)
      limit.servers.insert(pair.server);
    last = &pair;
  }
  return held;
}

std::string HeldSentence(const HeldPlan& held) {
  if (held.empty()) return "";
  std::vector<std::string> limits;
  for (const auto& [reason, limit] : held.limits) {
    limits.push_back(absl::StrCat(policy::ReasonName(reason), " (", LimitKey(reason), ") holds ", limit.pairs, " on ",
                                  Where(limit.servers)));
  }
  return absl::StrCat("Plan ", held.plan_id, " is held: ", Counted(held.pairs, "close"), " of ",
                      Counted(held.sessions, "session"), ": ", absl::StrJoin(limits, "; "),
                      ". If it is right: idlewarden approve ", held.plan_id);
}

}  // namespace idlewarden::agent
