#include "policy/model/client_name.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "policy/model/fold_case.h"
#include "policy/model/glob.h"

namespace idlewarden::policy {
namespace {

absl::string_view StripBackslashes(absl::string_view text) {
  return text.substr(std::min(text.find_first_not_of('\\'), text.size()));
}

absl::string_view StripBrackets(absl::string_view text) {
  if (!text.empty() && text.front() == '[') text.remove_prefix(1);
  if (!text.empty() && text.back() == ']') text.remove_suffix(1);
  return text;
}

absl::string_view StripTrailingDots(absl::string_view text) {
  while (!text.empty() && text.back() == '.') text.remove_suffix(1);
  return text;
}

bool IsQualified(absl::string_view name) { return absl::StrContains(name, '.'); }

// "fe80::1%eth0" and "[fe80::1]%eth0" without the zone; nullopt where the part before '%' is no IPv6 address.
std::optional<IpAddress> ParseZoned(absl::string_view text) {
  const size_t percent = text.find('%');
  if (percent == absl::string_view::npos) return std::nullopt;
  const absl::string_view address = StripBrackets(text.substr(0, percent));
  if (address.find(':') == absl::string_view::npos) return std::nullopt;
  return IpAddress::Parse(address);
}

bool HasNul(absl::string_view text) { return text.find('\0') != absl::string_view::npos; }

}  // namespace

ClientName ParseClientName(absl::string_view client) {
  const absl::string_view bare = StripTrailingDots(StripBrackets(StripBackslashes(client)));
  std::optional<IpAddress> address = IpAddress::Parse(bare);
  if (!address.has_value()) address = ParseZoned(bare);
  std::string name = address.has_value() ? address->ToString() : FoldCase(bare);
  const bool nameable = !HasNul(client) && !name.empty();
  return {std::move(name), address, nameable};
}

std::string CanonicalClient(absl::string_view client) { return ParseClientName(client).name; }

std::string CanonicalHostName(absl::string_view name) { return FoldCase(StripTrailingDots(name)); }

Answer MatchHostName(absl::string_view glob, absl::string_view name) {
  if (GlobMatchesFolded(glob, name)) return Answer::kYes;
  const bool may_be = IsQualified(glob) != IsQualified(name) && GlobMatchesFolded(FirstLabel(glob), FirstLabel(name));
  return may_be ? Answer::kUnknown : Answer::kNo;
}

absl::string_view FirstLabel(absl::string_view host_name) { return host_name.substr(0, host_name.find('.')); }

UserName ParseUser(absl::string_view user, absl::string_view separator) {
  constexpr size_t kNone = absl::string_view::npos;
  if (const size_t backslash = user.rfind('\\'); backslash != kNone) {
    return {user.substr(backslash + 1), user.substr(0, backslash), UserNotation::kBackslash};
  }
  if (const size_t at = user.rfind('@'); at != kNone) {
    return {user.substr(0, at), user.substr(at + 1), UserNotation::kAt};
  }
  if (const size_t split = separator.empty() ? kNone : user.find(separator); split != kNone) {
    return {user.substr(split + separator.size()), user.substr(0, split), UserNotation::kBackslash};
  }
  return {user, user.substr(0, 0), UserNotation::kBare};
}

std::string CanonicalUser(absl::string_view user) { return FoldCase(user); }

bool CanNameClient(absl::string_view client) { return ParseClientName(client).nameable; }

bool CanNameUser(absl::string_view user, absl::string_view separator) {
  return !HasNul(user) && !ParseUser(user, separator).account.empty();
}

bool SameClient(absl::string_view a, absl::string_view b) { return CanonicalClient(a) == CanonicalClient(b); }

bool SameUser(absl::string_view a, absl::string_view b) { return CanonicalUser(a) == CanonicalUser(b); }

}  // namespace idlewarden::policy
