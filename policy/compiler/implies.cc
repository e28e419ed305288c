#include "policy/compiler/implies.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/compiler/pattern_cover.h"

namespace idlewarden::policy {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

// Both ends included.
struct Range {
  int64_t least = 0;
  int64_t most = kMax;

  bool empty() const { return least > most; }
  bool Within(const Range& other) const { return least >= other.least && most <= other.most; }
};

Range RangeOf(const TimeBounds& bounds) {
  return {bounds.at_least.value_or(0), bounds.below.has_value() ? *bounds.below - 1 : kMax};
}
Range RangeOf(const CountBounds& bounds) { return {bounds.at_least.value_or(0), bounds.at_most.value_or(kMax)}; }

// What all conditions of one kind and field leave; nullopt if there is none.
template <typename C>
std::optional<Range> Common(const ConjunctionView& conjunction, typename C::Field field) {
  std::optional<Range> common;
  for (const Condition* condition : conjunction) {
    const C* c = std::get_if<C>(condition);
    if (c == nullptr || c->field != field) continue;
    const Range range = RangeOf(c->bounds);
    if (!common.has_value()) common.emplace();
    common = Range{std::max(common->least, range.least), std::min(common->most, range.most)};
  }
  return common;
}

bool IsWithin(const Window& narrow, const Window& wide) {
  return narrow.zone == wide.zone && narrow.from_minute == wide.from_minute && narrow.to_minute == wide.to_minute &&
         (narrow.days & ~wide.days).none() &&
         std::includes(narrow.except_dates.begin(), narrow.except_dates.end(), wide.except_dates.begin(),
                       wide.except_dates.end());
}

// Whether `narrow` implies one condition.
class ImpliesCondition {
 public:
  ImpliesCondition(const ConjunctionView& narrow, int64_t& steps) : narrow_(narrow), steps_(steps) {}

  bool operator()(const TimeCondition& wide) const {
    const std::optional<Range> range = Common<TimeCondition>(narrow_, wide.field);
    return range.has_value() && range->Within(RangeOf(wide.bounds));
  }
  bool operator()(const CountCondition& wide) const {
    const std::optional<Range> range = Common<CountCondition>(narrow_, wide.field);
    return range.has_value() && range->Within(RangeOf(wide.bounds));
  }
  bool operator()(const PatternCondition& wide) const {
    const auto covered = [&](const PatternCondition& c) {
      if (c.field != wide.field) return false;
      if (wide.in.has_value() && !(c.in.has_value() && Covers(*wide.in, *c.in, steps_))) return false;
      // What `wide` excludes, `narrow` must exclude as well.
      return !wide.not_in.has_value() || (c.not_in.has_value() && Covers(*c.not_in, *wide.not_in, steps_));
    };
    return AnyOf<PatternCondition>(covered);
  }
  bool operator()(const LabelCondition& wide) const {
    return AnyOf<LabelCondition>([&](const LabelCondition& c) {
      return c.label == wide.label && std::all_of(c.values.begin(), c.values.end(), [&](const std::string& value) {
               return std::find(wide.values.begin(), wide.values.end(), value) != wide.values.end();
             });
    });
  }
  bool operator()(const GuestCondition& wide) const {
    return AnyOf<GuestCondition>([&](const GuestCondition& c) { return c.guest == wide.guest; });
  }
  bool operator()(const DuringCondition& wide) const {
    return AnyOf<DuringCondition>([&](const DuringCondition& c) {
      return std::all_of(c.windows.begin(), c.windows.end(), [&](const Window& window) {
        return std::any_of(wide.windows.begin(), wide.windows.end(),
                           [&](const Window& other) { return IsWithin(window, other); });
      });
    });
  }

 private:
  template <typename C, typename Test>
  bool AnyOf(const Test& test) const {
    return std::any_of(narrow_.begin(), narrow_.end(), [&](const Condition* condition) {
      const C* c = std::get_if<C>(condition);
      return c != nullptr && test(*c);
    });
  }

  const ConjunctionView& narrow_;
  int64_t& steps_;
};

// The bounds of `idle`, `age` or a count contradict each other.
std::string WhyNeverByNumbers(const ConjunctionView& conjunction) {
  const std::optional<Range> idle = Common<TimeCondition>(conjunction, TimeCondition::Field::kIdle);
  const std::optional<Range> age = Common<TimeCondition>(conjunction, TimeCondition::Field::kAge);
  if (idle.has_value() && idle->empty()) return "no idle time is within all its bounds";
  if (age.has_value() && age->empty()) return "no age is within all its bounds";
  if (idle.has_value() && age.has_value() && idle->least > age->most) {
    return "no session is idle for longer than it lasts";
  }
  for (const auto field : {CountCondition::Field::kOpenFiles, CountCondition::Field::kServerSessions,
                           CountCondition::Field::kUserSessions}) {
    const std::optional<Range> range = Common<CountCondition>(conjunction, field);
    if (!range.has_value()) continue;
    if (range->empty()) return absl::StrCat("no number of ", FieldName(field), " is within all its bounds");
    const bool counts_itself = field != CountCondition::Field::kOpenFiles;
    if (counts_itself && range->most == 0) return absl::StrCat(FieldName(field), " counts the session itself");
  }
  return "";
}

std::string WhyNeverByPatterns(const ConjunctionView& conjunction, int64_t& steps) {
  for (const Condition* condition : conjunction) {
    const auto* selected = std::get_if<PatternCondition>(condition);
    if (selected == nullptr || !selected->in.has_value()) continue;
    for (const Condition* other : conjunction) {
      const auto* excluded = std::get_if<PatternCondition>(other);
      if (excluded == nullptr || excluded->field != selected->field || !excluded->not_in.has_value()) continue;
      if (Covers(*excluded->not_in, *selected->in, steps)) {
        return absl::StrCat("all that `in` of `", FieldName(selected->field), "` matches, `not_in` excludes");
      }
    }
  }
  return "";
}

bool GuestContradicts(const ConjunctionView& conjunction) {
  bool seen[2] = {false, false};
  for (const Condition* condition : conjunction) {
    if (const auto* guest = std::get_if<GuestCondition>(condition)) seen[guest->guest ? 1 : 0] = true;
  }
  return seen[0] && seen[1];
}

}  // namespace

std::vector<ConjunctionView> Alternatives(const ResolvedWhen& when) {
  ConjunctionView all;
  for (const Condition& condition : when.all) all.push_back(&condition);
  if (when.any.empty()) return {all};
  std::vector<ConjunctionView> alternatives;
  for (const Conjunction& map : when.any) {
    alternatives.push_back(all);
    for (const Condition& condition : map) alternatives.back().push_back(&condition);
  }
  return alternatives;
}

bool Implies(const ConjunctionView& narrow, const ConjunctionView& wide, int64_t& steps) {
  const ImpliesCondition implies(narrow, steps);
  return std::all_of(wide.begin(), wide.end(),
                     [&](const Condition* condition) { return --steps > 0 && std::visit(implies, *condition); });
}

std::string WhyNever(const ConjunctionView& conjunction, int64_t& steps) {
  std::string why = WhyNeverByNumbers(conjunction);
  if (why.empty() && GuestContradicts(conjunction)) why = "it asks for guests and for no guests";
  return why.empty() ? WhyNeverByPatterns(conjunction, steps) : why;
}

}  // namespace idlewarden::policy
