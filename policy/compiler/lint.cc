#include "policy/compiler/lint.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/compiler/implies.h"
#include "policy/diagnostics/wording.h"

namespace idlewarden::policy {
namespace {

// A protection or rule that decides for what matches it.
struct Decider {
  absl::string_view kind;
  absl::string_view name;
  std::vector<Conjunction> alternatives;
};

class Linter {
 public:
  Linter(const Policy& policy, const ResolvedPolicy& resolved, DiagnosticList& diagnostics)
      : policy_(policy), resolved_(resolved), diagnostics_(diagnostics) {}

  void Run() {
    for (size_t i = 0; i < resolved_.protections.size(); ++i) {
      const ResolvedProtection& protection = resolved_.protections[i];
      Check({"protection", protection.name, Alternatives(protection.when)}, policy_.protections[i].place,
            policy_.protections[i].when);
    }
    for (size_t i = 0; i < resolved_.rules.size(); ++i) {
      const ResolvedRule& rule = resolved_.rules[i];
      Check({"rule", rule.name, Alternatives(rule.when)}, policy_.rules[i].place, policy_.rules[i].when);
    }
  }

 private:
  void Check(Decider decider, const Place& place, const When& source) {
    const bool never = CheckNever(decider, place, source);
    if (!never) CheckShadowed(decider, place);
    if (steps_ <= 0) AddNotCompared(decider, place);
    if (!never) earlier_.push_back(std::move(decider));
  }

  // True if no alternative can match.
  bool CheckNever(const Decider& decider, const Place& place, const When& source) {
    std::vector<std::string> reasons;
    for (const Conjunction& alternative : decider.alternatives) reasons.push_back(WhyNever(alternative, steps_));
    const std::string named = absl::StrCat("the ", decider.kind, " ", Quoted(decider.name));
    const bool all = std::none_of(reasons.begin(), reasons.end(), [](const std::string& why) { return why.empty(); });
    if (all) {
      diagnostics_.Add(Code::kNeverMatches, place, absl::StrCat(named, " can never match: ", reasons.front()));
      return true;
    }
    for (size_t i = 0; i < reasons.size(); ++i) {
      if (reasons[i].empty()) continue;
      diagnostics_.Add(Code::kNeverMatches, source.any[i].place,
                       absl::StrCat("this alternative of ", named, " can never match: ", reasons[i]));
    }
    return false;
  }

  // Silence of the rest must not pass for a clean bill.
  void AddNotCompared(const Decider& decider, const Place& place) {
    if (std::exchange(told_not_compared_, true)) return;
    diagnostics_.Add(Code::kNotCompared, place,
                     absl::StrCat("from the ", decider.kind, " ", Quoted(decider.name),
                                  " on, rules and protections without effect may have gone unnoticed: comparing so "
                                  "many entries would take too long"));
  }

  bool IsShadowedBy(const Decider& decider, const Decider& earlier) {
    return std::all_of(decider.alternatives.begin(), decider.alternatives.end(), [&](const Conjunction& narrow) {
      return std::any_of(earlier.alternatives.begin(), earlier.alternatives.end(),
                         [&](const Conjunction& wide) { return Implies(narrow, wide, steps_); });
    });
  }

  void CheckShadowed(const Decider& decider, const Place& place) {
    for (const Decider& earlier : earlier_) {
      if (steps_ <= 0) return;
      if (!IsShadowedBy(decider, earlier)) continue;
      diagnostics_.Add(
          Code::kShadowed, place,
          absl::StrCat("the ", decider.kind, " ", Quoted(decider.name), " has no effect: the ", earlier.kind, " ",
                       Quoted(earlier.name), " decides every session that it could match"));
      return;
    }
  }

  static constexpr int64_t kMaxSteps = 5'000'000;

  const Policy& policy_;
  const ResolvedPolicy& resolved_;
  DiagnosticList& diagnostics_;
  std::vector<Decider> earlier_;
  int64_t steps_ = kMaxSteps;
  bool told_not_compared_ = false;
};

}  // namespace

void Lint(const Policy& policy, const ResolvedPolicy& resolved, DiagnosticList& diagnostics) {
  Linter(policy, resolved, diagnostics).Run();
}

}  // namespace idlewarden::policy
