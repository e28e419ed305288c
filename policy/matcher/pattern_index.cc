#include "policy/matcher/pattern_index.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "policy/matcher/host_answers.h"
#include "policy/model/client_name.h"

namespace idlewarden::policy {

namespace {

// Rules often repeat a few entries word for word; long lists are named, and so are one object already.
constexpr size_t kShortList = 16;

// A domain and an account as one text. No glob can run over the NUL between them: a user with one in a part of its name
// is kept as anonymous, whatever lists say.
std::string JoinedUser(absl::string_view domain, absl::string_view account) {
  return absl::StrCat(domain, absl::string_view("\0", 1), account);
}

size_t NumberOf(UserNotation notation) { return notation == UserNotation::kBackslash ? 0 : 1; }

// Equal for lists that match the same.
std::string EntriesOf(const PatternList& list) {
  std::set<std::string> entries;
  for (const Pattern& pattern : list.patterns) {
    const std::string what = pattern.kind == Pattern::Kind::kNetwork ? pattern.network.ToString()
                                                                     : JoinedUser(pattern.domain, pattern.folded);
    entries.insert(absl::StrCat(static_cast<int>(pattern.kind), what));
  }
  std::string text;
  for (const std::string& entry : entries) absl::StrAppend(&text, entry.size(), ":", entry);
  return text;
}

}  // namespace

uint32_t PatternIndex::Add(const std::shared_ptr<const PatternList>& list) {
  const auto [known, added] = numbers_.try_emplace(list.get(), static_cast<uint32_t>(has_network_.size()));
  if (!added) return known->second;
  lists_.push_back(list);  // keeps the address, by which it is known, from being another list's
  if (list->patterns.size() <= kShortList) {
    const auto [equal, is_new] = numbers_by_entries_.try_emplace(EntriesOf(*list), known->second);
    // Equal lists share a number: they answer the same, so values fall into fewer equivalence classes.
    if (!is_new) return known->second = equal->second;
  }
  const uint32_t number = known->second;
  has_network_.push_back(false);
  host_names_.push_back(0);
  for (const Pattern& pattern : list->patterns) Add(pattern, number);
  return number;
}

void PatternIndex::Add(const Pattern& pattern, uint32_t list) {
  switch (pattern.kind) {
    case Pattern::Kind::kText:
      whole_.Add(pattern.folded, list);
      break;
    case Pattern::Kind::kHost:
      whole_.Add(pattern.folded, list);
      // For names without a dot, which may be this host.
      if (absl::StrContains(pattern.folded, '.')) first_labels_.Add(FirstLabel(pattern.folded), list);
      if (pattern.folded != "*") ++host_names_[list];
      break;
    case Pattern::Kind::kAccount:
      account_.Add(pattern.folded, list);
      break;
    case Pattern::Kind::kDomain:
    case Pattern::Kind::kRealm: {
      const bool backslash = pattern.kind == Pattern::Kind::kDomain;
      DomainEntries& entries = domain_[NumberOf(backslash ? UserNotation::kBackslash : UserNotation::kAt)];
      entries.accounts.Add(pattern.folded, list);
      entries.both.Add(JoinedUser(pattern.domain, pattern.folded), list);
      break;
    }
    case Pattern::Kind::kNetwork:
      networks_.Add(pattern.network, list);
      has_network_[list] = true;
      break;
  }
}

void PatternIndex::FindUser(const UserValue& user, ListAnswers& answers) const {
  answers.lists.clear();
  answers.otherwise = user.folded.empty() ? DefaultAnswers::kUnknown : DefaultAnswers::kNo;
  if (user.folded.empty()) return;
  const auto yes = [&](uint32_t list) { answers.lists.emplace_back(list, Answer::kYes); };
  const auto unknown = [&](uint32_t list) { answers.lists.emplace_back(list, Answer::kUnknown); };
  account_.Find(user.account(), yes);
  // An entry with a domain can only be compared with one in the same notation; else the account decides between no and
  // unknown.
  for (const UserNotation notation : {UserNotation::kBackslash, UserNotation::kAt}) {
    const DomainEntries& entries = domain_[NumberOf(notation)];
    if (user.has_domain() && user.notation == notation) {
      if (!entries.both.empty()) entries.both.Find(JoinedUser(user.domain(), user.account()), yes);
    } else {
      entries.accounts.Find(user.account(), unknown);
    }
  }
}

// A glob without a dot that matches the first label matches it as a whole: a glob with one matches no text without.
void PatternIndex::FindHostName(absl::string_view name, ListAnswers& answers) const {
  const auto unknown = [&](uint32_t list) { answers.lists.emplace_back(list, Answer::kUnknown); };
  whole_.Find(name, [&](uint32_t list) { answers.lists.emplace_back(list, Answer::kYes); });
  const absl::string_view first = FirstLabel(name);
  (first.size() == name.size() ? first_labels_ : whole_).Find(first, unknown);
}

void PatternIndex::FindClient(const ClientValue& client, const HostAnswers& hosts, ListAnswers& answers) const {
  answers.lists.clear();
  answers.otherwise = DefaultAnswers::kUnknown;
  if (client.name.empty()) return;
  const auto yes = [&](uint32_t list) { answers.lists.emplace_back(list, Answer::kYes); };
  if (client.address.has_value()) networks_.Find(*client.address, yes);
  if (!client.is_address) {
    answers.otherwise = client.address.has_value() ? DefaultAnswers::kNo : DefaultAnswers::kNetworksUnknown;
    FindHostName(client.name, answers);
    return;
  }
  answers.otherwise = client.names_known() ? DefaultAnswers::kNo : DefaultAnswers::kNamesUnknown;
  whole_.FindEverything(yes);
  const absl::Span<const std::string> names = client.names();
  for (const std::string& name : names) FindHostName(name, answers);
  const std::vector<HostAnswers::Entry>* entries = hosts.Find(*client.address);
  if (entries == nullptr) return;
  for (const HostAnswers::Entry& entry : *entries) {
    // A name that the address has goes before what is known of the entry's addresses, also if it only may be the same.
    const bool by_name = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return MatchHostName(entry.name, name) != Answer::kNo;
    });
    if (!by_name) yes(entry.list);
  }
}

void PatternIndex::FindText(absl::string_view folded_text, ListAnswers& answers) const {
  answers.lists.clear();
  answers.otherwise = DefaultAnswers::kNo;
  whole_.Find(folded_text, [&](uint32_t list) { answers.lists.emplace_back(list, Answer::kYes); });
}

}  // namespace idlewarden::policy
