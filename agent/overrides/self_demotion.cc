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

// "12 of 20 closes within 1h went wrong: 8 returned, 4 denied".
template <typename Closes>
std::string Why(const Closes& closes, absl::Duration window) {
  std::map<std::string, int> wrong;
  int count = 0;
  for (const auto& close : closes) {
    if (!WentWrong(close.outcome)) continue;
    ++wrong[std::string(OutcomeName(close.outcome))];
    ++count;
  }
  const std::string kinds = absl::StrJoin(
      wrong, ", ", [](std::string* out, const auto& item) { absl::StrAppend(out, item.second, " ", item.first); });
  return absl::StrCat(count, " of ", closes.size(), " closes within ", absl::FormatDuration(window),
                      " went wrong: ", kinds);
}

}  // namespace

absl::Status SelfDemotion::Restore() {
  absl::StatusOr<std::vector<Demotion>> known = ReadDemotions(ledger_.database());
  if (!known.ok()) return known.status();
  for (Demotion& demotion : *known) demoted_[demotion.rule] = std::move(demotion);
  return absl::OkStatus();
}

bool SelfDemotion::Count(absl::string_view rule, Outcome outcome, absl::Time now, absl::Time wall) {
  if (!options_.enabled || (outcome != Outcome::kClosed && !WentWrong(outcome))) return false;
  Closes& closes = closes_[std::string(rule)];
  if (outcome == Outcome::kReturned) {
    // It was counted as closed before, and which of them it is does not matter.
    const auto closed = std::find_if(closes.rbegin(), closes.rend(),
                                     [](const Close& close) { return close.outcome == Outcome::kClosed; });
    if (closed != closes.rend()) closes.erase(std::next(closed).base());
  }
  closes.push_back({now, outcome});
  while (closes.front().at <= now - options_.window) closes.pop_front();
  const auto wrong = std::count_if(closes.begin(), closes.end(), [](const Close& c) { return WentWrong(c.outcome); });
  const auto all = static_cast<double>(closes.size());
  if (IsDemoted(rule) || all < options_.at_least || static_cast<double>(wrong) <= options_.share * all) return false;
  Demote(rule, closes, wall);
  return true;
}

void SelfDemotion::Demote(absl::string_view rule, const Closes& closes, absl::Time since) {
  Demotion demotion{.rule = std::string(rule), .since = since, .why = Why(closes, options_.window)};
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
