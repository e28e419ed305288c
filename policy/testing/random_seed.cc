#include "policy/testing/random_seed.h"

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace idlewarden::policy::testing {

namespace {

constexpr char kVariable[] = "IDLEWARDEN_TEST_SEED";

}  // namespace

uint64_t RandomSeed() {
  const char* text = std::getenv(kVariable);
  uint64_t seed = 1;
  EXPECT_TRUE(text == nullptr || absl::SimpleAtoi(text, &seed)) << kVariable << " is no number: " << text;
  return seed;
}

std::string HowToReplay(uint64_t seed) {
  const char* target = std::getenv("TEST_TARGET");
  return absl::StrCat("seed ", seed, "; again: bazel test --test_env=", kVariable, "=", seed, " ",
                      target == nullptr ? "TARGET" : target);
}

}  // namespace idlewarden::policy::testing
