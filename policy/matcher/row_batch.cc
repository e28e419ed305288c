#include "policy/matcher/row_batch.h"

#include <algorithm>

namespace idlewarden::policy {

void RowBatch::AddTexts(const ValueLookups& lookups, size_t number, const SessionRows& columns) {
  const ConjunctionIndex& index = *lookups.index().conjunctions()[number];
  summary_words_ = WordsFor(WordsFor(index.bits()));
  for (const Field field : kFieldsThat<IsTextOfSession>) {
    if (!index.patterns(field).active()) continue;
    const EquivalenceClasses::Sets sets = lookups.classes(field).sets(number);
    if (!sets.all().whole()) parts_[in_parts_++] = &sets.all();
    const std::vector<uint32_t>& column = TextColumn(field, columns);
    Add([&](uint32_t row) {
      const uint64_t* set = sets.Accepting(column[row]);
      __builtin_prefetch(set);
      return set;
    });
  }
}

void RowBatch::AndAll(size_t word, uint64_t common, uint64_t* result) const {
  const size_t count = rows_.size();
  std::fill_n(result, count, common);
  for (size_t dimension = 0; dimension < dimensions_; ++dimension) {
    const uint64_t* const* sets = sets_[dimension].data();
    for (size_t i = 0; i < count; ++i) result[i] &= sets[i][word];
  }
}

BitSets GuestSets(const ConjunctionIndex& index) {
  BitSets guests(index.bits());
  for (uint8_t flags = 0; flags < 4; ++flags) guests.Add(index.Guest(flags));
  return guests;
}

void FilterByServer(const ValueLookups& lookups, const ConjunctionIndex& index, const ServerBlock& server,
                    BitWords& words) {
  const PatternDimension& servers = index.patterns(Field::kServers);
  if (servers.active()) {
    ListAnswers answers;
    PatternDimension::Scratch scratch;
    BitWords accepting;
    lookups.index().patterns().texts.FindText(server.folded_name, answers);
    servers.Accepting(answers, {}, scratch, accepting);
    for (size_t i = 0; i < words.size(); ++i) words[i] &= accepting[i];
  }
  index.FilterByLabels(server.labels, words);
}

std::vector<uint64_t> WithSummary(const ConjunctionIndex& index, const BitWords& words) {
  BitSets sets(index.bits());
  const uint64_t* stored = sets.Summary(sets.Add(words));
  return {stored, stored + sets.summary_words() + sets.words()};
}

}  // namespace idlewarden::policy
