#include "agent/names/host_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "policy/model/client_name.h"
#include "policy/model/escape_for_display.h"

namespace idlewarden::agent {

namespace {

using policy::IpAddress;
using policy::IpNetwork;

constexpr size_t kLongestName = 253;
constexpr size_t kLongestLabel = 63;

bool IsHostCharacter(char c) {
  return !absl::ascii_isascii(c) || absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
}

bool IsLabel(absl::string_view label) { return !label.empty() && label.size() <= kLongestLabel; }

IpNetwork Network(absl::string_view text) { return *IpNetwork::Parse(text).value(); }

}  // namespace

std::optional<std::string> ParseHostName(absl::string_view text) {
  const absl::string_view name = absl::StripSuffix(text, ".");
  if (name.size() > kLongestName || !std::all_of(name.begin(), name.end(), IsHostCharacter)) return std::nullopt;
  const std::vector<absl::string_view> labels = absl::StrSplit(name, '.');
  if (!std::all_of(labels.begin(), labels.end(), IsLabel)) return std::nullopt;
  if (policy::EscapeForDisplay(name) != name) return std::nullopt;
  policy::ClientName client = policy::ParseClientName(name);
  if (client.address.has_value()) return std::nullopt;
  return std::move(client.name);
}

std::string ReverseName(const IpAddress& address) {
  std::string name;
  if (!address.is_v6) {
    for (size_t i = 4; i-- > 0;) absl::StrAppend(&name, address.bytes[i], ".");
    return name + "in-addr.arpa";
  }
  for (size_t i = address.bytes.size(); i-- > 0;) {
    absl::StrAppendFormat(&name, "%x.%x.", address.bytes[i] & 15, address.bytes[i] >> 4);
  }
  return name + "ip6.arpa";
}

std::vector<std::string> SearchNames(const std::string& host, const std::vector<std::string>& domains) {
  std::vector<std::string> names;
  if (!absl::StrContains(host, '.')) {
    for (const std::string& domain : domains) {
      std::optional<std::string> name = ParseHostName(absl::StrCat(host, ".", domain));
      // The root is a search domain too.
      if (name.has_value() && *name != host) names.push_back(*std::move(name));
    }
  }
  names.push_back(host);
  return names;
}

// Asked for each session of each enumeration: nothing is parsed here.
bool IsPlaceholder(const IpAddress& address) {
  static const IpNetwork kLoopback = Network("127.0.0.0/8");
  static const IpNetwork kUnspecified = Network("0.0.0.0/8");
  static const IpNetwork kBothOfIpv6 = Network("::/127");
  return kLoopback.Contains(address) || kUnspecified.Contains(address) || kBothOfIpv6.Contains(address);
}

bool IsInDns(const IpAddress& address) {
  static const IpNetwork kLinkLocal = Network("169.254.0.0/16");
  static const IpNetwork kLinkLocalOfIpv6 = Network("fe80::/10");
  return !IsPlaceholder(address) && !kLinkLocal.Contains(address) && !kLinkLocalOfIpv6.Contains(address);
}

}  // namespace idlewarden::agent
