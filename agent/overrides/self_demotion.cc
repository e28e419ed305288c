#include "agent/overrides/self_demotion.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/log/log.h"

namespace idlewarden::agent {
namespace {

bool WentWrong(Outcome outcome) {
  return outcome == Outcome::kReturned || outcome == Outcome::kSurvived || outcome == Outcome::kDenied ||
         outcome == Outcome::kFailed;
}

}  // namespace

absl::Status SelfDemotion::Restore() {
  absl::StatusOr<std::vector<Demotion>> known = ReadDemotions(ledger_.database());
  if (!known.ok()) return known.status();
  for (Demotion& demotion : *known) demoted_[demotion.rule] = std::move(demotion);
  return absl::OkStatus();
}

bool SelfDemotion::Count(absl::string_view rule, Outcome outcome, SteadyTime now, absl::Time wall) {
  if (!options_.enabled || (outcome != Outcome::kClosed && !WentWrong(outcome))) return false;
  Closes& closes = closes_[std::string(rule)];
  Add(outcome, now, closes);
  Expire(now - options_.window, closes);
  const auto all = static_cast<double>(closes.size());
  const auto wrong = static_cast<double>(closes.wrong.size());
  if (IsDemoted(rule) || all < options_.at_least || wrong <= options_.share * all) return false;
  Demote(rule, closes, wall);
  return true;
}

void SelfDemotion::Add(Outcome outcome, SteadyTime now, Closes& closes) {
  if (outcome == Outcome::kClosed) {
    closes.closed.push_back(now);
    return;
  }
  // A return was counted as closed before; which of them it is does not matter.
  if (outcome == Outcome::kReturned && !closes.closed.empty()) closes.closed.pop_back();
  closes.wrong.emplace_back(now, outcome);
  ++closes.wrong_by_outcome[outcome];
}

void SelfDemotion::Expire(SteadyTime horizon, Closes& closes) {
  while (!closes.closed.empty() && closes.closed.front() <= horizon) closes.closed.pop_front();
  while (!closes.wrong.empty() && closes.wrong.front().first <= horizon) {
    --closes.wrong_by_outcome[closes.wrong.front().second];
    closes.wrong.pop_front();
  }
}

std::string SelfDemotion::Why(const Closes& closes) const {
  std::vector<std::string> kinds;
  for (const auto& [outcome, count] : closes.wrong_by_outcome) {
    if (count > 0) kinds.push_back(absl::StrCat(count, " ", OutcomeName(outcome)));
  }
  std::sort(kinds.begin(), kinds.end(),
            [](const std::string& a, const std::string& b) { return a.substr(a.find(' ')) < b.substr(b.find(' ')); });
  return absl::StrCat(closes.wrong.size(), " of ", closes.size(), " closes within ",
                      absl::FormatDuration(options_.window), " went wrong: ", absl::StrJoin(kinds, ", "));
}

void SelfDemotion::Demote(absl::string_view rule, const Closes& closes, absl::Time since) {
  Demotion demotion{.rule = std::string(rule), .since = since, .why = Why(closes)};
  const absl::Status recorded =
      backlog_.Write({.what = absl::StrCat("demotion of rule ", rule),
                      .write = [this, demotion] { return WriteDemotion(ledger_.database(), agent_name_, demotion); }});
  Log(LogLevel::kError, "rule-demoted", {{"rule", rule}, {"why", demotion.why}, {"recorded", recorded}});
  demoted_[demotion.rule] = std::move(demotion);
}

absl::Status SelfDemotion::Restore(absl::string_view rule, const OperatorNote& note, absl::Time now) {
  if (absl::Status status = CheckNote(note); !status.ok()) return status;
  const auto found = demoted_.find(rule);
  if (found == demoted_.end()) return absl::NotFoundError(absl::StrCat("rule ", rule, " is not demoted"));
  // Its beginning may still wait, and would else come after its end.
  absl::Status ended = backlog_.WriteWaiting();
  if (ended.ok()) ended = EndDemotion(ledger_.database(), agent_name_, rule, now, note.by, note.reason);
  // Not found: its beginning was lost.
  if (!ended.ok() && !absl::IsNotFound(ended)) {
    return absl::Status(ended.code(),
                        absl::StrCat("this could not be recorded, so the rule stays demoted: ", ended.message()));
  }
  demoted_.erase(found);
  closes_.erase(std::string(rule));  // what was before is forgiven
  Log(LogLevel::kWarning, "rule-restored", {{"rule", rule}, {"by", note.by}, {"reason", note.reason}});
  return absl::OkStatus();
}

std::vector<Demotion> SelfDemotion::list() const {
  std::vector<Demotion> demotions;
  for (const auto& [rule, demotion] : demoted_) demotions.push_back(demotion);
  return demotions;
}

std::string DemotionSentence(const Demotion& demotion) {
  return absl::StrCat("Rule ", demotion.rule, " only observes: ", demotion.why,
                      ". When that is mended: idlewarden restore ", demotion.rule);
}

}  // namespace idlewarden::agent
