#include "policy/matcher/conjunction_matcher.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace idlewarden::policy {
namespace {

constexpr int32_t kNobody = std::numeric_limits<int32_t>::max();

constexpr bool IsNumberOfSession(const FieldInfo& info) { return IsNumber(info) && IsOfSession(info); }
constexpr bool IsNumberOfServer(const FieldInfo& info) { return IsNumber(info) && info.scope == FieldScope::kServer; }

uint32_t NumberOfServer(Field field, const SessionRows& rows) {
  static_assert(AreAll<IsNumberOfServer>({Field::kServerSessions}));
  switch (field) {
    case Field::kServerSessions:
      return static_cast<uint32_t>(rows.size());
    default:
      return kUnknownNumber;
  }
}

// Clears the conjunctions that do not accept the numbers that are the same for all sessions of a server.
void FilterByNumbers(const ConjunctionIndex& index, const SessionRows& rows, BitWords& words) {
  for (const Field field : kFieldsThat<IsNumberOfServer>) {
    const IntervalDimension& numbers = index.numbers(field);
    if (!numbers.active()) continue;
    const uint64_t* accepting = numbers.Accepting(NumberOfServer(field, rows)) + numbers.sets().summary_words();
    for (size_t i = 0; i < words.size(); ++i) words[i] &= accepting[i];
  }
}

}  // namespace

ConjunctionMatcher::ConjunctionMatcher(const ValueLookups& lookups, size_t number, absl::Time at)
    : lookups_(lookups),
      number_(number),
      index_(*lookups.index().conjunctions()[number]),
      at_(index_.Accepting(at)),
      guests_(GuestSets(index_)) {}

ConjunctionMatcher::Server::Server(const ConjunctionMatcher& matcher, const ServerBlock& server)
    : matcher_(matcher), index_(matcher.index_), rows_(*server.rows) {
  BitWords words = matcher.at_;
  FilterByServer(matcher.lookups_, index_, server, words);
  FilterByNumbers(index_, rows_, words);
  common_ = WithSummary(index_, words);
  summary_words_ = common_.size() - words.size();
  // Where all rules are about other servers or other times, the rows need not be looked at.
  nothing_ = std::all_of(words.begin(), words.end(), [](uint64_t word) { return word == 0; });
}

void ConjunctionMatcher::Server::FirstMatches(absl::Span<const uint32_t> rows, int32_t* matches) const {
  if (nothing_) {
    std::fill_n(matches, rows.size(), -1);
    return;
  }
  RowBatch sets(rows);
  // Texts first: their sets are on their way from memory while those of numbers, which are in caches, are found.
  sets.AddTexts(matcher_.lookups_, matcher_.number_, rows_);
  AddNumbers(sets);
  if (index_.guest_active()) sets.AddGuests(matcher_.guests_, rows_);
  // Within a word bits are in the order of their owners: the first bit is the match, and a summary would save nothing.
  if (index_.bits() <= 64) {
    SearchOneWord(sets, matches);
  } else {
    SearchBySummary(sets, matches);
  }
}

void ConjunctionMatcher::Server::AddNumbers(RowBatch& sets) const {
  for (const Field field : kFieldsThat<IsNumberOfSession>) {
    if (index_.numbers(field).active()) AddNumber(field, sets);
  }
}

void ConjunctionMatcher::Server::AddNumber(Field field, RowBatch& sets) const {
  const IntervalDimension& numbers = index_.numbers(field);
  const auto add = [&](const auto& number_of) {
    sets.Add([&](uint32_t row) { return numbers.Accepting(number_of(row)); });
  };
  static_assert(AreAll<IsNumberOfSession>({Field::kIdle, Field::kAge, Field::kOpenFiles, Field::kUserSessions}));
  switch (field) {
    case Field::kIdle:
      // Nearly all servers report exact idle times only; theirs cost no look at the flags.
      if (!rows_.has_idle_bounds) return add([this](uint32_t row) { return rows_.idle[row]; });
      return sets.Add([&](uint32_t row) {
        return (rows_.flags[row] & kIdleAtLeast ? index_.idle_lower_bound() : numbers).Accepting(rows_.idle[row]);
      });
    case Field::kAge:
      return add([this](uint32_t row) { return rows_.age[row]; });
    case Field::kOpenFiles:
      return add([this](uint32_t row) { return rows_.open_files[row]; });
    case Field::kUserSessions:
      return add([this](uint32_t row) {
        const uint32_t group = rows_.user_group[row];
        // Sessions without a user are of one group, but nobody knows whether they are of one user.
        return rows_.user_known[group] ? rows_.user_sessions[group] : kUnknownNumber;
      });
    default:
      break;
  }
}

void ConjunctionMatcher::Server::SearchOneWord(const RowBatch& sets, int32_t* matches) const {
  std::array<uint64_t, kMaxRows> bits;
  sets.AndAll(summary_words_, common_[summary_words_], bits.data());
  for (size_t i = 0; i < sets.size(); ++i) {
    matches[i] = bits[i] == 0 ? -1 : index_.owner(std::countr_zero(bits[i]));
  }
}

void ConjunctionMatcher::Server::SearchBySummary(const RowBatch& sets, int32_t* matches) const {
  // All rows of the batch by one summary word after the other, so that the processor has many independent loads to wait
  // for at once. What a row has found already bounds what it is searched for in later words.
  std::fill_n(matches, sets.size(), kNobody);
  std::array<uint64_t, kMaxRows> candidates;
  for (size_t word = 0; word < summary_words_; ++word) {
    sets.AndAll(word, common_[word], candidates.data());
    for (size_t i = 0; i < sets.size(); ++i) {
      if (candidates[i] != 0) matches[i] = FirstOf(sets, i, word, candidates[i], matches[i]);
    }
  }
  std::replace(matches, matches + sets.size(), kNobody, -1);
}

int32_t ConjunctionMatcher::Server::FirstOf(const RowBatch& sets, size_t i, size_t summary_word, uint64_t candidates,
                                            int32_t best) const {
  for (; candidates != 0; candidates &= candidates - 1) {
    const size_t word = summary_word * 64 + std::countr_zero(candidates);
    // Words are about in the order of their owners, so this ends most searches at their first word.
    if (index_.least_owner_from(word) >= best) return best;
    // The AND of summaries may be set where that of the words is empty: each set has some bit there, but not the same.
    const uint64_t bits = sets.And(i, summary_words_ + word, common_[summary_words_ + word]);
    if (bits != 0) best = std::min(best, index_.owner(word * 64 + std::countr_zero(bits)));
  }
  return best;
}

}  // namespace idlewarden::policy
