#include "policy/matcher/pattern_index.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "policy/model/client_name.h"

namespace idlewarden::policy {

namespace {

constexpr size_t kShortList = 16;

// Equal for lists that match the same.
std::string EntriesOf(const PatternList& list) {
  std::set<std::string> entries;
  for (const Pattern& pattern : list.patterns) {
    const bool network = pattern.kind == Pattern::Kind::kNetwork;
    entries.insert(absl::StrCat(static_cast<int>(pattern.kind), network ? pattern.network.ToString() : pattern.folded));
  }
  std::string text;
  for (const std::string& entry : entries) absl::StrAppend(&text, entry.size(), ":", entry);
  return text;
}

}  // namespace

uint32_t PatternIndex::Add(const std::shared_ptr<const PatternList>& list) {
  const auto [known, added] = numbers_.try_emplace(list.get(), static_cast<uint32_t>(has_network_.size()));
  if (!added) return known->second;
  lists_.push_back(list);
  if (list->patterns.size() <= kShortList) {
    const auto [equal, is_new] = numbers_by_entries_.try_emplace(EntriesOf(*list), known->second);
    if (!is_new) return known->second = equal->second;
  }
  const uint32_t number = known->second;
  has_network_.push_back(false);
  for (const Pattern& pattern : list->patterns) {
    switch (pattern.kind) {
      case Pattern::Kind::kWhole:
        whole_.Add(pattern.folded, number);
        break;
      case Pattern::Kind::kAccount:
        account_.Add(pattern.folded, number);
        break;
      case Pattern::Kind::kDomain:
        domain_.Add(pattern.folded, number);
        domain_account_.Add(AccountPart(pattern.folded), number);
        break;
      case Pattern::Kind::kNetwork:
        networks_.Add(pattern.network, number);
        has_network_[number] = true;
        break;
    }
  }
  return number;
}

void PatternIndex::FindUser(const UserValue& user, ListAnswers& answers) const {
  answers.lists.clear();
  answers.otherwise = user.folded.empty() ? DefaultAnswers::kUnknown : DefaultAnswers::kNo;
  if (user.folded.empty()) return;
  account_.Find(user.account(), [&](uint32_t list) { answers.lists.emplace_back(list, Answer::kYes); });
  if (user.has_domain()) {
    domain_.Find(user.folded, [&](uint32_t list) { answers.lists.emplace_back(list, Answer::kYes); });
  } else {
    domain_account_.Find(user.account(), [&](uint32_t list) { answers.lists.emplace_back(list, Answer::kUnknown); });
  }
}

void PatternIndex::FindClient(const ClientValue& client, ListAnswers& answers) const {
  answers.lists.clear();
  answers.otherwise = client.name.empty()          ? DefaultAnswers::kUnknown
                      : client.address.has_value() ? DefaultAnswers::kNo
                                                   : DefaultAnswers::kNetworksUnknown;
  if (client.name.empty()) return;
  const auto yes = [&](uint32_t list) { answers.lists.emplace_back(list, Answer::kYes); };
  if (client.address.has_value()) networks_.Find(*client.address, yes);
  if (!client.is_address) whole_.Find(client.name, yes);
}

void PatternIndex::FindText(absl::string_view folded_text, ListAnswers& answers) const {
  answers.lists.clear();
  answers.otherwise = DefaultAnswers::kNo;
  whole_.Find(folded_text, [&](uint32_t list) { answers.lists.emplace_back(list, Answer::kYes); });
}

}  // namespace idlewarden::policy
