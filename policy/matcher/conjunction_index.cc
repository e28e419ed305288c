#include "policy/matcher/conjunction_index.h"

#include <algorithm>
#include <limits>

#include "absl/container/flat_hash_set.h"

namespace idlewarden::policy {
namespace {

// A number below 32 for each kind of condition: by what sessions it is about, and whether it selects or excludes.
uint32_t KindOf(const Condition& condition) {
  constexpr uint32_t kCounts = std::variant_size_v<Condition>;
  constexpr uint32_t kPatterns = kCounts + 3;
  if (const auto* count = std::get_if<CountCondition>(&condition)) return kCounts + static_cast<uint32_t>(count->field);
  if (const auto* patterns = std::get_if<PatternCondition>(&condition)) {
    return kPatterns + 2 * static_cast<uint32_t>(patterns->field) + (patterns->in.has_value() ? 0 : 1);
  }
  return static_cast<uint32_t>(condition.index());
}

bool IsIdle(const Condition& condition) {
  const auto* time = std::get_if<TimeCondition>(&condition);
  return time != nullptr && time->field == TimeCondition::Field::kIdle;
}

// The kinds of a conjunction's conditions, as bits. Idle limits are told apart by themselves.
uint32_t KindsOf(const IndexedConjunction& conjunction) {
  uint32_t kinds = 0;
  for (const Condition* condition : conjunction.conditions) {
    if (!IsIdle(*condition)) kinds |= uint32_t{1} << KindOf(*condition);
  }
  return kinds;
}

int64_t IdleNeeded(const IndexedConjunction& conjunction) {
  int64_t seconds = 0;
  for (const Condition* condition : conjunction.conditions) {
    if (!IsIdle(*condition)) continue;
    seconds = std::max(seconds, std::get<TimeCondition>(*condition).bounds.at_least.value_or(0));
  }
  return seconds;
}

bool ByOwner(const IndexedConjunction* a, const IndexedConjunction* b) { return a->owner < b->owner; }

// The order of the bits. What one value of a session refuses should be whole words, and words that one value refuses
// cost next to nothing. So conjunctions with the same kinds of condition stand together, and of these the ones with
// equal idle limits. Within a word the lowest bit has the lowest owner, and full words are in the order of theirs, so
// that a search can stop at the first word that cannot beat what it has found.
std::vector<const IndexedConjunction*> OrderOfBits(const std::vector<IndexedConjunction>& conjunctions) {
  std::vector<std::pair<std::pair<uint32_t, int64_t>, const IndexedConjunction*>> keyed;
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

ConjunctionIndex::ConjunctionIndex(const std::vector<IndexedConjunction>& conjunctions, Certainty plane,
                                   PatternIndexes& patterns)
    : users(conjunctions.size(), plane),
      clients(conjunctions.size(), plane),
      client_types(conjunctions.size(), plane),
      transports(conjunctions.size(), plane),
      servers(conjunctions.size(), plane),
      idle(conjunctions.size(), plane),
      idle_lower_bound(conjunctions.size(), plane),
      age(conjunctions.size(), plane),
      open_files(conjunctions.size(), plane),
      user_sessions(conjunctions.size(), plane),
      server_sessions(conjunctions.size(), plane),
      plane_(plane),
      least_owners_(WordsFor(conjunctions.size())),
      labels_needed_(conjunctions.size()),
      without_labels_(AllBits(conjunctions.size())) {
  guests_.fill(AllBits(conjunctions.size()));
  for (const IndexedConjunction* conjunction : OrderOfBits(conjunctions)) {
    const size_t bit = owners_.size();
    owners_.push_back(conjunction->owner);
    for (const Condition* condition : conjunction->conditions) Add(bit, *condition, patterns);
  }
  int32_t least = std::numeric_limits<int32_t>::max();
  for (size_t bit = owners_.size(); bit-- > 0;) least_owners_[bit / 64] = least = std::min(least, owners_[bit]);
}

void ConjunctionIndex::Finish(const PatternIndexes& patterns) {
  users.Finish(patterns.users);
  clients.Finish(patterns.clients);
  for (PatternDimension* texts : {&client_types, &transports, &servers}) texts->Finish(patterns.texts);
  for (IntervalDimension* numbers : {&idle, &idle_lower_bound, &age, &open_files, &user_sessions, &server_sessions}) {
    numbers->Finish();
  }
}

void ConjunctionIndex::Add(size_t bit, const Condition& condition, PatternIndexes& patterns) {
  if (const auto* time = std::get_if<TimeCondition>(&condition)) {
    const bool is_idle = time->field == TimeCondition::Field::kIdle;
    (is_idle ? idle : age).Add(bit, time->bounds);
    if (is_idle) idle_lower_bound.AddForLowerBounds(bit, time->bounds);
    times_.emplace_back(bit, time);
  } else if (const auto* count = std::get_if<CountCondition>(&condition)) {
    IntervalDimension& numbers = count->field == CountCondition::Field::kOpenFiles        ? open_files
                                 : count->field == CountCondition::Field::kServerSessions ? server_sessions
                                                                                          : user_sessions;
    numbers.Add(bit, count->bounds);
  } else if (const auto* pattern = std::get_if<PatternCondition>(&condition)) {
    AddPattern(bit, *pattern, patterns);
  } else if (const auto* label = std::get_if<LabelCondition>(&condition)) {
    AddLabel(bit, *label);
  } else if (const auto* guest = std::get_if<GuestCondition>(&condition)) {
    guest_active_ = true;
    SetBit(absl::MakeSpan(guests_[guest->guest ? kGuestKnown : (kGuestKnown | kGuest)]), bit, false);
    if (plane_ == Certainty::kCertain) SetBit(absl::MakeSpan(guests_[0]), bit, false);
  } else if (const auto* during = std::get_if<DuringCondition>(&condition)) {
    AddDuring(bit, *during);
  }
}

void ConjunctionIndex::AddPattern(size_t bit, const PatternCondition& condition, PatternIndexes& patterns) {
  switch (condition.field) {
    case PatternCondition::Field::kUsers:
      return users.Add(bit, condition, patterns.users);
    case PatternCondition::Field::kClients:
      return clients.Add(bit, condition, patterns.clients);
    case PatternCondition::Field::kServers:
      return servers.Add(bit, condition, patterns.texts);
    case PatternCondition::Field::kClientTypes:
      return client_types.Add(bit, condition, patterns.texts);
    case PatternCondition::Field::kTransports:
      return transports.Add(bit, condition, patterns.texts);
  }
}

void ConjunctionIndex::AddLabel(size_t bit, const LabelCondition& condition) {
  ++labels_needed_[bit];
  SetBit(absl::MakeSpan(without_labels_), bit, false);
  const absl::flat_hash_set<std::string> distinct(condition.values.begin(), condition.values.end());
  for (const std::string& value : distinct) {
    bits_of_label_[{condition.label, value}].push_back(static_cast<uint32_t>(bit));
  }
}

// Looks at so many of those before only: policies use few different windows, or none twice.
void ConjunctionIndex::AddDuring(size_t bit, const DuringCondition& condition) {
  constexpr ptrdiff_t kLooks = 64;
  const auto end = windows_.end();
  const auto same = std::find_if(end - std::min(kLooks, end - windows_.begin()), end,
                                 [&](const During& during) { return during.condition->windows == condition.windows; });
  if (same != end) {
    same->bits.push_back(bit);
  } else {
    windows_.push_back({&condition, {bit}});
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
  for (const During& during : windows_) {
    const std::vector<Window>& windows = during.condition->windows;
    const bool holds =
        std::any_of(windows.begin(), windows.end(), [&](const Window& window) { return window.Contains(at); });
    if (holds) continue;
    for (const size_t bit : during.bits) SetBit(absl::MakeSpan(words), bit, false);
  }
  return words;
}

}  // namespace idlewarden::policy
