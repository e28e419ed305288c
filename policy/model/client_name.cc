#include "policy/model/client_name.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "policy/model/fold_case.h"

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
  const absl::string_view bare = StripBrackets(StripBackslashes(client));
  std::optional<IpAddress> address = IpAddress::Parse(bare);
  if (!address.has_value()) address = ParseZoned(bare);
  std::string name = address.has_value() ? address->ToString() : FoldCase(bare);
  const bool nameable = !HasNul(client) && !name.empty();
  return {std::move(name), address, nameable};
}

std::string CanonicalClient(absl::string_view client) { return ParseClientName(client).name; }

std::string CanonicalUser(absl::string_view user) { return FoldCase(user); }

absl::string_view AccountPart(absl::string_view user) {
  const size_t backslash = user.rfind('\\');
  return backslash == absl::string_view::npos ? user : user.substr(backslash + 1);
}

bool CanNameClient(absl::string_view client) { return ParseClientName(client).nameable; }

bool CanNameUser(absl::string_view user) { return !HasNul(user) && !AccountPart(user).empty(); }

bool SameClient(absl::string_view a, absl::string_view b) { return CanonicalClient(a) == CanonicalClient(b); }

bool SameUser(absl::string_view a, absl::string_view b) { return CanonicalUser(a) == CanonicalUser(b); }

}  // namespace idlewarden::policy
