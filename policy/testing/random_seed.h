// The seed of a test that plays with chance: the same in each run, so that one that passed passes again, unless the
// environment gives another.
//
//   const uint64_t seed = policy::testing::RandomSeed();
//   SCOPED_TRACE(policy::testing::HowToReplay(seed));
//
// bazel test --test_env=IDLEWARDEN_TEST_SEED=42 //agent/executor:executor_property_test

#ifndef IDLEWARDEN_POLICY_TESTING_RANDOM_SEED_H_
#define IDLEWARDEN_POLICY_TESTING_RANDOM_SEED_H_

#include <cstdint>
#include <string>

namespace idlewarden::policy::testing {

// 1, or what IDLEWARDEN_TEST_SEED says; a failure of the test if that is no number.
uint64_t RandomSeed();

// The seed, and the command that runs this test with it.
std::string HowToReplay(uint64_t seed);

}  // namespace idlewarden::policy::testing

#endif  // IDLEWARDEN_POLICY_TESTING_RANDOM_SEED_H_
