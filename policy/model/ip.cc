#include "policy/model/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::policy {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// The address as written: a mapped one stays IPv6. inet_pton takes no octal, no short and no decimal forms.
std::optional<IpAddress> ParseAsWritten(absl::string_view text) {
  char buffer[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  if (std::memchr(buffer, '\0', text.size()) != nullptr) return std::nullopt;
  IpAddress address;
  address.is_v6 = text.find(':') != absl::string_view::npos;
  if (inet_pton(address.is_v6 ? AF_INET6 : AF_INET, buffer, address.bytes.data()) != 1) return std::nullopt;
  return address;
}

bool IsMapped(const IpAddress& address) {
  return address.is_v6 && std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
}

IpAddress Unmap(const IpAddress& address) {
  IpAddress v4;
  std::copy(address.bytes.begin() + 12, address.bytes.end(), v4.bytes.begin());
  return v4;
}

IpAddress Masked(const IpAddress& address, int prefix) {
  IpAddress masked = address;
  for (int byte = 0; byte < 16; ++byte) {
    const int kept = std::clamp(prefix - 8 * byte, 0, 8);
    masked.bytes[byte] &= static_cast<uint8_t>(0xff00 >> kept);
  }
  return masked;
}

absl::Status BadNetwork(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a network: ", why));
}

// -1 if it is no number from 0 to `max`.
int ParsePrefix(absl::string_view text, int max) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return -1;
  int prefix = 0;
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return -1;
    prefix = prefix * 10 + (c - '0');
  }
  return prefix <= max ? prefix : -1;
}

}  // namespace

std::string IpAddress::ToString() const {
  if (!is_v6) return absl::StrCat(bytes[0], ".", bytes[1], ".", bytes[2], ".", bytes[3]);
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
  return buffer;
}

std::optional<IpAddress> IpAddress::Parse(absl::string_view text) {
  std::optional<IpAddress> address = ParseAsWritten(text);
  if (address.has_value() && IsMapped(*address)) return Unmap(*address);
  return address;
}

bool IpNetwork::Contains(const IpAddress& other) const {
  return other.is_v6 == address.is_v6 && Masked(other, prefix) == address;
}

bool IpNetwork::Covers(const IpNetwork& other) const { return prefix <= other.prefix && Contains(other.address); }

std::string IpNetwork::ToString() const {
  if (prefix == address.bits()) return address.ToString();
  return absl::StrCat(address.ToString(), "/", prefix);
}

absl::StatusOr<std::optional<IpNetwork>> IpNetwork::Parse(absl::string_view text) {
  const size_t slash = text.find('/');
  const std::optional<IpAddress> address = ParseAsWritten(text.substr(0, slash));
  if (!address.has_value()) return std::optional<IpNetwork>();
  IpNetwork network{*address, address->bits()};
  if (slash != absl::string_view::npos) {
    network.prefix = ParsePrefix(text.substr(slash + 1), address->bits());
    if (network.prefix < 0) return BadNetwork(text, absl::StrCat("the prefix must be 0 to ", address->bits()));
    if (Masked(*address, network.prefix) != *address) {
      const IpNetwork meant{Masked(*address, network.prefix), network.prefix};
      return BadNetwork(
          text, absl::StrCat("bits are set below the prefix; write ", meant.ToString(), " or ", address->ToString()));
    }
  }
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8; a shorter prefix covers more than IPv4 and stays IPv6.
  if (IsMapped(network.address) && network.prefix >= 96) network = {Unmap(network.address), network.prefix - 96};
  return std::optional<IpNetwork>(network);
}

}  // namespace idlewarden::policy
