#include "policy/model/intern_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace idlewarden::policy {
namespace {

constexpr auto kAny = [](uint32_t) { return true; };

TEST(InternIndexTest, IsEmptyAtFirst) { EXPECT_EQ(InternTable().Find(7, kAny), InternTable::kNone); }

TEST(InternIndexTest, FindsEachOfMany) {
  std::mt19937_64 random(1);
  InternTable index;
  std::vector<uint64_t> hashes;
  for (uint32_t id = 0; id < 5000; ++id) {
    hashes.push_back(random());
    index.Add(hashes.back(), id);
  }
  for (uint32_t id = 0; id < hashes.size(); ++id) {
    EXPECT_EQ(index.Find(hashes[id], [&](uint32_t other) { return hashes[other] == hashes[id]; }), id);
  }
  for (int i = 0; i < 5000; ++i) {
    const uint64_t other = random();
    EXPECT_EQ(index.Find(other, [&](uint32_t id) { return hashes[id] == other; }), InternTable::kNone);
  }
}

TEST(InternIndexTest, TellsEqualHashesApartByTheValue) {
  for (const uint64_t hash : {uint64_t{0}, uint64_t{5}, ~uint64_t{0}}) {
    InternTable index;
    for (uint32_t id = 0; id < 300; ++id) index.Add(hash, id);
    for (uint32_t id = 0; id < 300; ++id) {
      EXPECT_EQ(index.Find(hash, [&](uint32_t other) { return other == id; }), id);
    }
    EXPECT_EQ(index.Find(hash, [](uint32_t) { return false; }), InternTable::kNone);
  }
}

// As of forms, of which many values may share one.
TEST(InternIndexTest, IdsMayBeFarApart) {
  InternTable index;
  const std::vector<uint32_t> ids = {0, 31, 32, 63, 64, 1000, 4095, 100'000};
  for (const uint32_t id : ids) index.Add(~uint64_t{id}, id);
  for (const uint32_t id : ids) {
    EXPECT_EQ(index.Find(~uint64_t{id}, [&](uint32_t other) { return other == id; }), id);
  }
}

}  // namespace
}  // namespace idlewarden::policy
