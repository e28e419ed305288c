#include "policy/compiler/implies.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

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

using Lists = PatternLists<PatternSet>;
using Servers = ServerTests<PatternSet>;

// The values of the conjunction's conditions on one field, which are of type T.
template <typename T>
std::vector<const T*> ValuesOf(const Conjunction& conjunction, Field field) {
  std::vector<const T*> values;
  for (const ResolvedCondition* condition : conjunction) {
    if (condition->field == field) values.push_back(&std::get<T>(condition->value));
  }
  return values;
}

// What all conditions on a number leave; nullopt if there is none.
template <typename Bounds>
std::optional<Range> Common(const Conjunction& conjunction, Field field) {
  std::optional<Range> common;
  for (const Bounds* bounds : ValuesOf<Bounds>(conjunction, field)) {
    const Range range = RangeOf(*bounds);
    if (!common.has_value()) common.emplace();
    common = Range{std::max(common->least, range.least), std::min(common->most, range.most)};
  }
  return common;
}

std::optional<Range> CommonRange(const Conjunction& conjunction, const FieldInfo& info) {
  return info.kind == FieldKind::kTime ? Common<TimeBounds>(conjunction, info.field)
                                       : Common<CountBounds>(conjunction, info.field);
}

// The lists of all conditions on one field that has patterns.
std::vector<const Lists*> ListsOf(const Conjunction& conjunction, const FieldInfo& info) {
  if (info.kind == FieldKind::kPatterns) return ValuesOf<Lists>(conjunction, info.field);
  std::vector<const Lists*> lists;
  for (const Servers* servers : ValuesOf<Servers>(conjunction, info.field)) lists.push_back(&servers->names);
  return lists;
}

bool IsWithin(const Window& narrow, const Window& wide) {
  return narrow.zone == wide.zone && narrow.from_minute == wide.from_minute && narrow.to_minute == wide.to_minute &&
         (narrow.days & ~wide.days).none() &&
         std::includes(narrow.except_dates.begin(), narrow.except_dates.end(), wide.except_dates.begin(),
                       wide.except_dates.end());
}

template <typename Values, typename Test>
bool AnyOf(const Values& values, const Test& test) {
  return std::any_of(values.begin(), values.end(), [&](const auto* value) { return test(*value); });
}

// Whether `narrow` implies one condition, by its kind of value.
class ImpliesCondition {
 public:
  ImpliesCondition(const Conjunction& narrow, const FieldInfo& info, int64_t& steps)
      : narrow_(narrow), info_(info), steps_(steps) {}

  bool operator()(const TimeBounds& wide) const { return IsWithinRange(RangeOf(wide)); }
  bool operator()(const CountBounds& wide) const { return IsWithinRange(RangeOf(wide)); }
  bool operator()(const Lists& wide) const {
    return AnyOf(ListsOf(narrow_, info_), [&](const Lists& lists) {
      if (wide.in.has_value() && !(lists.in.has_value() && Covers(*wide.in, *lists.in, steps_))) return false;
      // What `wide` excludes, `narrow` must exclude as well.
      return !wide.not_in.has_value() || (lists.not_in.has_value() && Covers(*lists.not_in, *wide.not_in, steps_));
    });
  }
  bool operator()(const Servers& wide) const {
    if (!wide.names.empty() && !(*this)(wide.names)) return false;
    return std::all_of(wide.labels.begin(), wide.labels.end(), [&](const LabelTest& test) {
      return AnyOf(ValuesOf<Servers>(narrow_, info_.field), [&](const Servers& servers) {
        return std::any_of(servers.labels.begin(), servers.labels.end(),
                           [&](const LabelTest& other) { return Implies(other, test); });
      });
    });
  }
  bool operator()(bool wide) const {
    return AnyOf(ValuesOf<bool>(narrow_, info_.field), [&](bool flag) { return flag == wide; });
  }
  bool operator()(const Windows& wide) const {
    return AnyOf(ValuesOf<Windows>(narrow_, info_.field), [&](const Windows& windows) {
      return std::all_of(windows.begin(), windows.end(), [&](const Window& window) {
        return std::any_of(wide.begin(), wide.end(), [&](const Window& other) { return IsWithin(window, other); });
      });
    });
  }

