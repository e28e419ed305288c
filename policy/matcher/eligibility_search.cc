#include "policy/matcher/eligibility_search.h"

#include <algorithm>
#include <bit>

#include "policy/matcher/policy_index.h"

namespace idlewarden::policy {
namespace {

BitWords AcceptingServer(const ValueLookups& lookups, const ConjunctionIndex& index, const ServerBlock& server) {
  BitWords words = AllBits(index.bits());
  FilterByServer(lookups, index, server, words);
  return words;
}

}  // namespace

EligibilitySearch::EligibilitySearch(const ValueLookups& lookups, const ServerBlock& server)
    : lookups_(lookups),
      index_(*lookups.index().conjunctions()[PolicyIndex::kRules]),
      eligibility_(lookups.index().eligibility()),
      rows_(*server.rows),
      guests_(GuestSets(index_)),
      summary_words_(guests_.summary_words()),
      common_(WithSummary(index_, AcceptingServer(lookups, index_, server))) {}

EligibilitySearch::Rows::Rows(const EligibilitySearch& search, absl::Span<const uint32_t> rows, int64_t within)
    : sets(rows) {
  const SessionRows& columns = search.rows_;
  const EligibilityIndex& eligibility = search.eligibility_;
  // Texts, guests, and age twice. Idle times stand beside.
  static_assert(RowBatch::kMaxTexts + 3 <= RowBatch::kMaxDimensions);
  sets.AddTexts(search.lookups_, PolicyIndex::kRules, columns);
  if (search.index_.guest_active()) sets.AddGuests(search.guests_, columns);
  if (eligibility.limits_age()) {
    sets.Add([&](uint32_t row) { return eligibility.Age(columns.age[row], within); });
    sets.Add([&](uint32_t row) { return eligibility.AgeStillBelow(columns.age[row]); });
  }
  // Conditions on counts and windows get no dimension: what changes by itself counts as fulfilled.
  for (size_t i = 0; i < rows.size(); ++i) {
    const EligibilityIndex::Idle of_row = search.IdleOf(rows[i]);
    idle[i] = {eligibility.IdleReached(of_row, within), eligibility.IdleStillBelow(of_row),
               eligibility.IdleRestarted(of_row, within)};
  }
}

// Few rows at first: what they come to spares the later ones most of their conjunctions.
int64_t EligibilitySearch::Soonest(absl::Span<const uint32_t> rows, int64_t best, Counts counts) const {
  for (size_t count = 1; !rows.empty() && best > 0; count = std::min(2 * count, RowBatch::kMaxRows)) {
    best = SoonestOf(Rows(*this, rows.subspan(0, count), best), best, counts);
    rows.remove_prefix(std::min(count, rows.size()));
  }
  return best;
}

int64_t EligibilitySearch::SoonestOf(const Rows& rows, int64_t best, Counts counts) const {
  std::array<uint64_t, RowBatch::kMaxRows> candidates;
  for (size_t word = 0; word < summary_words_; ++word) {
    rows.sets.AndAll(word, common_[word], candidates.data());
    for (size_t i = 0; i < rows.sets.size(); ++i) {
      // The sets were made for the best before this batch. A better one may have been found since: they are then wider
      // than they need be, never too narrow.
      const uint64_t reached = rows.idle[i].And(word, candidates[i]);
      if (reached != 0) best = SoonestOf(rows, i, word, reached, best, counts);
    }
  }
  return best;
}

int64_t EligibilitySearch::SoonestOf(const Rows& rows, size_t i, size_t summary_word, uint64_t candidates, int64_t best,
                                     Counts counts) const {
  const uint32_t row = rows.sets.row(i);
  bool counted = false;
  for (; candidates != 0; candidates &= candidates - 1) {
    const size_t word = summary_word * 64 + std::countr_zero(candidates);
    const size_t place = summary_words_ + word;
    uint64_t bits = rows.idle[i].And(place, rows.sets.And(i, place, common_[place]));
    if (bits == 0) continue;
    // Asked late: it needs the row's strings, and most rows have no bit left here.
    if (!counted && !counts(row)) return best;
    counted = true;
    // The sets are a superset (a conjunction may have several limits of idle time): what remains is reckoned exactly.
    for (; bits != 0; bits &= bits - 1) {
      const size_t bit = word * 64 + std::countr_zero(bits);
      best = std::min(best, eligibility_.SecondsUntil(bit, IdleOf(row), rows_.age[row]));
    }
  }
  return best;
}

}  // namespace idlewarden::policy
