#include "policy/compiler/pattern_resolver.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "policy/diagnostics/wording.h"
#include "policy/model/fold_case.h"

namespace idlewarden::policy {
namespace {

struct PlacedNetwork {
  IpNetwork network;
  const ListEntry* entry;
};

// "10.20.0.*", "10.20", "2001:db8:*": has only what addresses are made of. Names cannot hold a colon.
bool LooksLikePartOfAddress(absl::string_view text) {
  const bool colon = absl::StrContains(text, ':');
  bool digit = false;
  bool separator = colon;
  for (const char c : text) {
    digit |= absl::ascii_isdigit(c);
    separator |= c == '.';
    const bool hex = absl::ascii_isxdigit(c) && (colon || absl::ascii_isdigit(c));
    if (!hex && !absl::StrContains(".:*?-/", c)) return false;
  }
  return digit && separator;
}

// Sorted by address and then from wide to narrow, a network can only be inside the innermost one before it that is
// still open, as with brackets.
void WarnOfCovered(std::vector<PlacedNetwork>& networks, DiagnosticList& diagnostics) {
  std::stable_sort(networks.begin(), networks.end(), [](const PlacedNetwork& a, const PlacedNetwork& b) {
    return std::tie(a.network.address, a.network.prefix) < std::tie(b.network.address, b.network.prefix);
  });
  std::vector<const PlacedNetwork*> open;
  for (const PlacedNetwork& inner : networks) {
    while (!open.empty() && !open.back()->network.Covers(inner.network)) open.pop_back();
    if (!open.empty()) {
      diagnostics.Add(Code::kNetworkCovered, inner.entry->place,
                      absl::StrCat(inner.entry->text, " is already covered by ", open.back()->entry->text,
                                   " of the same list and changes nothing"));
    } else {
      open.push_back(&inner);
    }
  }
}

Pattern UserPattern(const ListEntry& entry) {
  const bool domain = absl::StrContains(entry.text, '\\');
  return {domain ? Pattern::Kind::kDomain : Pattern::Kind::kAccount, entry.text, FoldCase(entry.text), {}};
}

}  // namespace

PatternResolver::PatternResolver(const std::vector<NamedList>& lists, DiagnosticList& diagnostics)
    : lists_(lists), diagnostics_(diagnostics), graph_(lists, diagnostics) {}

PatternSet PatternResolver::Resolve(const EntryList& entries, PatternUse use, bool in_rule) {
  const bool warn_of_domains = in_rule && use == PatternUse::kUser;
  PatternSet set;
  if (!std::all_of(entries.begin(), entries.end(), IsListReference)) {
    set.push_back(Parse("", entries, use));
    if (warn_of_domains) WarnOfDomains(entries);
  }
  for (const size_t list : graph_.Closure(entries)) {
    std::shared_ptr<const PatternList>& parsed = parsed_[{list, use}];
    if (parsed == nullptr) parsed = Parse(lists_[list].name, lists_[list].entries, use);
    if (!parsed->patterns.empty()) set.push_back(parsed);
    if (warn_of_domains && warned_of_domains_.insert(list).second) WarnOfDomains(lists_[list].entries);
  }
  return set;
}

std::shared_ptr<const PatternList> PatternResolver::Parse(absl::string_view name, const EntryList& entries,
                                                          PatternUse use) {
  auto list = std::make_shared<PatternList>();
  list->name = std::string(name);
  list->use = use;
  std::vector<PlacedNetwork> networks;
  for (const ListEntry& entry : entries) {
    if (IsListReference(entry)) continue;
    if (use == PatternUse::kUser) {
      list->patterns.push_back(UserPattern(entry));
      continue;
    }
    Pattern pattern{Pattern::Kind::kWhole, entry.text, FoldCase(entry.text), {}};
    if (use == PatternUse::kClient) {
      const absl::StatusOr<std::optional<IpNetwork>> network = IpNetwork::Parse(entry.text);
      if (!network.ok()) {
        diagnostics_.Add(Code::kBadNetwork, entry.place, std::string(network.status().message()));
        continue;
      }
      if (network->has_value()) {
        pattern = {Pattern::Kind::kNetwork, entry.text, "", **network};
        networks.push_back({**network, &entry});
      } else if (LooksLikePartOfAddress(entry.text)) {
        diagnostics_.Add(Code::kPartialAddress, entry.place,
                         absl::StrCat(Quoted(entry.text),
                                      " is a pattern for names and matches no address; write a "
                                      "network such as 10.20.0.0/16"));
      }
    }
    list->patterns.push_back(std::move(pattern));
  }
  WarnOfCovered(networks, diagnostics_);
  return list;
}

void PatternResolver::WarnOfDomains(const EntryList& entries) {
  for (const ListEntry& entry : entries) {
    if (!absl::StrContains(entry.text, '\\')) continue;
    diagnostics_.Add(Code::kDomainInRule, entry.place,
                     absl::StrCat(Quoted(entry.text),
                                  " names a domain: on servers that report bare user names (Windows "
                                  "does) the rule never acts on this user"));
  }
}

}  // namespace idlewarden::policy