 private:
  bool IsWithinRange(const Range& wide) const {
    const std::optional<Range> range = CommonRange(narrow_, info_);
    return range.has_value() && range->Within(wide);
  }

  static bool Implies(const LabelTest& narrow, const LabelTest& wide) {
    return narrow.label == wide.label &&
           std::all_of(narrow.values.begin(), narrow.values.end(), [&](const std::string& value) {
             return std::find(wide.values.begin(), wide.values.end(), value) != wide.values.end();
           });
  }

  const Conjunction& narrow_;
  const FieldInfo& info_;
  int64_t& steps_;
};

// Why no number is within all bounds on the field; empty if one may be.
std::string WhyNever(const FieldInfo& info, const Range& range) {
  const bool counts_itself = info.unit == FieldUnit::kSessions;
  if (!range.empty())
    return counts_itself && range.most == 0 ? absl::StrCat(info.key, " counts the session itself") : "";
  if (info.kind == FieldKind::kCount) return absl::StrCat("no number of ", info.key, " is within all its bounds");
  const bool is_idle = info.field == Field::kIdle;
  return absl::StrCat("no ", is_idle ? "idle time" : info.key, " is within all its bounds");
}

// The bounds of `idle`, `age` or a count contradict each other.
std::string WhyNeverByNumbers(const Conjunction& conjunction) {
  for (const Field field : kFieldsThat<IsNumber>) {
    const std::optional<Range> range = CommonRange(conjunction, InfoOf(field));
    std::string why = range.has_value() ? WhyNever(InfoOf(field), *range) : "";
    if (!why.empty()) return why;
  }
  const std::optional<Range> idle = CommonRange(conjunction, InfoOf(Field::kIdle));
  const std::optional<Range> age = CommonRange(conjunction, InfoOf(Field::kAge));
  const bool longer = idle.has_value() && age.has_value() && idle->least > age->most;
  return longer ? "no session is idle for longer than it lasts" : "";
}

std::string WhyNeverByPatterns(const Conjunction& conjunction, int64_t& steps) {
  for (const Field field : kFieldsThat<HasPatterns>) {
    const std::vector<const Lists*> all = ListsOf(conjunction, InfoOf(field));
    for (const Lists* selected : all) {
      if (!selected->in.has_value()) continue;
      const bool excluded = AnyOf(all, [&](const Lists& other) {
        return other.not_in.has_value() && Covers(*other.not_in, *selected->in, steps);
      });
      if (excluded) return absl::StrCat("all that `in` of `", FieldName(field), "` matches, `not_in` excludes");
    }
  }
  return "";
}

std::string WhyNeverByFlags(const Conjunction& conjunction) {
  for (const Field field : kFieldsThat<IsFlag>) {
    const std::vector<const bool*> flags = ValuesOf<bool>(conjunction, field);
    const auto is = [](bool value) { return [value](bool flag) { return flag == value; }; };
    if (AnyOf(flags, is(true)) && AnyOf(flags, is(false))) {
      return absl::StrCat("it asks for `", FieldName(field), "` to be true and to be false");
    }
  }
  return "";
}

}  // namespace

bool Implies(const Conjunction& narrow, const Conjunction& wide, int64_t& steps) {
  return std::all_of(wide.begin(), wide.end(), [&](const ResolvedCondition* condition) {
    return --steps > 0 && std::visit(ImpliesCondition(narrow, condition->info(), steps), condition->value);
  });
}

std::string WhyNever(const Conjunction& conjunction, int64_t& steps) {
  std::string why = WhyNeverByNumbers(conjunction);
  if (why.empty()) why = WhyNeverByFlags(conjunction);
  return why.empty() ? WhyNeverByPatterns(conjunction, steps) : why;
}

}  // namespace idlewarden::policy
