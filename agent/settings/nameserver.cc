#include "agent/settings/nameserver.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

using policy::IpAddress;

std::optional<Nameserver> Parse(absl::string_view text) {
  std::optional<IpAddress> address = IpAddress::Parse(text);
  if (address.has_value()) return Nameserver{*address, std::nullopt};
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return std::nullopt;
  absl::string_view host = text.substr(0, colon);
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  address = IpAddress::Parse(host);
  uint32_t port = 0;
  // "::1:53" is an address, so an IPv6 address with a port has brackets.
  if (!address.has_value() || is_bracketed != absl::StrContains(host, ':')) return std::nullopt;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port == 0 || port > 0xffff) return std::nullopt;
  return Nameserver{*address, static_cast<uint16_t>(port)};
}

}  // namespace

absl::StatusOr<Nameserver> ParseNameserver(absl::string_view text) {
  const std::optional<Nameserver> nameserver = Parse(text);
  if (nameserver.has_value()) return *nameserver;
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", text,
      "\" is not the address of a name server; write 10.0.0.53, 127.0.0.1:5353, 2001:db8::53 or [::1]:5353"));
}

}  // namespace idlewarden::agent
