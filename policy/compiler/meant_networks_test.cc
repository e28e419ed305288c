#include "policy/compiler/meant_networks.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "policy/model/ip.h"

namespace idlewarden::policy {
namespace {

TEST(MeantNetworks, Masks) {
  EXPECT_EQ(MeantNetworks("10.0.0.0/255.255.0.0"), "10.0.0.0/16");
  EXPECT_EQ(MeantNetworks("10.0.3.4/255.255.0.0"), "10.0.0.0/16");
  EXPECT_EQ(MeantNetworks("10.0.0.0/0.0.255.255"), "10.0.0.0/16");
  EXPECT_EQ(MeantNetworks("10.0.0.7/255.255.255.255"), "10.0.0.7");
  EXPECT_EQ(MeantNetworks("010.001.0.0/16"), "10.1.0.0/16");
  EXPECT_EQ(MeantNetworks("10.0.0.0/255.0.255.0"), "");
  EXPECT_EQ(MeantNetworks("10.0.0.0/x"), "");
}

TEST(MeantNetworks, Ranges) {
  EXPECT_EQ(MeantNetworks("10.0.0.1-10.0.0.20"),
            "10.0.0.1, 10.0.0.2/31, 10.0.0.4/30, 10.0.0.8/29, 10.0.0.16/30, 10.0.0.20");
  EXPECT_EQ(MeantNetworks("10.0.0.1 - 10.0.0.3"), "10.0.0.1, 10.0.0.2/31");
  EXPECT_EQ(MeantNetworks("10.0.0.1-3"), "10.0.0.1, 10.0.0.2/31");
  EXPECT_EQ(MeantNetworks("0.0.0.0-255.255.255.255"), "0.0.0.0/0");
  EXPECT_EQ(MeantNetworks("10.0.0.5-10.0.0.1"), "");
}

TEST(MeantNetworks, PortsZerosAndParts) {
  EXPECT_EQ(MeantNetworks("10.0.0.5:445"), "10.0.0.5");
  EXPECT_EQ(MeantNetworks("[2001:db8::1]:445"), "2001:db8::1");
  EXPECT_EQ(MeantNetworks("10.0.0.5:99999"), "");
  EXPECT_EQ(MeantNetworks("010.0.0.1"), "10.0.0.1");
  EXPECT_EQ(MeantNetworks("10.20.0.*"), "10.20.0.0/24");
  EXPECT_EQ(MeantNetworks("10.20.*.*"), "10.20.0.0/16");
  EXPECT_EQ(MeantNetworks("10.*"), "10.0.0.0/8");
  EXPECT_EQ(MeantNetworks("10.20."), "10.20.0.0/16");
  EXPECT_EQ(MeantNetworks("10.20"), "10.20.0.0/16");
  for (const char* text : {"10*", "10.2*", "*", "", ".", "pc-1", "2001:db8:*", "10.0.0.256", "1.2.3.4.5"}) {
    EXPECT_EQ(MeantNetworks(text), "") << text;
  }
}

std::string Text(uint32_t address) {
  return absl::StrCat(address >> 24, ".", address >> 16 & 255, ".", address >> 8 & 255, ".", address & 255);
}

TEST(MeantNetworks, TheNetworksOfARangeAreTheRange) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    const uint32_t first = random() >> (random() % 32);
    const uint32_t last = first + (random() >> (random() % 32));
    if (last < first) continue;
    uint64_t next = first;
    const std::string networks = MeantNetworks(absl::StrCat(Text(first), "-", Text(last)));
    for (const std::string& text : std::vector<std::string>(absl::StrSplit(networks, ", "))) {
      const auto network = IpNetwork::Parse(text);
      ASSERT_TRUE(network.ok() && network->has_value()) << text;
      uint32_t begin = 0;
      for (int byte = 0; byte < 4; ++byte) begin = begin << 8 | (*network)->address.bytes[byte];
      ASSERT_EQ(begin, next) << networks;
      next = begin + (uint64_t{1} << (32 - (*network)->prefix));
    }
    ASSERT_EQ(next, uint64_t{last} + 1) << networks;
  }
}

}  // namespace
}  // namespace idlewarden::policy
