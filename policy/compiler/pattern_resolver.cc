#include "policy/compiler/pattern_resolver.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/compiler/meant_networks.h"
#include "policy/diagnostics/wording.h"
#include "policy/model/client_name.h"
#include "policy/model/fold_case.h"
#include "policy/model/odd_characters.h"

namespace idlewarden::policy {
namespace {

struct PlacedNetwork {
  IpNetwork network;
  const ListEntry* entry;
};

// "10.20.0.*", "10.20", "10*", "2001:db8:*": has only what addresses are made of. Names cannot hold a colon.
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
  const bool wildcard = text.find_first_of("*?") != absl::string_view::npos;
  return digit && (separator || wildcard);
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

void AddBadNetwork(const ListEntry& entry, const absl::Status& why, DiagnosticList& diagnostics) {
  const std::string meant = MeantNetworks(entry.text);
  diagnostics.Add(Code::kBadNetwork, entry.place,
                  absl::StrCat(why.message(), meant.empty() ? "" : absl::StrCat("; write ", meant)));
}

Pattern::Kind KindOf(UserNotation notation) {
  switch (notation) {
    case UserNotation::kBackslash:
      return Pattern::Kind::kDomain;
    case UserNotation::kAt:
      return Pattern::Kind::kRealm;
    case UserNotation::kBare:
      break;
  }
  return Pattern::Kind::kAccount;
}

// Entries are split as sessions' users are, but for the separator: the same policy is for servers with any.
Pattern UserPattern(const ListEntry& entry) {
  const std::string folded = FoldCase(entry.text);
  const UserName user = ParseUser(folded);
  return {KindOf(user.notation), entry.text, std::string(user.account), std::string(user.domain), {}};
}

Pattern HostPattern(const ListEntry& entry) {
  return {Pattern::Kind::kHost, entry.text, CanonicalHostName(entry.text), "", {}};
}

Pattern TextPattern(const ListEntry& entry) { return {Pattern::Kind::kText, entry.text, FoldCase(entry.text), "", {}}; }

bool HasBlankAtAnEnd(absl::string_view text) { return absl::StripAsciiWhitespace(text).size() != text.size(); }

// Clients are compared in canonical form: an entry in another form meets none of them.
std::string WhyDeadClient(const Pattern& pattern) {
  const std::string canonical = CanonicalClient(absl::StripAsciiWhitespace(pattern.text));
  if (canonical == pattern.folded) return "";
  const bool sensible = !canonical.empty() && canonical.find_first_of("[]") == std::string::npos;
  const char* const how = HasBlankAtAnEnd(pattern.text)
                              ? "no name or address has blanks around it"
                              : "clients are compared without leading backslashes, brackets and zone";
  return absl::StrCat(how, sensible ? absl::StrCat(" (write ", Quoted(canonical), ")") : "");
}

std::string WhyDeadUser(const Pattern& pattern) {
  const bool backslash = pattern.kind == Pattern::Kind::kDomain;
  if (pattern.folded.empty()) {
    return absl::StrCat("no account stands ", backslash ? "behind the backslash" : "before the @");
  }
  if (pattern.has_domain() && pattern.domain.empty()) {
    return absl::StrCat("no domain stands ", backslash ? "before the backslash" : "behind the @");
  }
  return HasBlankAtAnEnd(pattern.text) ? "no user has blanks around the name" : "";
}

// Why no session that could be closed fits the entry; empty if one may.
std::string WhyDead(const Pattern& pattern, PatternUse use) {
  if (use == PatternUse::kText || pattern.kind == Pattern::Kind::kNetwork) return "";
  if (pattern.text.empty()) return "it is empty, and whoever has no name is kept anyway";
  return use == PatternUse::kClient ? WhyDeadClient(pattern) : WhyDeadUser(pattern);
}

}  // namespace

PatternResolver::PatternResolver(const std::vector<NamedList>& lists, bool whole, DiagnosticList& diagnostics)
    : lists_(lists), diagnostics_(diagnostics), graph_(lists, whole, diagnostics) {}

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
    std::optional<Pattern> pattern = use == PatternUse::kClient ? ParseClient(entry)
                                     : use == PatternUse::kUser ? UserPattern(entry)
                                                                : TextPattern(entry);
    WarnOfOdd(entry);
    if (!pattern.has_value()) continue;
    if (pattern->kind == Pattern::Kind::kNetwork) networks.push_back({pattern->network, &entry});
    WarnOfDead(entry, *pattern, use);
    list->patterns.push_back(*std::move(pattern));
  }
  WarnOfCovered(networks, diagnostics_);
  return list;
}

// nullopt after an error.
std::optional<Pattern> PatternResolver::ParseClient(const ListEntry& entry) {
  const absl::StatusOr<std::optional<IpNetwork>> network = IpNetwork::Parse(entry.text);
  if (!network.ok()) {
    AddBadNetwork(entry, network.status(), diagnostics_);
    return std::nullopt;
  }
  if (network->has_value()) return Pattern{Pattern::Kind::kNetwork, entry.text, "", "", **network};
  if (LooksLikePartOfAddress(entry.text)) {
    const std::string meant = MeantNetworks(entry.text);
    diagnostics_.Add(Code::kPartialAddress, entry.place,
                     absl::StrCat(Quoted(entry.text), " is a pattern for host names, not for addresses; write ",
                                  meant.empty() ? "a network such as 10.20.0.0/16" : meant));
  }
  return HostPattern(entry);
}

void PatternResolver::WarnOfOdd(const ListEntry& entry) {
  const std::vector<std::string> odd = OddCharacters(entry.text);
  if (odd.empty()) return;
  diagnostics_.Add(Code::kOddCharacter, entry.place,
                   absl::StrCat(Quoted(entry.text), " has ", absl::StrJoin(odd, ", "),
                                ", which no keyboard puts into a name; write it anew unless it is meant"));
}

void PatternResolver::WarnOfDead(const ListEntry& entry, const Pattern& pattern, PatternUse use) {
  const std::string why = WhyDead(pattern, use);
  if (why.empty()) return;
  diagnostics_.Add(Code::kDeadEntry, entry.place,
                   absl::StrCat(Quoted(entry.text), " matches no ", use == PatternUse::kUser ? "user" : "client", ": ",
                                why, "; who was meant by it is not matched"));
}

void PatternResolver::CheckUnused(size_t list) {
  for (const ListEntry& entry : lists_[list].entries) {
    const absl::Status status = IpNetwork::Parse(entry.text).status();
    if (!status.ok()) AddBadNetwork(entry, status, diagnostics_);
    WarnOfOdd(entry);
  }
}

void PatternResolver::WarnOfDomains(const EntryList& entries) {
  for (const ListEntry& entry : entries) {
    const UserNotation notation = ParseUser(entry.text).notation;
    if (IsListReference(entry) || notation == UserNotation::kBare) continue;
    const char* const other = notation == UserNotation::kAt ? "DOMAIN\\name" : "name@realm";
    diagnostics_.Add(
        Code::kDomainInRule, entry.place,
        absl::StrCat(Quoted(entry.text), " names a domain: on servers that report bare user names (Windows does), or ",
                     other, ", nobody can know whether this user is meant, and the rule never acts on it"));
  }
}

}  // namespace idlewarden::policy
