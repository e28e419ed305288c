#include "policy/matcher/delta_coded_sets.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace idlewarden::policy {
namespace {

// Sets near one of `kinds` others, more kinds than there are models.
std::vector<BitWords> MakeSets(std::mt19937_64& random, size_t bits, int kinds) {
  std::vector<BitWords> sets;
  for (int i = 0; i < 200; ++i) {
    const bool of_kind = i >= kinds;
    BitWords words = of_kind ? sets[random() % kinds] : BitWords(WordsFor(bits));
    for (size_t changes = of_kind ? 5 : bits / 3; changes > 0; --changes) {
      SetBit(absl::MakeSpan(words), random() % bits, random() % 2 == 0);
    }
    sets.push_back(words);
  }
  return sets;
}

TEST(SimilarSetsTest, GivesBackEachWord) {
  std::mt19937_64 random(1);
  for (const size_t bits : {1, 64, 65, 512, 513, 5000, 10'000}) {
    const std::vector<BitWords> sets = MakeSets(random, bits, 7);
    DeltaCodedSets similar(bits);
    BitSets plain(bits);
    for (size_t i = 0; i < sets.size(); ++i) {
      ASSERT_EQ(similar.Add(sets[i]), i);
      plain.Add(sets[i]);
    }
    for (uint32_t i = 0; i < sets.size(); ++i) {
      const uint64_t* summary = similar.Summary(i);
      for (size_t word = 0; word < plain.summary_words(); ++word) EXPECT_EQ(summary[word], plain.Summary(i)[word]);
      for (size_t word = 0; word < plain.words(); ++word) {
        const uint64_t given = similar.whole() ? summary[plain.summary_words() + word] : similar.Word(summary, word);
        EXPECT_EQ(given, sets[i][word]) << "bits " << bits << ", set " << i << ", word " << word;
      }
    }
  }
}

}  // namespace
}  // namespace idlewarden::policy
