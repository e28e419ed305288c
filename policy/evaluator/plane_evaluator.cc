#include "policy/evaluator/plane_evaluator.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace idlewarden::policy {
namespace {

// Looks up the values with these ids; `find(id, answers)` gives what the lists answer.
template <typename Find>
void LookUp(const PatternDimension& dimension, const std::vector<uint32_t>& ids, const Find& find,
            std::vector<uint32_t>& set_of, BitSets& sets) {
  set_of.resize(ids.empty() ? 0 : ids.back() + 1);
  ListAnswers answers;
  PatternDimension::Scratch scratch;
  BitWords words;
  for (const uint32_t id : ids) {
    find(id, answers);
    dimension.Accepting(answers, scratch, words);
    set_of[id] = sets.Add(words);
  }
}

void AndInto(BitWords& words, const uint64_t* other) {
  for (size_t i = 0; i < words.size(); ++i) words[i] &= other[i];
}

}  // namespace

PlaneEvaluator::PlaneEvaluator(const PlaneIndex& index, const PatternIndexes& patterns, const ValuesInUse& values,
                               absl::Time at)
    : index_(index),
      patterns_(patterns),
      at_(index.Accepting(at)),
      users_(index.bits()),
      clients_(index.bits()),
      client_types_(index.bits()),
      transports_(index.bits()),
      guests_(index.bits()) {
  for (uint8_t flags = 0; flags < guest_sets_.size(); ++flags) guest_sets_[flags] = guests_.Add(index.Guest(flags));
  if (empty()) return;
  users_.active = index.users.active();
  if (users_.active) {
    const auto find = [&](uint32_t id, ListAnswers& answers) {
      patterns.users.FindUser(values.pools->users()[id], answers);
    };
    LookUp(index.users, values.users, find, users_.set_of, users_.sets);
  }
  clients_.active = index.clients.active();
  if (clients_.active) {
    const auto find = [&](uint32_t id, ListAnswers& answers) {
      patterns.clients.FindClient(values.pools->clients()[id], answers);
    };
    LookUp(index.clients, values.clients, find, clients_.set_of, clients_.sets);
  }
  LookUpTexts(index.client_types, patterns.texts, values, client_types_);
  LookUpTexts(index.transports, patterns.texts, values, transports_);
}

void PlaneEvaluator::LookUpTexts(const PatternDimension& dimension, const PatternIndex& patterns,
                                 const ValuesInUse& values, Lookup& lookup) const {
  lookup.active = dimension.active();
  if (!lookup.active) return;
  const auto find = [&](uint32_t id, ListAnswers& answers) {
    patterns.FindText(values.pools->texts()[id].folded, answers);
  };
  LookUp(dimension, values.texts, find, lookup.set_of, lookup.sets);
  PatternDimension::Scratch scratch;
  BitWords words;
  dimension.Accepting({DefaultAnswers::kUnknown, {}}, scratch, words);
  lookup.unknown = lookup.sets.Add(words);
}

PlaneEvaluator::Server::Server(const PlaneEvaluator& plane, const ServerBlock& server)
    : plane_(plane), index_(plane.index_), rows_(*server.rows) {
  BitWords words = plane.at_;
  if (index_.servers.active()) {
    ListAnswers answers;
    PatternDimension::Scratch scratch;
    BitWords accepting;
    plane.patterns_.texts.FindText(server.folded_name, answers);
    index_.servers.Accepting(answers, scratch, accepting);
    AndInto(words, accepting.data());
  }
  index_.FilterByLabels(server.labels, words);
  if (index_.server_sessions.active()) {
    const uint32_t set = index_.server_sessions.Accepting(static_cast<uint32_t>(rows_.size()));
    AndInto(words, index_.server_sessions.sets().Words(set));
  }
  BitSets common(index_.bits());
  const uint64_t* stored = common.Summary(common.Add(words));
  common_.assign(stored, stored + common.summary_words() + common.words());
  nothing_ = std::all_of(words.begin(), words.end(), [](uint64_t word) { return word == 0; });
}

int32_t PlaneEvaluator::Server::FirstMatch(size_t row) const {
  if (nothing_) return -1;
  std::array<const uint64_t*, kMaxDimensions> sets;
  size_t count = 0;
  sets[count++] = common_.data();
  const auto add_number = [&](const IntervalDimension& numbers, uint32_t value, bool known) {
    if (!numbers.active()) return;
    sets[count++] = numbers.sets().Summary(known ? numbers.Accepting(value) : numbers.AcceptingUnknown());
  };
  add_number(index_.idle, rows_.idle[row], rows_.idle[row] != kUnknownNumber);
  add_number(index_.age, rows_.age[row], rows_.age[row] != kUnknownNumber);
  add_number(index_.open_files, rows_.open_files[row], rows_.open_files[row] != kUnknownNumber);
  if (plane_.users_.active) sets[count++] = plane_.users_.Set(rows_.user[row]);
  if (plane_.clients_.active) sets[count++] = plane_.clients_.Set(rows_.client[row]);
  if (index_.user_sessions.active()) {
    const uint32_t group = rows_.user_group[row];
    add_number(index_.user_sessions, rows_.user_sessions[group], rows_.user_known[group]);
  }
  if (plane_.client_types_.active) sets[count++] = plane_.client_types_.Set(rows_.client_type[row]);
  if (plane_.transports_.active) sets[count++] = plane_.transports_.Set(rows_.transport[row]);
  if (index_.guest_active()) {
    sets[count++] = plane_.guests_.Summary(plane_.guest_sets_[rows_.flags[row] & (kGuestKnown | kGuest)]);
  }
  return FirstInAll(sets.data(), count);
}

void PlaneEvaluator::Server::Prefetch(size_t row) const {
  if (row >= rows_.size() || nothing_) return;
  if (plane_.users_.active) __builtin_prefetch(plane_.users_.Set(rows_.user[row]));
  if (plane_.clients_.active) __builtin_prefetch(plane_.clients_.Set(rows_.client[row]));
}

int32_t PlaneEvaluator::Server::FirstInAll(const uint64_t* const* sets, size_t count) const {
  const size_t summary_words = plane_.guests_.summary_words();
  int32_t best = std::numeric_limits<int32_t>::max();
  for (size_t s = 0; s < summary_words; ++s) {
    uint64_t candidates = sets[0][s];
    for (size_t i = 1; i < count; ++i) candidates &= sets[i][s];
    for (; candidates != 0; candidates &= candidates - 1) {
      const size_t word = s * 64 + std::countr_zero(candidates);
      if (index_.least_owner_from(word) >= best) return best;
      uint64_t bits = sets[0][summary_words + word];
      for (size_t i = 1; i < count && bits != 0; ++i) bits &= sets[i][summary_words + word];
      if (bits != 0) best = std::min(best, index_.owner(word * 64 + std::countr_zero(bits)));
    }
  }
  return best == std::numeric_limits<int32_t>::max() ? -1 : best;
}

}  // namespace idlewarden::policy
