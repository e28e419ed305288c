#include "policy/matcher/conjunction_index.h"

#include <algorithm>
#include <limits>
#include <variant>

#include "absl/container/flat_hash_set.h"

namespace idlewarden::policy {
namespace {

// The kinds of a conjunction's conditions, as bits: a field is one kind where it selects and another where it only
// excludes, and labels are a kind beside the names of servers. Idle limits are told apart by themselves.
uint64_t KindOf(Field field, bool excludes) {
  return uint64_t{1} << (2 * static_cast<size_t>(field) + (excludes ? 1 : 0));
}
constexpr uint64_t kLabels = uint64_t{1} << 63;
static_assert(2 * kFields.size() < 63);

uint64_t KindsOf(const ResolvedCondition& condition) {
  if (condition.field == Field::kIdle) return 0;
  if (const auto* lists = std::get_if<PatternLists<PatternSet>>(&condition.value)) {
    return KindOf(condition.field, !lists->in.has_value());
  }
  if (const auto* servers = std::get_if<ServerTests<PatternSet>>(&condition.value)) {
    const uint64_t names = servers->names.empty() ? 0 : KindOf(condition.field, !servers->names.in.has_value());
    return names | (servers->labels.empty() ? 0 : kLabels);
  }
  return KindOf(condition.field, false);
}

uint64_t KindsOf(const IndexedConjunction& conjunction) {
  uint64_t kinds = 0;
  for (const ResolvedCondition* condition : conjunction.conditions) kinds |= KindsOf(*condition);
  return kinds;
}

int64_t IdleNeeded(const IndexedConjunction& conjunction) {
  int64_t seconds = 0;
  for (const ResolvedCondition* condition : conjunction.conditions) {
    if (condition->field != Field::kIdle) continue;
    seconds = std::max(seconds, std::get<TimeBounds>(condition->value).at_least.value_or(0));
  }
  return seconds;
}

bool ByOwner(const IndexedConjunction* a, const IndexedConjunction* b) { return a->owner < b->owner; }

// The order of the bits. What one value of a session refuses should be whole words, and words that one value refuses
// cost next to nothing. So conjunctions with the same kinds of condition stand together, and of these the ones with
// equal idle limits. Within a word the lowest bit has the lowest owner, and full words are in the order of theirs, so
// that a search can stop at the first word that cannot beat what it has found.
std::vector<const IndexedConjunction*> OrderOfBits(const std::vector<IndexedConjunction>& conjunctions) {
  std::vector<std::pair<std::pair<uint64_t, int64_t>, const IndexedConjunction*>> keyed;
  for (const IndexedConjunction& conjunction : conjunctions) {
    keyed.push_back({{KindsOf(conjunction), IdleNeeded(conjunction)}, &conjunction});
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::vector<const IndexedConjunction*>> words;
  for (size_t i = 0; i < keyed.size(); ++i) {
    if (i % 64 == 0) words.emplace_back();
    words.back().push_back(keyed[i].second);
  }
  for (auto& word : words) std::stable_sort(word.begin(), word.end(), ByOwner);
  const auto full_end = words.end() - (keyed.size() % 64 != 0 ? 1 : 0);  // a word that is not full stays last
  std::sort(words.begin(), full_end, [](const auto& a, const auto& b) { return ByOwner(a.front(), b.front()); });
  std::vector<const IndexedConjunction*> order;
  for (const auto& word : words) order.insert(order.end(), word.begin(), word.end());
  return order;
}

}  // namespace

PatternIndex& PatternIndexes::Of(Field field) {
  static_assert(
      AreAll<HasPatterns>({Field::kUsers, Field::kClients, Field::kServers, Field::kClientTypes, Field::kTransports}));
  switch (field) {
    case Field::kUsers:
      return users;
    case Field::kClients:
      return clients;
    case Field::kServers:
    case Field::kClientTypes:
    case Field::kTransports:
      return texts;
    default:
      break;
  }
  return texts;
}

ConjunctionIndex::ConjunctionIndex(const std::vector<IndexedConjunction>& conjunctions, Certainty certainty,
                                   PatternIndexes& patterns)
    : certainty_(certainty),
      patterns_([&](Field) { return PatternDimension(conjunctions.size(), certainty); }),
      numbers_([&](Field) { return IntervalDimension(conjunctions.size(), certainty); }),
      idle_lower_bound_(conjunctions.size(), certainty),
      least_owners_(WordsFor(conjunctions.size())),
      labels_needed_(conjunctions.size()),
      without_labels_(AllBits(conjunctions.size())) {
  guests_.fill(AllBits(conjunctions.size()));
  for (const IndexedConjunction* conjunction : OrderOfBits(conjunctions)) {
    const size_t bit = owners_.size();
    owners_.push_back(conjunction->owner);
    for (const ResolvedCondition* condition : conjunction->conditions) Add(bit, *condition, patterns);
  }
  int32_t least = std::numeric_limits<int32_t>::max();
  for (size_t bit = owners_.size(); bit-- > 0;) least_owners_[bit / 64] = least = std::min(least, owners_[bit]);
}

void ConjunctionIndex::Finish(const PatternIndexes& patterns) {
  for (const Field field : kFieldsThat<HasPatterns>) patterns_[field].Finish(patterns.Of(field));
  for (IntervalDimension& numbers : numbers_) numbers.Finish();
  idle_lower_bound_.Finish();
}

void ConjunctionIndex::Add(size_t bit, const ResolvedCondition& condition, PatternIndexes& patterns) {
  const Field field = condition.field;
  switch (condition.info().kind) {
    case FieldKind::kTime:
      return AddTime(bit, field, std::get<TimeBounds>(condition.value));
    case FieldKind::kCount:
      return numbers_[field].Add(bit, std::get<CountBounds>(condition.value));
    case FieldKind::kPatterns:
      return patterns_[field].Add(bit, std::get<PatternLists<PatternSet>>(condition.value), patterns.Of(field));
    case FieldKind::kServers: {
      const auto& servers = std::get<ServerTests<PatternSet>>(condition.value);
      patterns_[field].Add(bit, servers.names, patterns.Of(field));
      for (const LabelTest& test : servers.labels) AddLabel(bit, test);
      return;
    }
    case FieldKind::kFlag:
      return AddGuest(bit, std::get<bool>(condition.value));
    case FieldKind::kWindows:
      return AddWindows(bit, std::get<Windows>(condition.value));
  }
}

void ConjunctionIndex::AddTime(size_t bit, Field field, const TimeBounds& bounds) {
  numbers_[field].Add(bit, bounds);
  if (field == Field::kIdle) idle_lower_bound_.AddForLowerBounds(bit, bounds);
  times_.push_back({bit, field, bounds});
}

void ConjunctionIndex::AddLabel(size_t bit, const LabelTest& test) {
  ++labels_needed_[bit];
  SetBit(absl::MakeSpan(without_labels_), bit, false);
  const absl::flat_hash_set<std::string> distinct(test.values.begin(), test.values.end());
  for (const std::string& value : distinct) {
    bits_of_label_[{test.label, value}].push_back(static_cast<uint32_t>(bit));
  }
}

static_assert(AreAll<IsFlag>({Field::kGuest}), "guests_ is about the one flag that there is");

void ConjunctionIndex::AddGuest(size_t bit, bool guest) {
  guest_active_ = true;
  SetBit(absl::MakeSpan(guests_[guest ? kGuestKnown : (kGuestKnown | kGuest)]), bit, false);
  if (certainty_ == Certainty::kCertain) SetBit(absl::MakeSpan(guests_[0]), bit, false);
}

// Looks at so many of those before only: policies use few different windows, or none twice.
void ConjunctionIndex::AddWindows(size_t bit, const Windows& windows) {
  constexpr ptrdiff_t kLooks = 64;
  const auto end = open_times_.end();
  const auto same = std::find_if(end - std::min(kLooks, end - open_times_.begin()), end,
                                 [&](const OpenTimes& times) { return *times.windows == windows; });
  if (same != end) {
    same->bits.push_back(bit);
  } else {
    open_times_.push_back({&windows, {bit}});
  }
}

void ConjunctionIndex::FilterByLabels(const std::map<std::string, std::string>& labels, BitWords& words) const {
  if (bits_of_label_.empty()) return;
  BitWords accepted = without_labels_;
  absl::flat_hash_map<uint32_t, uint32_t> fulfilled;
  for (const auto& [label, value] : labels) {
    const auto bits = bits_of_label_.find({label, value});
    if (bits == bits_of_label_.end()) continue;
    for (const uint32_t bit : bits->second) {
      if (++fulfilled[bit] == labels_needed_[bit]) SetBit(absl::MakeSpan(accepted), bit, true);
    }
  }
  for (size_t i = 0; i < words.size(); ++i) words[i] &= accepted[i];
}

BitWords ConjunctionIndex::Accepting(absl::Time at) const {
  BitWords words = AllBits(bits());
  for (const OpenTimes& times : open_times_) {
    const bool holds = std::any_of(times.windows->begin(), times.windows->end(),
                                   [&](const Window& window) { return window.Contains(at); });
    if (holds) continue;
    for (const size_t bit : times.bits) SetBit(absl::MakeSpan(words), bit, false);
  }
  return words;
}

}  // namespace idlewarden::policy
