#include "policy/compiler/meant_networks.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "policy/model/ip.h"

namespace idlewarden::policy {
namespace {

IpNetwork NetworkOf(uint32_t address, int prefix) {
  const uint32_t mask = prefix == 0 ? 0 : ~uint32_t{0} << (32 - prefix);
  IpNetwork network{.prefix = prefix};
  for (int byte = 0; byte < 4; ++byte) {
    network.address.bytes[byte] = static_cast<uint8_t>((address & mask) >> (24 - 8 * byte));
  }
  return network;
}

// 0 to 255 in decimal; zeros may lead.
std::optional<uint32_t> ParseOctet(absl::string_view text) {
  uint32_t octet = 0;
  const bool digits = !text.empty() && text.size() <= 3 && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  if (!digits || !absl::SimpleAtoi(text, &octet) || octet > 255) return std::nullopt;
  return octet;
}

// Octets between dots, `count` of them.
std::optional<uint32_t> ParseOctets(absl::string_view text, size_t count) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  if (parts.size() != count) return std::nullopt;
  uint32_t number = 0;
  for (const absl::string_view part : parts) {
    const std::optional<uint32_t> octet = ParseOctet(part);
    if (!octet.has_value()) return std::nullopt;
    number = number << 8 | *octet;
  }
  return number;
}

std::optional<uint32_t> ParseV4(absl::string_view text) { return ParseOctets(text, 4); }

// The length of a netmask, or of the wildcard mask that routers are configured with.
std::optional<int> PrefixOfMask(uint32_t mask) {
  const int ones = std::countl_one(mask);
  if (std::popcount(mask) == ones) return ones;
  const int zeros = std::countl_zero(mask);
  if (std::popcount(mask) == 32 - zeros) return zeros;
  return std::nullopt;
}

// ADDRESS/MASK; ADDRESS/PREFIX where the address has leading zeros.
std::string MeantByMask(absl::string_view text) {
  const size_t slash = text.find('/');
  if (slash == absl::string_view::npos) return "";
  const std::optional<uint32_t> address = ParseV4(text.substr(0, slash));
  const std::optional<uint32_t> mask = ParseV4(text.substr(slash + 1));
  int number = -1;
  std::optional<int> prefix;
  if (mask.has_value()) {
    prefix = PrefixOfMask(*mask);
  } else if (absl::SimpleAtoi(text.substr(slash + 1), &number) && number >= 0 && number <= 32) {
    prefix = number;
  }
  return address.has_value() && prefix.has_value() ? NetworkOf(*address, *prefix).ToString() : "";
}

// ADDRESS-ADDRESS, ADDRESS-OCTET.
std::string MeantByRange(absl::string_view text) {
  const size_t dash = text.find('-');
  if (dash == absl::string_view::npos) return "";
  const absl::string_view end = absl::StripAsciiWhitespace(text.substr(dash + 1));
  const std::optional<uint32_t> first = ParseV4(absl::StripAsciiWhitespace(text.substr(0, dash)));
  std::optional<uint32_t> last = ParseV4(end);
  if (first.has_value() && !last.has_value()) {
    if (const std::optional<uint32_t> octet = ParseOctet(end)) last = (*first & ~uint32_t{255}) | *octet;
  }
  if (!first.has_value() || !last.has_value() || *first > *last) return "";
  // The largest network that begins where the last one ended and does not go beyond the end, again and again.
  std::vector<std::string> networks;
  for (uint64_t at = *first; at <= *last;) {
    const int aligned = at == 0 ? 32 : std::min(std::countr_zero(at), 32);
    const int fits = std::bit_width(*last - at + 1) - 1;
    const int bits = std::min(aligned, fits);
    networks.push_back(NetworkOf(static_cast<uint32_t>(at), 32 - bits).ToString());
    at += uint64_t{1} << bits;
  }
  return absl::StrJoin(networks, ", ");
}

// ADDRESS:PORT, [ADDRESS]:PORT.
std::string MeantByPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return "";
  int port = 0;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port < 0 || port > 65535) return "";
  absl::string_view address = text.substr(0, colon);
  if (const std::optional<uint32_t> v4 = ParseV4(address)) return NetworkOf(*v4, 32).ToString();
  if (!absl::ConsumePrefix(&address, "[") || !absl::ConsumeSuffix(&address, "]")) return "";
  const std::optional<IpAddress> v6 = IpAddress::Parse(address);
  return v6.has_value() ? v6->ToString() : "";
}

// "10.20.0.*", "10.20.*.*", "10.20.", "10.20".
std::string MeantByPart(absl::string_view text) {
  bool has_end = absl::ConsumeSuffix(&text, ".");
  while (absl::ConsumeSuffix(&text, ".*")) has_end = true;
  // "10*" may be 10.0.0.0/8, or 100.0.0.0/6 and more: only whole octets are clear.
  if (!has_end && !absl::StrContains(text, '.')) return "";
  for (size_t octets = 1; octets <= 3; ++octets) {
    const std::optional<uint32_t> number = ParseOctets(text, octets);
    if (number.has_value()) return NetworkOf(*number << (32 - 8 * octets), static_cast<int>(8 * octets)).ToString();
  }
  return "";
}

std::string MeantByLeadingZeros(absl::string_view text) {
  const std::optional<uint32_t> address = ParseV4(text);
  return address.has_value() ? NetworkOf(*address, 32).ToString() : "";
}

}  // namespace

std::string MeantNetworks(absl::string_view text) {
  for (const auto meant : {MeantByMask, MeantByRange, MeantByPort, MeantByLeadingZeros, MeantByPart}) {
    std::string networks = meant(text);
    if (!networks.empty()) return networks;
  }
  return "";
}

}  // namespace idlewarden::policy
