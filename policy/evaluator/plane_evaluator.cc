#include "policy/evaluator/plane_evaluator.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace idlewarden::policy {
namespace {

constexpr int32_t kNobody = std::numeric_limits<int32_t>::max();

void AndInto(BitWords& words, const uint64_t* other) {
  for (size_t i = 0; i < words.size(); ++i) words[i] &= other[i];
}

}  // namespace

PlaneEvaluator::PlaneEvaluator(const ValueLookups& lookups, size_t plane, absl::Time at)
    : lookups_(lookups),
      plane_(plane),
      index_(*lookups.index().planes()[plane]),
      at_(index_.Accepting(at)),
      guests_(index_.bits()) {
  for (uint8_t flags = 0; flags < 4; ++flags) guests_.Add(index_.Guest(flags));
}

PlaneEvaluator::Server::Server(const PlaneEvaluator& plane, const ServerBlock& server)
    : lookups_(plane.lookups_), plane_(plane), index_(plane.index_), rows_(*server.rows) {
  BitWords words = plane.at_;
  if (index_.servers.active()) {
    ListAnswers answers;
    PatternDimension::Scratch scratch;
    BitWords accepting;
    lookups_.index().patterns().texts.FindText(server.folded_name, answers);
    index_.servers.Accepting(answers, scratch, accepting);
    AndInto(words, accepting.data());
  }
  index_.FilterByLabels(server.labels, words);
  if (index_.server_sessions.active()) {
    const uint64_t* summary = index_.server_sessions.Accepting(static_cast<uint32_t>(rows_.size()));
    AndInto(words, summary + index_.server_sessions.sets().summary_words());
  }
  BitSets common(index_.bits());
  const uint64_t* stored = common.Summary(common.Add(words));
  common_.assign(stored, stored + common.summary_words() + common.words());
  summary_words_ = common.summary_words();
  nothing_ = std::all_of(words.begin(), words.end(), [](uint64_t word) { return word == 0; });
}

void PlaneEvaluator::Server::FirstMatches(absl::Span<const uint32_t> rows, int32_t* matches) const {
  if (nothing_) {
    std::fill_n(matches, rows.size(), -1);
    return;
  }
  Accepting accepting;
  accepting.rows = rows;
  GatherTexts(accepting);
  GatherNumbers(accepting);
  GatherGuests(accepting);
  if (index_.bits() <= 64) {
    SearchOneWord(accepting, matches);
  } else {
    SearchBySummary(accepting, matches);
  }
}

void PlaneEvaluator::Server::GatherTexts(Accepting& accepting) const {
  const auto gather = [&](const PatternDimension& patterns, const ValueClasses& values,
                          const std::vector<uint32_t>& column) {
    if (!patterns.active()) return;
    const ValueClasses::Sets sets = values.sets(plane_.plane_);
    auto* gathered = accepting.sets[accepting.dimensions++].data();
    for (const uint32_t row : accepting.rows) {
      *gathered = sets.Accepting(column[row]);
      __builtin_prefetch(*gathered++);
    }
  };
  gather(index_.users, lookups_.users(), rows_.user);
  gather(index_.clients, lookups_.clients(), rows_.client);
  gather(index_.client_types, lookups_.client_types(), rows_.client_type);
  gather(index_.transports, lookups_.transports(), rows_.transport);
}

void PlaneEvaluator::Server::GatherNumbers(Accepting& accepting) const {
  const auto gather = [&](const IntervalDimension& numbers, const auto& number_of) {
    if (!numbers.active()) return;
    auto* gathered = accepting.sets[accepting.dimensions++].data();
    for (const uint32_t row : accepting.rows) *gathered++ = numbers.Accepting(number_of(row));
  };
  gather(index_.idle, [this](uint32_t row) { return rows_.idle[row]; });
  gather(index_.age, [this](uint32_t row) { return rows_.age[row]; });
  gather(index_.open_files, [this](uint32_t row) { return rows_.open_files[row]; });
  gather(index_.user_sessions, [this](uint32_t row) {
    const uint32_t group = rows_.user_group[row];
    return rows_.user_known[group] ? rows_.user_sessions[group] : kUnknownNumber;
  });
}

void PlaneEvaluator::Server::GatherGuests(Accepting& accepting) const {
  if (!index_.guest_active()) return;
  auto* gathered = accepting.sets[accepting.dimensions++].data();
  for (const uint32_t row : accepting.rows) {
    *gathered++ = plane_.guests_.Summary(rows_.flags[row] & (kGuestKnown | kGuest));
  }
}

void PlaneEvaluator::Server::AndAll(const Accepting& accepting, size_t word, uint64_t* result) const {
  const size_t count = accepting.rows.size();
  std::fill_n(result, count, common_[word]);
  for (size_t dimension = 0; dimension < accepting.dimensions; ++dimension) {
    const uint64_t* const* sets = accepting.sets[dimension].data();
    for (size_t i = 0; i < count; ++i) result[i] &= sets[i][word];
  }
}

void PlaneEvaluator::Server::SearchOneWord(const Accepting& accepting, int32_t* matches) const {
  std::array<uint64_t, kMaxRows> bits;
  AndAll(accepting, summary_words_, bits.data());
  for (size_t i = 0; i < accepting.rows.size(); ++i) {
    matches[i] = bits[i] == 0 ? -1 : index_.owner(std::countr_zero(bits[i]));
  }
}

void PlaneEvaluator::Server::SearchBySummary(const Accepting& accepting, int32_t* matches) const {
  const size_t count = accepting.rows.size();
  std::fill_n(matches, count, kNobody);
  std::array<uint64_t, kMaxRows> candidates;
  for (size_t word = 0; word < summary_words_; ++word) {
    AndAll(accepting, word, candidates.data());
    for (size_t i = 0; i < count; ++i) {
      if (candidates[i] != 0) matches[i] = FirstOf(accepting, i, word, candidates[i], matches[i]);
    }
  }
  std::replace(matches, matches + count, kNobody, -1);
}

int32_t PlaneEvaluator::Server::FirstOf(const Accepting& accepting, size_t row, size_t summary_word,
                                        uint64_t candidates, int32_t best) const {
  for (; candidates != 0; candidates &= candidates - 1) {
    const size_t word = summary_word * 64 + std::countr_zero(candidates);
    if (index_.least_owner_from(word) >= best) return best;
    uint64_t bits = common_[summary_words_ + word];
    for (size_t dimension = 0; dimension < accepting.dimensions && bits != 0; ++dimension) {
      bits &= accepting.sets[dimension][row][summary_words_ + word];
    }
    if (bits != 0) best = std::min(best, index_.owner(word * 64 + std::countr_zero(bits)));
  }
  return best;
}

}  // namespace idlewarden::policy
